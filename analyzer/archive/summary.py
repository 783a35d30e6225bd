"""An archive on one page that stands by itself: plots of what happened, for whom it may concern, fair to all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from importlib import resources
from itertools import pairwise
from pathlib import Path
from statistics import median
from string import Template
from urllib.parse import quote

from analyzer.archive.charts import amount_bar, columns, course, fall_bars, share_bar, told
from analyzer.archive.figures import DOING, LEAST, Agent, Figures, Share, Tactic, facts_of
from analyzer.archive.folder import each
from analyzer.errors import OutputError
from analyzer.escalation import ORDER
from analyzer.record import clock, replacing

MOST_ROWS = 20  # of a plot: what is rarer is summed up in a line
RECOVERY_STEPS = (15, 30, 60, 90, 120, 180, 300, 600)  # seconds: ends of the columns
SHAPES = {"listen": "●", "mirror": "◆", "probe": "▲", "de-escalate": "■"}


def figures_of(folder: Path, refused: list[str]) -> Figures:
    """The figures of all records below a folder."""
    figures = Figures()
    for facts in each(folder, facts_of, refused):
        figures.add(facts)
    return figures


def write_summary(folder: Path, page: Path) -> tuple[Figures, list[str]]:
    """Write the page of the records below `folder`; the figures, and a line for each file that is no record."""
    refused: list[str] = []
    figures = figures_of(folder, refused)
    if not figures.calls:
        raise OutputError(f"{folder} has no call records in it; score calls into it first")
    with replacing(page) as file:
        file.write(page_of(figures, folder.resolve().name, lambda place: _link(folder, place, page)).encode())
    return figures, refused


def _link(folder: Path, place: str, page: Path) -> str | None:
    """The way from the summary to the page of a call, where there is one below the summary's own folder."""
    report = (folder / place).with_suffix(".html").resolve()
    try:
        return quote(report.relative_to(page.parent.resolve()).as_posix()) if report.exists() else None
    except ValueError:
        return None


def page_of(figures: Figures, name: str, link: Callable[[str], str | None] = lambda _: None) -> str:
    """The page as HTML."""
    sections = [
        _ended(figures), _hours(figures), _shares("By queue", "queue", figures.queues, figures.calls),
        _shares("By cue", "cue", figures.cues, figures.calls, "Of the calls in which a cue was heard, those that "
                "escalated. Cues are part of what raises the level, so a high share is no discovery."),
        _recoveries(figures), _hear(figures, link), _tactics(figures.tactics), _agents(figures),
    ]  # fmt: skip
    template = Template(resources.files("analyzer.archive").joinpath("summary.html").read_text("utf-8"))
    return template.substitute(
        title=told(f"Calls in {name}"), facts=told(_in_one_sentence(figures)), sections="\n".join(sections), foot=FOOT
    )


FOOT = (
    f"Shares carry a 95% interval (Wilson); of fewer than {LEAST} calls none is given. A call escalated when it was "
    "heated, abusive or stuck at its worst. How people sounded is judged of customers only; of agents, what they did "
    "is counted. Numbers come from the records beside this page and from nowhere else."
)


def _in_one_sentence(figures: Figures) -> str:
    days = sorted(figures.days)
    span = f", {days[0]} to {days[-1]}" if len(days) > 1 else f", {days[0]}" if days else ""
    cut = f"; {figures.ended_abnormally:,} ended abnormally" if figures.ended_abnormally else ""
    size = f"{_plural(figures.calls, 'call')}, {figures.seconds / 3600:,.1f} hours{span}"
    return f"{size}; {_of(figures.escalated)} escalated{cut}."


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def _of(share: Share) -> str:
    """A share in words: 12 of 40 (30%), and no percentage of a few."""
    rate = "" if share.rate is None else f" ({100 * share.rate:.0f}%)"
    return f"{share.hits:,} of {share.of:,}{rate}"


def _section(title: str, note: str, body: str, css: str = "") -> str:
    about = f'<p class="quiet">{told(note)}</p>' if note else ""
    return f'<section class="{css}"><h2>{told(title)}</h2>{about}{body}</section>'


def _nothing(why: str) -> str:
    return f'<p class="quiet">{told(why)}</p>'


# --- how it went ----------------------------------------------------------------------------------


def _ended(figures: Figures) -> str:
    worst = [(level, figures.worst[level]) for level in ORDER if figures.worst[level]]
    keys = "".join(
        f'<li><span style="background:var(--{level})"></span>{level} {count:,}</li>' for level, count in worst
    )
    most = max(figures.outcomes.values(), default=0)
    rows = [(outcome, amount_bar(n, most), f"{n:,}") for outcome, n in figures.outcomes.most_common()]
    table = _rows("how it ended", "calls", rows) if rows else _nothing("No record says how its call ended.")
    body = f'{course(worst)}<ul class="keys">{keys}</ul><p></p>{table}'
    return _section("How it went", "Each call at its worst, and how it ended.", body)


def _hours(figures: Figures) -> str:
    if not figures.hours:
        return _section("By hour", "", _nothing("No record says when its call began."))
    first, last = min(figures.hours), max(figures.hours)
    hours = [(hour, figures.hours.get(hour, Share())) for hour in range(first, last + 1)]
    busiest, share = max(hours, key=lambda hour: hour[1].hits)
    spoken = f"Calls by the hour they began; most escalated at {busiest}:00, {_of(share)}."
    drawn = columns([(share.of, share.hits) for _, share in hours], spoken)
    axis = f'<div class="axis" aria-hidden="true"><span>{first}:00</span><span>{last}:59</span></div>'
    rows = [(f"{hour}:00", share_bar(share), _told_share(share)) for hour, share in hours if share.of]
    table = f"<details><summary>As a table</summary>{_rows('hour', 'escalated', rows)}</details>"
    return _section(
        "By hour", "Calls that began in each hour; those that escalated are the strong part.", drawn + axis + table
    )


def _shares(title: str, noun: str, shares: dict[str, Share], calls: int, note: str = "") -> str:
    """One row each, those with the most calls first."""
    if not shares:
        return _section(title, "", _nothing(f"No record has a {noun}."))
    ordered = sorted(shares.items(), key=lambda item: (-item[1].of, item[0]))
    rows = [(name, share_bar(share), _told_share(share)) for name, share in ordered[:MOST_ROWS]]
    rest = len(ordered) - len(rows)
    more = f" {rest} more are rarer." if rest else ""
    note = note or f"Of {_plural(calls, 'call')}, those that escalated in each {noun}."
    return _section(title, note + more, _rows(noun, "escalated", rows))


def _told_share(share: Share) -> str:
    if share.rate is None:
        return f'<span class="few">{share.hits} of {share.of}, too few</span>'
    return f"{share.hits:,} of {share.of:,}, {100 * share.rate:.0f}%"


def _rows(what: str, value: str, rows: Iterable[tuple[str, str, str]], css: str = "") -> str:
    """A table whose middle column is drawn; names are escaped here, the rest is ours."""
    body = "".join(
        f'<tr><th scope="row">{told(name)}</th><td class="plot">{drawn}</td><td class="n told">{text}</td></tr>'
        for name, drawn, text in rows
    )
    head = f'<th scope="col">{told(what)}</th><td></td><th scope="col" class="n">{told(value)}</th>'
    return f'<table class="rows {css}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _recoveries(figures: Figures) -> str:
    title, times = "How soon it was calm again", figures.recoveries
    escalated = figures.escalated.hits
    if not times:
        return _section(title, "", _nothing(f"None of {_plural(escalated, 'escalated call')} became calm again."))
    bounds = (0, *RECOVERY_STEPS, float("inf"))
    counts = [sum(low < max(s, 1e-9) <= high for s in times) for low, high in pairwise(bounds)]
    names = [f"{_time(low)} to {_time(high)}" for low, high in zip(bounds, RECOVERY_STEPS, strict=False)]
    names.append(f"over {_time(RECOVERY_STEPS[-1])}")
    middle = f"; half of them within {_time(median(times))}" if len(times) >= LEAST else ""
    note = f"From the peak to calm: {len(times):,} of {_plural(escalated, 'escalated call')} became calm{middle}."
    last = max(number for number, count in enumerate(counts) if count)
    rows = [
        (name, amount_bar(n, max(counts)), f"{n:,}") for name, n in list(zip(names, counts, strict=True))[: last + 1]
    ]
    return _section(title, note, _rows("time", "calls", rows))


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 60 else clock(seconds)


def _hear(figures: Figures, link: Callable[[str], str | None]) -> str:
    """The longest calls that ended hard: where an analyst may begin."""
    items = []
    for seconds, call_id, worst, place in figures.ended_hard:
        way = link(place)
        name = f'<a href="{told(way)}">{told(call_id)}</a>' if way else told(call_id)
        items.append(f"<li>{name} <span class='quiet'>{clock(seconds)}, {worst} at its worst</span></li>")
    body = f"<ol>{''.join(items)}</ol>" if items else _nothing("No call ended heated, abusive or stuck.")
    return _section("Where to begin", "The longest calls that ended heated, abusive or stuck." if items else "", body)


# --- what helped, and who did what ----------------------------------------------------------------


def _tactics(tactics: dict[str, Tactic]) -> str:
    title = "Which advice was used, and what followed"
    if not tactics:
        return _section(title, "", _nothing("No prompt would have been shown."), "wide")
    falls = [
        abs(fall) for tactic in tactics.values() for used in (True, False) if (fall := tactic.fall(used)) is not None
    ]
    ordered = sorted(tactics.items(), key=lambda item: (-item[1].used.of, item[0]))
    rows = "".join(_tactic(name, tactic, max(falls, default=0.0)) for name, tactic in ordered[:MOST_ROWS])
    head = (
        '<th scope="col">advice</th><td></td><th scope="col" class="n">median fall of intensity: used, not used</th>'
        '<th scope="col" class="n">used</th>'
    )
    note = (
        "How far the customer's intensity (0 to 1) fell after the advice, where it was used (strong) and where it was "
        "not (pale); left of the line it rose. Agents use advice when they can, so a difference is a hint, not a proof."
    )
    table = f'<table class="rows tactics"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
    return _section(title, note, table, "wide")


def _tactic(name: str, tactic: Tactic, most: float) -> str:
    used, unused = tactic.fall(True), tactic.fall(False)
    numbers = ", ".join(_told_fall(fall, len(tactic.falls[was])) for fall, was in ((used, True), (unused, False)))
    shape = SHAPES.get(tactic.move, "●")
    colour = tactic.move if tactic.move in SHAPES else "ink"
    return (
        f'<tr><th scope="row"><span class="move" style="color:var(--{colour})"><span aria-hidden="true">{shape}</span> '
        f'{told(tactic.move)}</span> {told(name)}</th><td class="plot">{fall_bars(used, unused, most)}</td>'
        f'<td class="n told">{numbers}</td><td class="n told">{_told_share(tactic.used)}</td></tr>'
    )


def _told_fall(fall: float | None, of: int) -> str:
    return f'<span class="few">too few ({of})</span>' if fall is None else f"{fall:+.2f} ({of:,})"


def _agents(figures: Figures) -> str:
    title = "By agent"
    if not figures.agents:
        return _section(title, "", _nothing("No record has an agent."), "wide")
    names = ["calls", "escalated", "expected", "calm again", *(name for _, name, _ in DOING)]
    head = '<th scope="col">agent</th><td></td>' + "".join(
        f'<th scope="col" class="n">{told(name)}</th>' for name in names
    )
    rows = "".join(
        f'<tr><th scope="row">{told(name)}</th>{"".join(_cells(figures, name))}</tr>' for name in sorted(figures.agents)
    )
    note = (
        "By name, not by rank. A hard call is not the agent's doing: who is given the hard calls has the hard calls. "
        "“Expected”, the mark on the bar, is how many of the same calls would have escalated had they gone as those of "
        "the others in the same queues. The rest is what was done, a call or as a share; it is counted, and nobody's "
        "feelings are."
    )
    table = f'<table class="agents"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
    scroll = f'<div class="scroll" tabindex="0" role="region" aria-label="Agents">{table}</div>'
    return _section(title, note, scroll, "wide")


def _cells(figures: Figures, name: str) -> Iterator[str]:
    agent = figures.agents[name]
    expected = figures.expected(name)
    mark = None if expected is None else expected / agent.escalated.of
    yield f'<td class="plot">{share_bar(agent.escalated, mark)}</td>'
    yield _cell(f"{agent.escalated.of:,}")
    yield _cell(_of(agent.escalated))
    yield _cell("–" if expected is None or agent.escalated.rate is None else f"{expected:.1f}")
    yield _cell(_of(agent.recovered) if agent.recovered.of else "–")
    yield from (_cell(_usual(agent, measure, kind)) for measure, _, kind in DOING)


def _usual(agent: Agent, measure: str, kind: str) -> str:
    value = agent.usual(measure)
    return "–" if value is None else f"{100 * value:.0f}%" if kind == "share" else f"{value:.1f}"


def _cell(text: str) -> str:
    return f'<td class="n">{told(text)}</td>'
