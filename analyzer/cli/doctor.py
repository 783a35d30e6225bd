"""`analyzer doctor`: whether this machine has all it needs, and what to do where it has not."""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

import click

from analyzer import models
from analyzer.cli.models import found_to_work, state_of
from analyzer.cores import cores

PACKAGES = {
    # import name: distribution; without any of these no file can be scored
    "click": "click",
    "filelock": "filelock",
    "numpy": "numpy",
    "onnxruntime": "onnxruntime",
    "platformdirs": "platformdirs",
    "requests": "requests",
    "rich": "rich",
    "soundfile": "soundfile",
    "soxr": "soxr",
    "vosk": "vosk",
    "yaml": "PyYAML",
}
LEAST_FREE_MB = 300  # a pull of the small model needs 112 MB, a report of an hour's call about 20
PORTAUDIO = {
    "Linux": "run: sudo apt-get install libportaudio2 (or your system's package of PortAudio)",
    "Darwin": "run: brew install portaudio",
}
MARKS = {"ok": "[green]ok[/]", "note": "[yellow]note[/]", "fails": "[red]fails[/]"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at.  `fails` stops a file from being scored; `note` stops something else."""

    what: str
    state: str  # ok, note, fails
    detail: str


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def doctor(as_json: bool) -> int:
    """Check that this machine has all it needs.  Fetches nothing; exits with 1 if scoring a file would not work.

    \b
    Example:
      analyzer doctor
    """
    findings = [finding for look in CHECKS for finding in look()]
    works = all(finding.state != "fails" for finding in findings)
    if as_json:
        click.echo(json.dumps({"works": works, "findings": [asdict(finding) for finding in findings]}, indent=2))
    else:
        _print(findings, works)
    return 0 if works else 1


def _python() -> Iterator[Finding]:
    version = platform.python_version()
    state = "ok" if sys.version_info >= (3, 10) else "fails"
    yield Finding("Python", state, f"{version} on {platform.system()} {platform.machine()}")


def _packages() -> Iterator[Finding]:
    found = []
    for name, distribution in PACKAGES.items():
        try:
            import_module(name)
            found.append(f"{distribution} {metadata.version(distribution)}")
        except (ImportError, OSError) as error:
            yield Finding(
                "packages", "fails", f"{distribution} cannot be loaded ({error}); run: pip install call-analyzer"
            )
    yield Finding("packages", "ok", ", ".join(found))


def _formats() -> Iterator[Finding]:
    try:
        detail = f"PyAV {import_module('av').__version__}: M4A, AMR, Opus and WMA can be read"
    except (ImportError, OSError):
        detail = "without PyAV, no M4A, AMR or WMA; if you need them run: pip install 'call-analyzer[formats]'"
        yield Finding("more formats", "note", detail)
        return
    yield Finding("more formats", "ok", detail)


def _audio_devices() -> Iterator[Finding]:
    """PortAudio and its devices: live calls need them, files do not."""
    try:
        sounddevice: Any = import_module("sounddevice")
        devices = list(sounddevice.query_devices())
    except (ImportError, OSError):
        way_out = PORTAUDIO.get(platform.system(), "run: pip install --force-reinstall sounddevice")
        yield Finding("PortAudio", "note", f"not found, so no live calls; {way_out}")
        return
    except Exception as error:  # noqa: BLE001 - PortAudio's own error class cannot be named before it is loaded
        yield Finding("PortAudio", "note", f"does not work, so no live calls: {error}")
        return
    microphones = [str(device["name"]) for device in devices if device["max_input_channels"] > 0]
    yield Finding("PortAudio", "ok", str(sounddevice.get_portaudio_version()[1]).split(",")[0])
    yield Finding(
        "microphones", "ok" if microphones else "note", ", ".join(microphones) or "none, so no live calls here"
    )


def _models() -> Iterator[Finding]:
    """Every kind of model, and the speech model in use; a missing one that can be fetched is only a note."""
    known = models.manifest().values()
    wanted = [models.default_speech(), *(model.name for model in known if model.shipped)]
    for name in wanted:
        kind, (state, problem) = models.lookup(name).kind, state_of(name, found_to_work)
        found = {"ready": "ok", "missing": "note"}.get(state, "fails")
        if kind == "speech" and state == "missing":
            problem = f"{name} is not here yet; the first call scored fetches it; or run: analyzer models pull"
        yield Finding(f"{kind} model", found, problem or f"{name} in {models.installed_path(name)}")
    if not any(model.kind == "affect" for model in known):
        yield Finding(
            "affect model", "fails", "did not come with the program; run: pip install --force-reinstall call-analyzer"
        )


def _cache() -> Iterator[Finding]:
    folder = models.cache_folder()
    there = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        detail = f"cannot write to {folder}; set ANALYZER_CACHE to a folder of yours"
        yield Finding("cache", "note" if _speech_is_here() else "fails", detail)
        return
    free_mb = round(shutil.disk_usage(there).free / 1e6)
    enough = free_mb >= LEAST_FREE_MB
    detail = f"{folder}, {free_mb:,} MB free" + ("" if enough else "; free some, or set ANALYZER_CACHE")
    yield Finding("cache", "ok" if enough else "note" if _speech_is_here() else "fails", detail)


def _speech_is_here() -> bool:
    return state_of(models.default_speech())[0] == "ready"


def _output() -> Iterator[Finding]:
    """Results go below the current folder unless -o says otherwise."""
    folder = Path.cwd()
    writable = os.access(folder, os.W_OK)
    free_mb = round(shutil.disk_usage(folder).free / 1e6)
    detail = f"{folder}, {free_mb:,} MB free" if writable else f"cannot write to {folder}; give score another with -o"
    yield Finding("this folder", "ok" if writable and free_mb >= LEAST_FREE_MB else "note", detail)


def _cores() -> Iterator[Finding]:
    count = cores()
    detail = f"{count}; " + ("one live call at a time" if count == 1 else "recordings can be scored in parallel")
    yield Finding("cores", "ok", detail)


CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    _python,
    _packages,
    _formats,
    _models,
    _cache,
    _output,
    _cores,
    _audio_devices,
)


def _print(findings: list[Finding], works: bool) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in findings:
        table.add_row(MARKS[finding.state], finding.what, escape(finding.detail))
    console = Console(highlight=False)
    console.print(table)
    console.print(
        "Recordings can be scored." if works else "Recordings cannot be scored until the failures are mended."
    )
