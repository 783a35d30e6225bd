"""What a call tells AudioHook of itself, where it is asked to: entities of an `event` message.

[AudioHook reference implementation, protocol/entities-transcript.ts and entities-agentassist.ts]
"""

from __future__ import annotations

import html
from typing import Any

from analyzer.audio import Speaker
from analyzer.dialogue import Turn
from analyzer.playbook import Prompt
from analyzer.speech import Partial

CHANNELS: dict[Speaker, str] = {"customer": "external", "agent": "internal"}


def iso(seconds: float) -> str:
    """A duration as AudioHook writes it."""
    return f"PT{max(seconds, 0.0):.3f}S"


def transcript(event: Partial | Turn, identity: str) -> dict[str, Any]:
    """The `transcript` entity of what somebody says, unfinished or finished."""
    words = event.utterance.words if isinstance(event, Turn) else ()
    tokens = [
        {
            "type": "word",
            "value": word.word,
            "confidence": word.confidence,
            "offset": iso(word.start_s),
            "duration": iso(word.end_s - word.start_s),
        }
        for word in words
    ]
    end_s = event.end_s if isinstance(event, Turn) else event.at_s
    confidence = event.utterance.confidence if isinstance(event, Turn) else 0.5  # unfinished: nobody knows yet
    shown = {"type": "display", "transcript": event.text, **({"tokens": tokens} if tokens else {})}
    data = {
        "id": identity,
        "channel": CHANNELS[event.speaker],
        "isFinal": isinstance(event, Turn),
        "offset": iso(event.start_s),
        "duration": iso(end_s - event.start_s),
        "alternatives": [{"confidence": round(confidence, 3), "interpretations": [shown]}],
    }
    return {"type": "transcript", "data": data}


def suggestion(prompt: Prompt, identity: str) -> dict[str, Any]:
    """The `agentassist` entity of a prompt: its cause as the question, the prompt as the answer, which is HTML."""
    faq = {
        "type": "faq",
        "id": identity,
        "confidence": 1.0,
        "position": iso(prompt.at_s),
        "question": prompt.cause,
        "answer": html.escape(prompt.line),
    }
    return {"type": "agentassist", "data": {"id": identity, "suggestions": [faq]}}
