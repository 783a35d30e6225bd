"""How a customer's turn sounds against that customer's own usual voice."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Voice:
    """One utterance against its speaker's baseline."""

    loudness_z: float  # standard deviations above the speaker's own mean loudness
    pitch_z: float
    rate_z: float
    arousal: float  # 0..1, 0.5 is the speaker's usual
