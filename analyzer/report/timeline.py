"""The call as a person reads it in a terminal: who spoke, how it felt, what was advised and why."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from analyzer.record import Line, Record, clock

BLOCKS = "▁▂▃▄▅▆▇█"  # intensity 0..1 as a height
MOOD = (
    (-0.5, "red"),
    (-0.15, "yellow"),
    (0.25, "default"),
    (1.01, "green"),
)  # sentiment up to here: its colour
SPEAKER = {"agent": "cyan", "customer": "magenta", "unknown": "default"}
LEVEL = {
    "calm": "green",
    "tense": "yellow",
    "heated": "bold yellow",
    "abusive": "bold red",
    "stuck": "bold magenta",
}
SHAPE = {"listen": "●", "mirror": "◆", "probe": "▲", "de-escalate": "■"}
CURVE_WIDTH = 60


def print_timeline(record: Record, console: Console) -> None:
    """The whole call: its course as a small chart, then turn by turn with levels and prompts in place."""
    console.print(Text(f"{record.call_id}  {clock(record.duration_s)}", style="bold"))
    if any(turn["affect"] for turn in record.turns):
        console.print(_course(record))
    table = Table(box=None, show_header=False, padding=(0, 1), pad_edge=False)
    table.add_column(justify="right", style="dim", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(ratio=1, overflow="fold")
    for row in _rows(record):
        table.add_row(*row)
    console.print(table)
    console.print(closing_line(record))


def closing_line(record: Record) -> Text:
    """One sentence on how the call went."""
    prompts = len(record.prompts)
    how = "ended abnormally while " if record.ended_abnormally else "ended "
    text = Text(f"The call {how}").append(record.last_level, LEVEL[record.last_level])
    if record.worst_level != record.last_level:
        text.append(", after being ").append(record.worst_level, LEVEL[record.worst_level])
    return text.append(f"; {prompts} prompt{'' if prompts == 1 else 's'}.")


def _course(record: Record) -> Text:
    """Intensity of the customer over the call: height is strength, colour is mood."""
    step_s = max(record.duration_s, 0.001) / CURVE_WIDTH
    text = Text("customer ", "dim")
    for column in range(CURVE_WIDTH):
        start_s, end_s = column * step_s, (column + 1) * step_s
        here = [turn for turn in record.turns if turn["affect"] and turn["start_s"] < end_s and turn["end_s"] > start_s]
        if not here:
            text.append("·", "dim")
            continue
        turn = max(here, key=lambda turn: turn["affect"]["intensity"])
        text.append(_bar(turn["affect"]["intensity"]), _mood(turn["affect"]["sentiment"]))
    return text


def _bar(value: float) -> str:
    return BLOCKS[min(len(BLOCKS) - 1, int(value * len(BLOCKS)))]


def _mood(sentiment: float) -> str:
    return next(style for limit, style in MOOD if sentiment < limit)


def _rows(record: Record) -> Iterator[tuple[str | Text, ...]]:
    rows = [
        *((turn["end_s"], 0, _turn_row(turn)) for turn in record.turns),
        *((level["at_s"], 1, _level_row(level)) for level in record.levels),
        *((prompt["at_s"], 2, _prompt_row(prompt)) for prompt in record.prompts),
        *((loss["start_s"], 3, _loss_row(loss)) for loss in record.lost),
    ]
    for _, _, row in sorted(rows, key=lambda row: row[:2]):
        yield row


def _turn_row(turn: Line) -> tuple[str | Text, ...]:
    who = Text(turn["speaker"], SPEAKER[turn["speaker"]])
    affect = turn["affect"]
    if not affect:
        return clock(turn["start_s"]), who, "", Text(turn["text"])
    doubt = " " if affect.get("sure", True) else "?"
    feeling = Text(f"{_bar(affect['intensity'])} {affect['sentiment']:+.2f}{doubt}", _mood(affect["sentiment"]))
    said = Text(turn["text"])
    if turn["cues"]:
        said.append(f"  [{', '.join(turn['cues'])}]", "dim")
    return clock(turn["start_s"]), who, feeling, said


def _level_row(level: Line) -> tuple[str | Text, ...]:
    because = "; ".join(f"{quote}({', '.join(reasons)})" for quote, reasons in _reasons(level).items())
    said = Text("the call is ", "dim").append(level["level"], LEVEL[level["level"]])
    return clock(level["at_s"]), "", "", said.append(f": {because}" if because else "", "dim")


def _reasons(level: Line) -> dict[str, list[str]]:
    """The evidence by what was said: each quote once, with all that counted in it."""
    found: dict[str, list[str]] = {}
    for item in level["evidence"]:
        found.setdefault(f"“{item['quote']}” " if item["quote"] else "", []).append(item["what"])
    return found


def _prompt_row(prompt: Line) -> tuple[str | Text, ...]:
    said = Text(f"{SHAPE.get(prompt['move'], '●')} {prompt['move']}: ", "bold blue").append(prompt["line"], "bold")
    return (
        clock(prompt["at_s"]),
        "",
        "",
        said.append(f"  ({prompt['tactic']}: {prompt['cause']})", "not bold dim"),
    )


def _loss_row(loss: Line) -> tuple[str | Text, ...]:
    said = Text(f"{loss['duration_s']:.1f} s of {loss['speaker']} not heard: {loss['why']}", "red")
    return clock(loss["start_s"]), "", "", said
