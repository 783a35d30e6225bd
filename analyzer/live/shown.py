"""The sink that tells pages: every event as a message, at once, and its delay for the figures.

A call that falls behind sheds what matters least, in the order of `SHED`, and never any audio.
"""

from __future__ import annotations

from prometheus_client import Histogram

from analyzer.audio import AudioLost
from analyzer.dialogue import Turn
from analyzer.events import Event
from analyzer.live.board import Board
from analyzer.live.early import Early, Lookout
from analyzer.live.line import LiveCall
from analyzer.live.metrics import Metrics
from analyzer.live.view import CallView, Message
from analyzer.playbook import Prompt
from analyzer.speech import Partial

SHED = (
    # from this lag on, in seconds of audio: what is no longer done, and how the page names that
    (0.25, "tell partials", "finished turns only"),  # the agent hears those words anyway
    (0.50, "score as words come", "judged at pauses"),
    (1.00, "score at pauses", "nothing early"),  # a turn is judged when it is over
)


class Shown:
    """Tells one call's events to the board."""

    def __init__(self, view: CallView, board: Board, metrics: Metrics) -> None:
        self._view = view
        self._board = board
        self._metrics = metrics
        self._line: LiveCall | None = None
        self._lookout = Lookout()
        self._feeling: Message | None = None  # of the customer's unfinished turn

    def follow(self, line: LiveCall) -> None:
        """The call whose events these are."""
        self._line = line

    def __call__(self, event: Event) -> None:
        """Tell one event."""
        clock_s = self._line.clock_s if self._line else 0.0
        if isinstance(event, Partial):
            self._tell_partial(event, clock_s)
            return
        if isinstance(event, Turn):
            self._feeling = None
            if event.speaker == self._lookout.speaker:
                self._lookout.over()
        elif isinstance(event, Prompt):
            self._time(self._metrics.prompt, event.at_s)
        elif isinstance(event, AudioLost):
            self._metrics.lost.inc(event.duration_s)
        if (message := self._view.message(event, clock_s)) is not None:
            self._board.post(message)

    def _tell_partial(self, event: Partial, clock_s: float) -> None:
        """The words first, since judging them takes a while; at a pause they are on the page already."""
        lag_s = self._line.lag_s if self._line else 0.0
        kept = kept_up(lag_s)
        if self._line is not None and len(kept) < len(SHED):
            self._line.shed_lag_s = max(self._line.shed_lag_s, lag_s)
        early = self._look_ahead(event, kept) if event.is_paused else None
        if "tell partials" in kept and (message := self._view.message(event, clock_s)) is not None:
            self._time(self._metrics.partial, event.at_s)
            self._board.post(message | {"feeling": self._feeling if event.speaker == "customer" else None})
        if not event.is_paused:
            early = self._look_ahead(event, kept)
        if early is not None:
            self._board.post(self._view.early(early, event.speaker, clock_s))

    def _look_ahead(self, event: Partial, kept: set[str]) -> Early | None:
        """Judge an unfinished turn anew, every few words and at a pause; what may be shown of it."""
        wanted = "score at pauses" if event.is_paused else "score as words come"
        if self._line is None or wanted not in kept or not self._lookout.wants(event):
            return None
        if (foreseen := self._line.foresee(event)) is None:
            return None
        if (affect := foreseen.turn.affect) is not None:
            self._feeling = {"sentiment": round(affect.sentiment, 2), "intensity": round(affect.intensity, 2)}
        return self._lookout.hear(event, foreseen, self._view.level)

    def _time(self, histogram: Histogram, at_s: float) -> None:
        delay_s = self._line.delay_s(at_s) if self._line else None
        if delay_s is not None:
            histogram.observe(delay_s)


def kept_up(lag_s: float) -> set[str]:
    """What is still done at a lag, by `SHED`."""
    return {what for from_s, what, _ in SHED if lag_s < from_s}


def shed_at(lag_s: float) -> list[str]:
    """What is left out at a lag, as the page names it."""
    return [words for from_s, _, words in SHED if lag_s >= from_s]
