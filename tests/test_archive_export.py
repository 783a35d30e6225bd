"""Exports: what other programs read, checked with readers that are not ours."""

from __future__ import annotations

import io
import json
import re
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import webvtt as reader
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.archive.contact_lens import contact_lens
from analyzer.archive.moments import json_lines, moments_of
from analyzer.archive.webvtt import webvtt
from analyzer.cli.records import export
from analyzer.models import shipped
from analyzer.record import Record, parse, read

from archives import changed, put, sample_lines

CHROMIUM = shutil.which("chromium")
SAMPLES = shipped("samples/calls")
NASTY = "a --> b\n\n00:00:00.000 --> 99:00:00.000\n</v><i>&amp; & <v Mallory>pay me"


def sample(name: str) -> Record:
    return read(SAMPLES / f"{name}.jsonl")


def record_of(lines: list[dict[str, Any]]) -> Record:
    return parse([json.dumps(line) + "\n" for line in lines], "a test")


def with_nasty_words() -> Record:
    """A call in which somebody says captions, and two turns that begin together, one of them without length."""

    def forge(lines: list[dict[str, Any]]) -> None:
        turns = [line for line in lines if line["type"] == "turn"]
        turns[0]["text"] = NASTY
        turns[2]["start_s"] = turns[2]["end_s"] = turns[1]["start_s"]

    return record_of(changed("sofa-recovers", forge))


# --- captions -------------------------------------------------------------------------------------


def test_captions_are_read_by_somebody_elses_parser() -> None:
    """Each turn and each prompt is a cue with its voice, in order, at its time."""
    record = sample("sofa-recovers")
    cues = list(reader.from_buffer(io.StringIO(webvtt(record))))
    assert len(cues) == len(record.turns) + len(record.prompts)
    assert [cue.start_in_seconds for cue in cues] == sorted(cue.start_in_seconds for cue in cues)
    by_id = {cue.identifier: cue for cue in cues}
    assert by_id["turn-1"].voice == "Customer"
    assert by_id["turn-1"].text == "hello"
    assert by_id["prompt-0"].text.endswith(f"{record.prompts[0]['move']}: {record.prompts[0]['line']}")
    assert by_id["prompt-0"].start_in_seconds + 0.001 * by_id["prompt-0"].start_time.milliseconds == pytest.approx(
        record.prompts[0]["at_s"]
    )


def test_what_is_said_cannot_become_a_cue() -> None:
    """Arrows, empty lines and tags of a caller stay words."""
    record = with_nasty_words()
    text = webvtt(record)
    assert len(list(reader.from_buffer(io.StringIO(text)))) == len(record.turns) + len(record.prompts)
    assert text.count("-->") == len(record.turns) + len(record.prompts)
    assert "<i>" not in text
    assert "Mallory>" not in text


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_a_browser_reads_the_same_captions(tmp_path: Path) -> None:
    """Chromium's own parser finds every cue, its length, its voice, and the very words that were said."""
    from playwright.sync_api import sync_playwright

    record = with_nasty_words()
    data = json.dumps(webvtt(record)).replace("<", "\\u003c")
    page_file = tmp_path / "captions.html"
    page_file.write_text(
        "<meta charset=utf-8><video><track default></video><script>"
        f"document.querySelector('track').src = URL.createObjectURL(new Blob([{data}], {{type: 'text/vtt'}}));</script>"
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        page = browser.new_page()
        page.goto(page_file.as_uri())
        page.wait_for_function("document.querySelector('track').readyState === 2")
        cues = page.evaluate(
            "[...document.querySelector('track').track.cues].map(c => "
            "({id: c.id, from: c.startTime, to: c.endTime, line: c.line, words: c.getCueAsHTML().textContent, "
            "voice: c.getCueAsHTML().firstChild.title}))"
        )
        browser.close()
    assert len(cues) == len(record.turns) + len(record.prompts)
    assert all(cue["to"] > cue["from"] for cue in cues)
    by_id = {cue["id"]: cue for cue in cues}
    assert by_id["turn-0"]["words"] == " ".join(NASTY.split())
    assert by_id["turn-0"]["voice"] == "Agent"
    assert by_id["prompt-0"]["line"] == 0


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_any_words_give_valid_captions(text: str) -> None:
    """Whatever is said, there are as many arrows as cues, and nobody's words begin a tag."""

    def forge(lines: list[dict[str, Any]]) -> None:
        lines[1]["text"] = text

    record = record_of(changed("clinic-calm", forge))
    told = webvtt(record)
    assert told.count("-->") == len(record.turns) + len(record.prompts)
    [cue] = re.findall(r"turn-0\n.*\n(.*)\n", told)
    assert re.fullmatch(r"<v Agent>[^<>\r\n]*</v>", cue)


# --- Contact Lens ---------------------------------------------------------------------------------

SHAPE = {
    "Version", "AccountId", "Channel", "ContentMetadata", "JobStatus", "LanguageCode", "Participants", "Categories",
    "ConversationCharacteristics", "CustomModels", "Transcript", "CustomerMetadata",
}  # fmt: skip
CHARACTERISTICS = {
    "TotalConversationDurationMillis", "Sentiment", "Interruptions", "NonTalkTime", "TalkSpeed", "TalkTime",
}  # fmt: skip


@pytest.mark.parametrize("name", [path.stem for path in sorted(SAMPLES.glob("*.jsonl"))])
def test_the_shape_is_that_of_contact_lens(name: str) -> None:
    """All the keys of the example in the administrator guide, whole milliseconds, offsets that hold."""
    call = contact_lens(sample(name))
    assert set(call) == SHAPE
    assert set(call["ConversationCharacteristics"]) == CHARACTERISTICS
    assert set(call["Categories"]["MatchedDetails"]) == set(call["Categories"]["MatchedCategories"])
    ids = [turn["Id"] for turn in call["Transcript"]]
    assert len(set(ids)) == len(ids)
    for turn in call["Transcript"]:
        assert isinstance(turn["BeginOffsetMillis"], int)
        assert turn["BeginOffsetMillis"] < turn["EndOffsetMillis"]
        for item in turn.get("IssuesDetected", []) + turn.get("ActionItemsDetected", []):
            offsets = item["CharacterOffsets"]
            assert turn["Content"][offsets["BeginOffsetChar"] : offsets["EndOffsetChar"]] == item["Text"]


def test_the_numbers_are_those_of_the_record() -> None:
    """Mood, levels, prompts, speed and promises of the sofa call."""
    record = sample("sofa-recovers")
    call = contact_lens(record)
    behaviour = (record.summary or {})["behaviour"]
    whole = call["ConversationCharacteristics"]
    assert whole["TotalConversationDurationMillis"] == round(record.duration_s * 1000)
    speeds = whole["TalkSpeed"]["DetailsByParticipant"]
    assert speeds["AGENT"]["AverageWordsPerMinute"] == round(behaviour["agent_words_per_minute"])
    assert whole["Sentiment"]["OverallSentiment"]["CUSTOMER"] < 0
    quarters = whole["Sentiment"]["SentimentByPeriod"]["QUARTER"]["CUSTOMER"]
    assert len(quarters) == 4
    assert quarters[0]["Score"] < 0 < quarters[3]["Score"]
    assert all(first["EndOffsetMillis"] == then["BeginOffsetMillis"] for first, then in pairwise(quarters))
    heated = call["Categories"]["MatchedDetails"]["level-heated"]["PointsOfInterest"]
    spans = [(span["from_s"], span["to_s"]) for span in record.spans() if span["level"] == "heated"]
    assert [(point["BeginOffsetMillis"] / 1000, point["EndOffsetMillis"] / 1000) for point in heated] == spans
    assert f"prompt-{record.prompts[0]['tactic']}" in call["Categories"]["MatchedCategories"]
    assert call["Categories"]["MatchedDetails"]["outcome-resolved"] == {"PointsOfInterest": []}
    promised = [item["Text"] for turn in call["Transcript"] for item in turn.get("ActionItemsDetected", [])]
    assert "call you" in promised


def test_the_agent_has_no_sentiment() -> None:
    """Not in a turn, not overall, not in a quarter; even where a record of another program holds one."""

    def forge(lines: list[dict[str, Any]]) -> None:
        felt = next(line["affect"] for line in lines if line.get("affect"))
        for line in lines:
            if line.get("speaker") == "agent":
                line["affect"] = felt

    call = contact_lens(record_of(changed("sofa-recovers", forge)))
    assert not [turn for turn in call["Transcript"] if turn["ParticipantId"] == "AGENT" and "Sentiment" in turn]
    sentiment = call["ConversationCharacteristics"]["Sentiment"]
    assert set(sentiment["OverallSentiment"]) == set(sentiment["SentimentByPeriod"]["QUARTER"]) == {"CUSTOMER"}


def test_interruptions_and_silences_are_those_of_the_record() -> None:
    """A cut-off by our own definition, with its times; a silence of more than 3 s."""

    def forge(lines: list[dict[str, Any]]) -> None:
        turns = [line for line in lines if line["type"] == "turn"]
        agent, customer = turns[0], turns[1]
        length_s = agent["end_s"] - 1.0 - customer["start_s"]
        for line in [customer, *customer["words"]]:
            line["start_s"] += length_s
            line["end_s"] += length_s + 1.5

    whole = contact_lens(record_of(changed("sofa-recovers", forge)))["ConversationCharacteristics"]
    [cut] = whole["Interruptions"]["InterruptionsByInterrupter"]["CUSTOMER"]
    assert cut["DurationMillis"] == 1000
    assert whole["Interruptions"]["TotalCount"] == 1
    [silence] = whole["NonTalkTime"]["Instances"]
    assert silence["DurationMillis"] == whole["NonTalkTime"]["TotalTimeMillis"] > 3000


def test_a_call_in_which_nobody_spoke() -> None:
    """And one that was cut off: still whole JSON, still captions."""
    silent = Record(sample("clinic-calm").header)
    call = contact_lens(silent)
    assert call["JobStatus"] == "FAILED"
    assert call["Transcript"] == []
    assert webvtt(silent) == "WEBVTT\n"


# --- JSON lines -----------------------------------------------------------------------------------


def test_each_moment_is_one_flat_object() -> None:
    """In order of time, no object within an object, and all that happened is there."""
    record = sample("photos-stuck")
    lines = [json.loads(line) for line in json_lines(record).splitlines()]
    assert [line["at_s"] for line in lines] == sorted(line["at_s"] for line in lines)
    assert not [value for line in lines for value in line.values() if isinstance(value, dict)]
    kinds = [line["kind"] for line in lines]
    assert kinds.count("turn") == len(record.turns)
    assert kinds.count("prompt") == len(record.prompts)
    assert kinds[-1] == "end"


def test_recovered_is_calm_after_hard() -> None:
    """Calm after tense alone has eased; calm after heated has recovered, by whatever way it went."""
    course = ["tense", "calm", "heated", "tense", "calm", "stuck"]
    levels = [{"type": "level", "at_s": float(at), "level": level, "pressure": 0.5, "evidence": []}
              for at, level in enumerate(course)]  # fmt: skip
    record = record_of([*sample_lines("clinic-calm"), *levels])
    tags = [moment.tags for moment in moments_of(record) if moment.kind == "level"]
    assert [("recovered" in found, "escalated" in found) for found in tags] == [
        (False, True), (False, False), (False, True), (False, False), (True, False), (False, True),
    ]  # fmt: skip


# --- the command ----------------------------------------------------------------------------------


def test_a_folder_becomes_a_folder(tmp_path: Path) -> None:
    """Sub-folders are kept, records are not overwritten, a file that is none is told and the others go on."""
    source = put(tmp_path / "in" / "deep" / "a.jsonl", sample_lines("clinic-calm"))
    before = source.read_bytes()
    put(tmp_path / "in" / "list.jsonl", [{"type": "run"}])
    (tmp_path / "in" / "noise.jsonl").write_text("noise\n")
    for wanted, name in ("contact-lens", "a.json"), ("vtt", "a.vtt"), ("jsonl", "a.moments.ndjson"):
        done = CliRunner().invoke(export, [str(tmp_path / "in"), "--to", wanted, "-o", str(tmp_path / "in")])
        assert "noise.jsonl" in done.stderr
        assert (tmp_path / "in" / "deep" / name).stat().st_size > 100
    assert source.read_bytes() == before


def test_one_call_goes_to_stdout(tmp_path: Path) -> None:
    """Captions of two calls would be those of neither; two calls in JSON are two lines."""
    a, b = str(SAMPLES / "clinic-calm.jsonl"), str(SAMPLES / "photos-stuck.jsonl")
    assert CliRunner().invoke(export, [a, "--to", "vtt"]).stdout.startswith("WEBVTT\n")
    both = CliRunner().invoke(export, [a, b, "--to", "contact-lens"]).stdout.splitlines()
    assert [json.loads(line)["CustomerMetadata"]["ContactId"] for line in both] == ["clinic-calm", "photos-stuck"]
    refused = CliRunner().invoke(export, [a, b, "--to", "vtt"])
    assert "give a folder with -o" in str(refused.exception)
