"""A person in the agent's place: prompts as in a live call, and told afterwards what was done well."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from analyzer.affect import TurnReader
from analyzer.errors import AudioError
from analyzer.events import Event
from analyzer.gym import Dialogue
from analyzer.playbook import Prompt, PromptOutcome, default_playbook
from analyzer.practice import Practice
from analyzer.sources.device import portaudio
from analyzer.sources.playback import Voice

SOFA = Dialogue(
    "sofa",
    "a sofa that did not come",
    (7,),
    (
        {"role": "agent", "start": 0.0, "end": 1.0, "text": "furniture hello"},
        {"role": "customer", "start": 1.5, "end": 5.0, "text": "my sofa did not come on tuesday and nobody called me"},
        {"role": "agent", "start": 5.5, "end": 6.0, "text": "okay"},
        {"role": "customer", "start": 6.5, "end": 8.0, "text": "so where is it"},
    ),
)


def has_sound_output() -> bool:
    """Whether this machine can play anything."""
    try:
        return any(one["max_output_channels"] > 0 for one in portaudio().query_devices())
    except AudioError:
        return False


def practised(reader: TurnReader, *answers: str) -> tuple[list[Event], Practice]:
    """All events of a call in which the agent's turns after the first are these."""
    practice, events, left = Practice(SOFA, reader, default_playbook()), list[Event](), list(answers)
    for number, (turn, pause_s) in enumerate(practice.script()):
        if turn["role"] == "customer" or number == 0:
            events += practice.scripted(turn, pause_s)
        elif left:
            events += practice.answer(left.pop(0))
    for answer in left:
        events += practice.answer(answer)
    return events + practice.finish(), practice


def test_an_empty_phrase_is_met_with_a_prompt_and_the_next_answer_uses_it(reader: TurnReader) -> None:
    """The same prompt as in a call, and the same word on whether it was used."""
    events, practice = practised(reader, "i understand how you feel", "the sofa missed tuesday and nobody called you")
    assert [event.tactic for event in events if isinstance(event, Prompt)] == ["be-specific"]
    assert [event.used for event in events if isinstance(event, PromptOutcome)] == [True]
    assert "You named what had happened to them." in practice.done_well()


def test_a_good_answer_needs_no_prompt(reader: TurnReader) -> None:
    """Silence is the praise; what was done well is told afterwards."""
    events, practice = practised(reader, "oh no so the sofa missed tuesday and nobody called you is that right")
    assert [event for event in events if isinstance(event, Prompt)] == []
    assert "You asked whether you had got it right." in practice.done_well()


def test_what_the_script_says_for_the_agent_is_nobody_s_merit(reader: TurnReader) -> None:
    """Only the person's own answers are praised."""
    assert practised(reader)[1].done_well() == []


def gym(*arguments: str, stdin: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "analyzer", "gym", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=120, check=False)


def test_practice_in_a_pipe() -> None:
    """Answers from stdin; where they run out, the call goes on without."""
    done = gym("tuesday-friday", stdin="i understand how you feel\nso it missed tuesday and friday\n")
    assert done.returncode == 0, done.stderr
    assert "coach:  mirror: Name the delivery" in done.stdout
    assert "you used it: Name the delivery" in done.stdout
    assert "Prompts: 1, used: 1." in done.stdout


def test_practice_for_programs() -> None:
    """JSON lines of turns, levels, prompts and outcomes, and one of the practice."""
    done = gym("tuesday-friday", "--json", stdin="i understand how you feel\n")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert {line["type"] for line in lines} <= {"turn", "level", "prompt", "outcome", "practice"}
    assert lines[-1]["type"] == "practice"
    assert lines[-1]["prompts"] == sum(line["type"] == "prompt" for line in lines) == 1


@pytest.mark.skipif(has_sound_output(), reason="the caller would be heard here")
def test_a_caller_who_cannot_be_heard_is_read() -> None:
    """Without a loudspeaker the practice says so in one line, once, and goes on."""
    done = gym("--hear", "spoken-sofa", stdin="hello\n" * 30)
    assert done.returncode == 0
    assert done.stderr.startswith("the caller can only be read: ")
    assert done.stderr.count("\n") == 1
    assert "caller:   nobody came" in done.stdout


def test_the_voice_of_a_call_that_is_not_there_is_told(tmp_path: Path) -> None:
    """A file that is missing, and one that is no recording."""
    (tmp_path / "text.flac").write_text("no sound")
    for name in ("lost.flac", "text.flac"):
        with pytest.raises(AudioError, match=name):
            Voice(tmp_path / name)


def test_the_calls_are_listed_and_a_stranger_is_refused() -> None:
    """By name, with what they are about."""
    assert "an empty phrase to two missed deliveries" in gym("--list", stdin="").stdout
    refused = gym("nobody-at-all", stdin="")
    assert refused.returncode == 1
    assert refused.stderr.splitlines() == ["analyzer: no call nobody-at-all in the gym; see: analyzer gym --list"]


def test_an_interrupt_ends_the_practice_in_one_line() -> None:
    """No stack trace in anybody's terminal."""
    command = [sys.executable, "-u", "-m", "analyzer", "gym", "tuesday-friday"]
    pipe = subprocess.PIPE
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=environment) as process:
        assert process.stdout is not None
        while "caller:" not in process.stdout.readline():
            pass
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert told == "analyzer: stopped; nothing half-written was kept\n"
