"""`models/manifest.toml`, read.

`ANALYZER_MANIFEST` names another manifest, for a company that keeps its models on a server of its own.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

from analyzer.errors import ModelError

ANALYZER_MANIFEST = "ANALYZER_MANIFEST"
KINDS = ("speech", "affect", "vad", "backbone")


@dataclass(frozen=True, slots=True)
class Source:
    """One place to get a model from."""

    url: str
    sha256: str  # of the archive
    folder: str  # of the model, inside the archive

    @property
    def host(self) -> str:
        return self.url.split("/")[2]


@dataclass(frozen=True, slots=True)
class Model:
    """What the manifest says of one model."""

    name: str
    kind: str
    language: str
    licence: str
    about: str
    download_bytes: int
    unpacked_bytes: int  # an archive that unpacks to more is refused
    sources: tuple[Source, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)  # SHA-256 by path; empty where they are not known
    shipped: str = ""  # the folder of a model that comes with the program

    @property
    def megabytes(self) -> int:
        return round(self.download_bytes / 1e6)


def shipped(relative: str) -> Path:
    """What comes with the program, by its path in the repository: the same from a clone and from a wheel."""
    package = Path(__file__).parents[1]
    in_wheel = package / "_shipped" / relative
    return in_wheel if in_wheel.exists() else package.parent / relative


def manifest() -> dict[str, Model]:
    """All models by name, in the order of the file.  A manifest with a mistake is a `ModelError`."""
    return _read(_manifest_path())[1]


def default_speech() -> str:
    """The name of the speech model that is used where none is asked for."""
    return _read(_manifest_path())[0]


def lookup(name: str) -> Model:
    """The model of that name; `ModelError` with the names there are."""
    known = manifest()
    if name not in known:
        raise ModelError(f"no model is called {name}; there are: {', '.join(known)}")
    return known[name]


def _manifest_path() -> Path:
    override = os.environ.get(ANALYZER_MANIFEST)
    return Path(override) if override else shipped("models/manifest.toml")


@lru_cache(maxsize=4)
def _read(path: Path) -> tuple[str, dict[str, Model]]:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        models = {row["name"]: _model(row) for row in data["model"]}
        default = data["default_speech"]
    except OSError as error:
        raise ModelError(f"cannot read the model manifest {path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise ModelError(f"mistake in the model manifest {path}: {error}") from error
    if default not in models:
        raise ModelError(f"mistake in the model manifest {path}: default_speech is not one of its models")
    return default, models


def _model(row: Mapping[str, Any]) -> Model:
    _check(row["kind"] in KINDS, f"{row['name']} is of no kind that there is")
    _check(PurePosixPath(row["name"]).parts == (row["name"],), f"{row['name']!r} is no name for a folder")
    _check(all(_inside(path) for path in row.get("files", {})), f"{row['name']} has a file outside its folder")
    return Model(
        name=row["name"],
        kind=row["kind"],
        language=row["language"],
        licence=row["licence"],
        about=row["about"],
        download_bytes=int(row["download_bytes"]),
        unpacked_bytes=int(row["unpacked_bytes"]),
        sources=tuple(Source(source["url"], source["sha256"], source["folder"]) for source in row.get("source", ())),
        files=dict(row.get("files", {})),
        shipped=row.get("shipped", ""),
    )


def _inside(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return bool(parts) and not path.startswith("/") and ".." not in parts


def _check(holds: bool, complaint: str) -> None:
    if not holds:
        raise ValueError(complaint)
