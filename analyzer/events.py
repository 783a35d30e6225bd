"""What a call tells its sinks."""

from __future__ import annotations

from typing import TypeAlias

from analyzer.audio import AudioLost
from analyzer.dialogue import Turn
from analyzer.escalation import EscalationState
from analyzer.hold import Hold
from analyzer.playbook import Prompt, PromptOutcome
from analyzer.sounds import Sound
from analyzer.speech import Partial
from analyzer.summary import Summary

Event: TypeAlias = Partial | Turn | EscalationState | Prompt | PromptOutcome | AudioLost | Sound | Hold | Summary
