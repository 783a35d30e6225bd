"""One call as one self-contained page: nothing is loaded from anywhere, so it can be mailed or archived."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Iterator
from importlib import resources
from pathlib import Path
from string import Template
from typing import Any

from analyzer.audio import AudioChunk
from analyzer.errors import RecordError
from analyzer.record import Record, clock, replacing
from analyzer.report.mp3 import mp3_base64

DATA = '<script id="data" type="application/json">'  # as the template has it
LONGEST_EMBEDDED_S = 3_600  # an hour is about 15 MB of page; a longer call keeps its audio beside it


def write_report(
    record: Record, path: Path, waves: list[dict[str, object]], audio: Iterable[AudioChunk] | None
) -> None:
    """Write the page for `record` to `path`, in one step: it is all there or not at all.

    `waves` come from `Envelope.waves`; `audio` is the call's audio to embed, or None to leave it out.
    Raises `OutputError` when the page cannot be written.
    """
    source = resources.files("analyzer.report")
    page = Template(source.joinpath("template.html").read_text("utf-8"))
    script = "".join(source.joinpath(name).read_text("utf-8") for name in ("sound.js", "page.js"))
    head, tail = page.substitute(
        title=html.escape(f"{record.call_id}: call report"),
        data=json_for_html(page_data(record, waves)),
        script=script,
        audio="\0",
    ).split("\0")
    with replacing(path) as file:
        file.write(head.encode())
        if audio is not None and record.duration_s <= LONGEST_EMBEDDED_S:
            file.write(b'<audio controls preload="auto" src="data:audio/mpeg;base64,')
            rates = {channel["speaker"]: channel["rate"] for channel in record.header["channels"]}
            for block in mp3_base64(audio, rates):
                file.write(block)
            file.write(b'"></audio>')
        file.write(tail.encode())


def renewed(page: str, record: Record) -> str:
    """The page with another record of the same call in it, its outline and sound kept.

    Raises `RecordError` where it is no such page.
    """
    begin = page.find(DATA) + len(DATA)
    end = page.find("</script>", begin)
    try:
        waves = json.loads(page[begin:end])["waves"]
    except (ValueError, KeyError, TypeError) as error:
        raise RecordError(f"the page of {record.call_id} is none of this program") from error
    return page[:begin] + json_for_html(page_data(record, waves)) + page[end:]


def page_data(record: Record, waves: list[dict[str, object]]) -> dict[str, Any]:
    """What the page's script draws: the record's own lines, and the spans and sentences made from them."""
    used = {outcome["prompt"] for outcome in record.outcomes if outcome["used"]}
    return {
        "call_id": record.call_id,
        "duration_s": record.duration_s,
        "spoken": _in_one_sentence(record),
        "turns": [{**turn, "level": record.level_at(turn["end_s"])} for turn in record.turns],
        "levels": record.levels,
        "prompts": [{**prompt, "used": number in used} for number, prompt in enumerate(record.prompts)],
        "spans": record.spans(),
        "tension": record.tension(),
        "waves": waves,
        "summary": list(_summary_sections(record)),
        "provenance": _provenance(record),
    }


def _in_one_sentence(record: Record) -> str:
    """How it went first: what comes after that may be cut off where room is short."""
    worst = record.worst_level
    course = "Calm throughout" if worst == "calm" else f"{worst.capitalize()} at its worst, ended {record.last_level}"
    if record.ended_abnormally:
        course += ", ended abnormally" if worst == "calm" else ", abnormally"
    counts = f"{len(record.turns)} turns, {_plural(len(record.prompts), 'prompt')}"
    return f"{course}; {clock(record.duration_s)} long, {counts}."


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")


def _summary_sections(record: Record) -> Iterator[dict[str, object]]:
    """The after-call summary and its promises, as titled lists; nothing that is private to the agent."""
    summary = record.summary or {}
    for title, key in (
        ("For the lead", "heads_up"),
        ("How it ended", "outcome"),
        ("What it was about", "issue"),
        ("What was tried", "tried"),
        ("Still wanted", "open_want"),
    ):
        lines = summary.get(key)
        lines = [lines] if isinstance(lines, (str, dict)) else lines or []
        texts = [line if isinstance(line, str) else _quote(line) for line in lines]
        if texts:
            yield {"title": title, "lines": texts}
    promises = [_promise(promise) for promise in summary.get("promises", [])]
    if promises:
        yield {"title": "Promises", "lines": promises}
    if record.holds:
        yield {"title": "Holds", "lines": [_hold(hold) for hold in record.holds]}
    lost = [
        f"{clock(loss['start_s'])}: {loss['duration_s']:.1f} s of {loss['speaker']} ({loss['why']})"
        for loss in record.lost
    ]
    if lost:
        yield {"title": "Audio lost", "lines": lost}


def _quote(line: dict[str, Any]) -> str:
    text = str(line.get("quote") or line.get("text") or line.get("what") or "")
    return f"{clock(line['start_s'])} “{text}”" if "start_s" in line else text


def _promise(promise: dict[str, Any]) -> str:
    parts = [str(promise[key]) for key in ("who", "what", "when", "how") if promise.get(key)]
    flag = ["was asked to call again"] if promise.get("asks_customer_to_call") else []
    return " · ".join([*parts, *flag]) or _quote(promise)


def _hold(hold: dict[str, Any]) -> str:
    announced = {True: ", announced", False: ", not announced", None: ""}[hold["announced"]]
    return f"{clock(hold['start_s'])}, {hold['end_s'] - hold['start_s']:.0f} s of {hold['kind']}{announced}"


def _provenance(record: Record) -> list[tuple[str, str]]:
    header = record.header
    channels = ", ".join(f"{channel['speaker']} at {channel['rate']} Hz" for channel in header["channels"])
    models = [(f"{role} model".replace("_", " "), _named(model)) for role, model in header["models"].items()]
    return [
        ("recording", str(header["source"])),
        ("channels", channels),
        *models,
        ("playbook", _named(header["policy"])),
    ]


def _named(part: dict[str, Any]) -> str:
    return " ".join([str(part["name"]), *([f"v{part['version']}"] if "version" in part else []), part["sha256"][:16]])


def json_for_html(data: object) -> str:
    """JSON that cannot end the script element it stands in."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
