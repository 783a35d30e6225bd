"""The sink that tells pages: every event as a message, at once, and its delay for the figures.

A call that falls behind sheds what matters least, in the order of `SHED`, and never any audio.
"""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import Histogram

from analyzer.audio import AudioLost
from analyzer.dialogue import Turn
from analyzer.events import Event
from analyzer.live.board import Board
from analyzer.live.line import LiveCall
from analyzer.live.metrics import Metrics
from analyzer.live.view import CallView, Message
from analyzer.playbook import Prompt
from analyzer.speech import Partial

SHED = (
    # from this lag on, in seconds of audio: what is no longer done
    (0.25, "score partials"),  # an estimate of an estimate
    (0.50, "tell partials"),  # old news by the time they are read
)
FEWEST_WORDS = 4  # before the words of an unfinished turn mean anything
SCORE_EVERY = 3  # words: a word more seldom changes the judgement

Glance = Callable[[str, str], Message]  # text so far, the agent's turn before -> sentiment and intensity


class Shown:
    """Tells one call's events to the board."""

    def __init__(self, view: CallView, board: Board, metrics: Metrics, glance: Glance | None) -> None:
        self._view = view
        self._board = board
        self._metrics = metrics
        self._glance = glance
        self._line: LiveCall | None = None
        self._agent_said = ""
        self._scored = 0  # words of the unfinished turn at its last score
        self._feeling: Message | None = None

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
            self._scored, self._feeling = 0, None
            if event.speaker == "agent":
                self._agent_said = event.text
        elif isinstance(event, Prompt):
            self._time(self._metrics.prompt, event.at_s)
        elif isinstance(event, AudioLost):
            self._metrics.lost.inc(event.duration_s)
        if (message := self._view.message(event, clock_s)) is not None:
            self._board.post(message)

    def _tell_partial(self, event: Partial, clock_s: float) -> None:
        kept = kept_up(self._line.lag_s if self._line else 0.0)
        if "tell partials" not in kept:
            return
        self._time(self._metrics.partial, event.at_s)
        message = self._view.message(event, clock_s)
        if message is not None:
            feeling = self._felt(event) if event.speaker == "customer" and "score partials" in kept else None
            self._board.post(message | {"feeling": feeling})

    def _felt(self, event: Partial) -> Message | None:
        """The feeling of an unfinished turn, judged anew every few words."""
        words = len(event.text.split())
        if self._glance and words >= FEWEST_WORDS and words - self._scored >= SCORE_EVERY:
            self._scored, self._feeling = words, self._glance(event.text, self._agent_said)
        return self._feeling

    def _time(self, histogram: Histogram, at_s: float) -> None:
        delay_s = self._line.delay_s(at_s) if self._line else None
        if delay_s is not None:
            histogram.observe(delay_s)


def kept_up(lag_s: float) -> set[str]:
    """What is still done at a lag, by `SHED`."""
    return {what for from_s, what in SHED if lag_s < from_s}
