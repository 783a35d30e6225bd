"""The drawings of the summary: plain SVG without a word in it.  All words stand beside as HTML, right at any width."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from analyzer.archive.figures import Share


def told(text: object) -> str:
    """Words that are no markup."""
    return html.escape(str(text))


def svg(inner: str, width: float, height: float, css: str = "", label: str | None = None) -> str:
    """A drawing that stretches to its place; without a label it only repeats what is said beside it."""
    spoken = f'role="img" aria-label="{told(label)}"' if label else 'aria-hidden="true"'
    return (
        f'<svg class="{css}" viewBox="0 0 {width:g} {height:g}" preserveAspectRatio="none" {spoken} '
        f'focusable="false">{inner}</svg>'
    )


def rect(x: float, y: float, width: float, height: float, fill: str) -> str:
    """A box in one of the page's colours."""
    return f'<rect x="{x:.2f}" y="{y:.2f}" width="{max(0.0, width):.2f}" height="{height:.2f}" fill="var(--{fill})"/>'


def line(x1: float, y1: float, x2: float, y2: float) -> str:
    """A thin line that stays thin however the drawing is stretched."""
    where = f'x1="{x1:.2f}" y1="{y1:.2f}" x2="{x2:.2f}" y2="{y2:.2f}"'
    return f'<line {where} stroke="var(--ink)" stroke-width="1.2" vector-effect="non-scaling-stroke"/>'


def share_bar(share: Share, expected: float | None = None) -> str:
    """A share as a bar with its 95% interval, and a mark at what was expected; of too few calls there is no bar."""
    if share.rate is None:
        return svg(rect(0, 4, 100, 7, "rest"), 100, 15)
    low, high = (100 * bound for bound in share.interval)
    whisker = line(low, 7.5, high, 7.5) + line(low, 4.5, low, 10.5) + line(high, 4.5, high, 10.5)
    mark = "" if expected is None else rect(100 * expected - 1, 0, 2, 15, "link")
    return svg(rect(0, 1, 100, 13, "rest") + rect(0, 1, 100 * share.rate, 13, "bar") + mark + whisker, 100, 15)


def amount_bar(value: float, most: float) -> str:
    """A number as a bar."""
    return svg(rect(0, 2, 100 * value / most if most else 0, 11, "bar"), 100, 15)


def fall_bars(used: float | None, unused: float | None, most: float) -> str:
    """How far intensity fell with the advice used, and below it, paler, without; a rise goes to the left."""
    middle = 25.0  # of 100: falls are more common than rises, and a rise must still be seen
    scale = (100 - middle) / most if most else 0.0
    inner = line(middle, 0, middle, 15)
    for value, y, fill in ((used, 1.0, "bar"), (unused, 8.5, "calm")):
        if value is not None:
            length = min(100 - middle, max(-middle, value * scale))
            inner += rect(middle + min(0.0, length), y, max(abs(length), 0.6), 6, fill)
    return svg(inner, 100, 15)


def course(parts: Iterable[tuple[str, int]]) -> str:
    """Parts of a whole, side by side; `(level, count)`."""
    given = list(parts)
    total, x, inner = sum(count for _, count in given), 0.0, ""
    for level, count in given:
        width = 100 * count / total if total else 0.0
        inner += rect(x, 0, width, 10, level)
        x += width
    return svg(inner, 100, 10, "course")


def columns(heights: Sequence[tuple[int, int]], label: str) -> str:
    """Upright bars; each is `(all, of these)`, the second in the strong colour at its foot."""
    most, step = max((every for every, _ in heights), default=0) or 1, 100 / max(1, len(heights))
    inner = ""
    for number, (every, these) in enumerate(heights):
        left, width = number * step + step * 0.12, step * 0.76
        inner += rect(left, 100 - 100 * every / most, width, 100 * every / most, "rest")
        inner += rect(left, 100 - 100 * these / most, width, 100 * these / most, "bar")
    return svg(inner + line(0, 100, 100, 100), 100, 100, "columns", label)
