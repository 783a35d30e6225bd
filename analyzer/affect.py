"""How the customer feels and how strongly: what the words say, what the voice says, and the rule that joins them.

A model reads words only (`TurnReader`); the rule that joins its reading with the voice lives here,
so that every engine is joined in the same way.  `read_agent` returns dialogue acts and nothing
else: there is no path by which an emotion could be assigned to an agent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from analyzer.speech import Utterance
from analyzer.voice import Voice

EMOTIONS = (
    "admiration", "amusement", "anger", "annoyance", "approval", "caring", "confusion", "curiosity",
    "desire", "disappointment", "disapproval", "disgust", "embarrassment", "excitement", "fear",
    "gratitude", "grief", "joy", "love", "nervousness", "optimism", "pride", "realization", "relief",
    "remorse", "sadness", "surprise", "neutral",
)  # fmt: skip
"""GoEmotions' 27 emotions and neutral (Demszky et al. 2020), in that paper's alphabetical order."""

DISTRESS = (
    "frustrated", "angry", "anxious", "confused", "helpless", "cheated", "disappointed", "grateful", "relieved",
)  # fmt: skip
"""How a customer in trouble feels, in the words a call centre uses."""

CUES = (
    "abuse", "profanity-at-thing", "supervisor-request", "churn", "legal-threat", "repeat-contact", "vent",
    "blame", "rejects-help", "hold-complaint", "gratitude", "relief", "confusion", "distress", "safety-risk",
)  # fmt: skip
"""What a customer's turn does that a coach must hear."""

ACTS = (
    "greeting", "asks-name", "open-question", "closed-question", "platitude", "specific-empathy", "recap",
    "confirms-understanding", "apology", "agreement", "policy-defence", "refusal", "offers-option", "promise",
    "promise-vague", "callback-request", "callback-offer", "hold-announce", "hold-return", "transfer-offer",
    "supervisor-agree", "condescension", "reassurance", "fix", "order-taken", "asks-purpose", "asks-reason",
    "asks-goal", "asks-root-cause", "covers-everything", "hands-back", "closing", "thanks", "encourager",
    "interrupts-politely", "boundary-name", "boundary-warn", "boundary-disconnect", "information",
    "asks-patience", "makes-request", "requests-item", "states-purpose", "states-norm", "states-goal", "claims",
    "accepts", "rejects", "repeats-story", "story", "question", "asks-resolution", "wants-to-vent",
    "backchannel", "gives-detail",
)  # fmt: skip
"""What a turn of either side does in the dialogue.  Behaviour only: none of them is an emotion."""

Acts = Mapping[str, float]  # act -> probability, calibrated


@dataclass(frozen=True, slots=True)
class Reading:
    """What the words of one customer turn say, by themselves."""

    sentiment: float  # -1..1
    intensity: float  # 0..1
    confidence: float  # 0..1: how far the model trusts this reading
    emotions: Mapping[str, float]  # EMOTIONS -> probability
    labels: tuple[str, ...]  # the EMOTIONS it would put on the turn
    distress: Mapping[str, float]  # DISTRESS -> probability
    cues: Mapping[str, float]  # CUES -> probability, calibrated so that 0.5 is "more likely than not"


@dataclass(frozen=True, slots=True)
class TurnReading:
    """A customer turn as the model reads it: how it feels and what it does."""

    affect: Reading
    acts: Acts


class TurnReader(Protocol):
    """A loaded text model.  Texts are as a recognizer writes them; `before` is the other side's turn."""

    def read_customer(self, texts: Sequence[str], before: Sequence[str]) -> list[TurnReading]:
        """One reading a text; an empty text reads as neutral with confidence 0."""
        ...

    def read_agent(self, texts: Sequence[str], before: Sequence[str]) -> list[Acts]:
        """What agent turns do.  No emotion: by law and by signature."""
        ...


@dataclass(frozen=True, slots=True)
class Affect:
    """How the customer feels in one turn: words and voice together."""

    sentiment: float  # -1..1
    intensity: float  # 0..1, joined
    confidence: float  # 0..1
    emotions: Mapping[str, float]
    labels: tuple[str, ...]
    distress: Mapping[str, float]
    cues: tuple[str, ...]  # the CUES that hold for this turn, most likely first
    text_intensity: float  # 0..1, the words alone
    voice_intensity: float | None  # 0..1, the voice alone; None where it abstains
