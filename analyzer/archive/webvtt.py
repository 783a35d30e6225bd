"""A call as captions: who speaks as voices, and each prompt as a cue of its own at the top of the picture.

The format is W3C WebVTT (https://www.w3.org/TR/webvtt1/): cues in order of their start, none without length, and no
`&`, `<` or `>` of anybody's words as markup.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.archive.folder import plain
from analyzer.record import Record

SHAPES = {"listen": "●", "mirror": "◆", "probe": "▲", "de-escalate": "■"}
LEAST_S = 0.5  # a cue that flashes by can't be read


def webvtt(record: Record) -> str:
    """The captions of a call."""
    cues = sorted([*_said(record), *_shown(record)])
    return "WEBVTT\n" + "".join(f"\n{text}\n" for _, _, text in cues)


def _said(record: Record) -> Iterator[tuple[float, int, str]]:
    for number, turn in enumerate(record.turns):
        times = _times(turn["start_s"], turn["end_s"])
        text = f"<v {turn['speaker'].capitalize()}>{_escaped(turn['text'])}</v>"
        yield turn["start_s"], number, f"turn-{number}\n{times}\n{text}"


def _shown(record: Record) -> Iterator[tuple[float, int, str]]:
    for number, prompt in enumerate(record.prompts):
        following = [later["at_s"] for later in record.prompts[number + 1 : number + 2]]  # takes its place
        times = _times(prompt["at_s"], min([prompt["expires_s"], record.duration_s, *following]))
        line = f"{SHAPES.get(prompt['move'], '●')} {prompt['move']}: {prompt['line']}"
        yield prompt["at_s"], -1, f"prompt-{number}\n{times} line:0\n<v Prompt><c.prompt>{_escaped(line)}</c></v>"


def _times(start_s: float, end_s: float) -> str:
    return f"{_clock(start_s)} --> {_clock(max(end_s, start_s + LEAST_S))}"


def _clock(at_s: float) -> str:
    seconds, millis = divmod(round(at_s * 1000), 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{millis:03d}"


def _escaped(text: str) -> str:
    """Words that stay words: no markup, no arrow, no empty line."""
    one_line = " ".join(plain(text).replace("\0", "\ufffd").split())
    return one_line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
