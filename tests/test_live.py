"""Calls in progress: nobody waits, nothing is lost in silence, and what is live equals what is scored."""

from __future__ import annotations

import asyncio
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from live_calls import ABOUT, RATE, SAID, SPANS, both_sides, first_line, make_call

from analyzer.audio import AudioChunk, AudioLost, Samples
from analyzer.call import Call, run
from analyzer.dialogue import Turn
from analyzer.errors import CallRefused, OutputError
from analyzer.events import Event
from analyzer.live.board import KEPT, LONGEST_QUEUE, Board
from analyzer.live.desk import GIVE_UP_S, Desk, DeskSettings, Makers
from analyzer.live.line import Arrivals, LineSettings, LiveCall
from analyzer.live.metrics import Metrics
from analyzer.live.recording import KeptAudio, Recording, free_path
from analyzer.live.shown import kept_up
from analyzer.live.view import CallView, Message, cause_of, urgency
from analyzer.record import read
from analyzer.server.connection import hear
from analyzer.sources.paced import end_s, in_frames
from analyzer.testing import speech_like


def told(call: Callable[[], Call], chunks: Iterator[AudioChunk], **more: object) -> tuple[list[Event], LiveCall]:
    """Everything that a live call tells of some chunks."""
    events: list[Event] = []
    line = LiveCall(ABOUT, call, [events.append], lambda _: None, **more)  # type: ignore[arg-type]
    for chunk in chunks:
        assert line.hear(chunk)
    line.end()
    assert line.join(20)
    return events, line


def test_a_live_call_tells_the_very_events_of_a_scored_one() -> None:
    """A thread and an inbox in between change nothing."""
    scored: list[Event] = []
    run(both_sides(), make_call(ABOUT), scored.append)
    live, _ = told(lambda: make_call(ABOUT), both_sides())
    assert [type(event) for event in live] == [type(event) for event in scored]
    assert [event.utterance.text for event in live if isinstance(event, Turn)] == SAID["agent"] + SAID["customer"]


def test_hearing_never_waits_for_the_call() -> None:
    """While the call's thread is stuck, a hundred chunks are taken in no time."""
    gate = threading.Event()

    def slow() -> Call:
        gate.wait(20)
        return make_call(ABOUT)

    line = LiveCall(ABOUT, slow, [], lambda _: None)
    begun = time.monotonic()
    taken = [line.hear(chunk) for chunk in both_sides()]
    assert all(taken)
    assert time.monotonic() - begun < 5  # the call is stuck for twenty
    assert line.lag_s == pytest.approx(10.0)
    assert line.health == "overloaded"
    gate.set()
    line.end()
    assert line.join(20)
    assert line.lag_s == pytest.approx(0.0, abs=1e-6)


def test_calls_take_turns_on_the_cores() -> None:
    """With one core never two of them work at once, and every one of them is heard to its end."""
    core, at_work, most = threading.Semaphore(1), list[int](), [0]

    class Busy:
        def hear(self, chunk: AudioChunk) -> None:
            at_work.append(1)
            most[0] = max(most[0], len(at_work))
            time.sleep(0.0005)
            at_work.pop()

    calls = [LiveCall(ABOUT, lambda: make_call(ABOUT), [], lambda _: None, audio=Busy(), core=core) for _ in range(3)]
    for chunk in both_sides():
        assert all(line.hear(chunk) for line in calls)
    for line in calls:
        line.end()
        assert line.join(20)
        assert line.clock_s == pytest.approx(10.0, abs=0.1)
    assert most == [1]


def test_audio_that_finds_no_room_is_counted_and_told_as_lost() -> None:
    """The inbox is bounded; what did not fit is a gap that the record shows."""
    gate = threading.Event()
    events: list[Event] = []

    def slow() -> Call:
        gate.wait(20)
        return make_call(ABOUT)

    line = LiveCall(ABOUT, slow, [events.append], lambda _: None, LineSettings(longest_wait_s=2.0))
    chunks = list(both_sides())
    refused = [chunk for chunk in chunks if not line.hear(chunk)]
    assert line.dropped_s == pytest.approx(16.0)  # eight of ten seconds, of two speakers
    gate.set()
    deadline = time.monotonic() + 10
    while line.lag_s > 0.01 and time.monotonic() < deadline:
        time.sleep(0.01)
    last = refused[-2:]
    late = [AudioChunk(c.samples, c.end_sample, c.rate, c.speaker) for c in last]
    assert all(line.hear(chunk) for chunk in late)
    line.end()
    assert line.join(20)
    lost = [event for event in events if isinstance(event, AudioLost)]
    assert {event.speaker for event in lost} == {"agent", "customer"}
    assert sum(event.duration_s for event in lost) == pytest.approx(16.0)


def test_a_clock_that_runs_backwards_costs_that_chunk_only() -> None:
    """A chunk from long ago is refused and counted; the call goes on."""
    chunks = list(both_sides())
    stray = AudioChunk(np.zeros(1600, dtype=np.float32), 0, RATE, "agent")
    events, line = told(lambda: make_call(ABOUT), iter([*chunks[:100], stray, *chunks[100:]]))
    assert line.refused == 1
    assert sum(isinstance(event, Turn) for event in events) == 3
    assert line.why == ""


def test_a_fault_ends_the_call_and_says_its_kind_only() -> None:
    """What a person said can stand in an exception's words, so they are not told."""

    def broken() -> Call:
        raise ValueError("the customer said secret things")

    ended: list[LiveCall] = []
    line = LiveCall(ABOUT, broken, [], ended.append)
    assert line.join(10)
    assert ended == [line]
    assert line.why == "a fault in the program: ValueError"
    assert not line.hear(next(both_sides()))


def test_nobody_waits_for_room_in_a_call_that_is_dead() -> None:
    """Its inbox was full when it died, and will never have room again."""
    gate = threading.Event()

    def broken() -> Call:
        gate.wait(20)
        raise ValueError

    line = LiveCall(ABOUT, broken, [], lambda _: None, LineSettings(longest_wait_s=0.1))
    first, _, second, *_ = both_sides()
    assert line.hear(first)
    assert not line.has_room(second)
    gate.set()
    assert asyncio.run(asyncio.wait_for(hear(line, second), 10)) is False


def test_a_call_that_broke_off_says_so_in_its_summary() -> None:
    """Its tail is told all the same."""
    events: list[Event] = []
    line = LiveCall(ABOUT, lambda: make_call(ABOUT), [events.append], lambda _: None)
    for chunk in list(both_sides())[:80]:  # the customer is in the middle of a sentence
        line.hear(chunk)
    line.end("the socket broke")
    assert line.join(20)
    assert events[-1].ended_abnormally  # type: ignore[union-attr]
    assert [event.utterance.text for event in events if isinstance(event, Turn)] == [
        SAID["agent"][0],
        SAID["customer"][0],
    ]


def test_arrivals_answer_when_audio_was_there() -> None:
    """The first chunk that reaches the time asked for; nothing beyond what came."""
    arrivals = Arrivals()
    arrivals.note(0.1, 100.0)
    arrivals.note(0.2, 100.1)
    arrivals.note(0.2, 105.0)  # nothing new
    assert arrivals.at(0.05) == 100.0
    assert arrivals.at(0.2) == 100.1
    assert arrivals.at(0.3) is None
    for number in range(3 * Arrivals.KEPT):
        arrivals.note(1.0 + number, float(number))
    assert arrivals.at(3.0 * Arrivals.KEPT) == 3 * Arrivals.KEPT - 1
    assert len(arrivals._ends_s) <= 2 * Arrivals.KEPT


def test_frames_come_in_order_of_time_whatever_the_chunks() -> None:
    """Nothing is lost, and no side runs ahead by more than a frame."""
    frames = list(in_frames(both_sides(size=7919)))
    for speaker in ("agent", "customer"):
        whole = np.concatenate([frame.samples for frame in frames if frame.speaker == speaker])
        assert np.array_equal(whole, speech_like(SPANS[speaker], 10.0))
    ends = [end_s(frame) for frame in frames]
    assert ends == sorted(ends)


@pytest.mark.parametrize(
    ("lag_s", "kept"),
    [
        (0.0, {"tell partials", "score as words come", "score at pauses"}),
        (0.3, {"score as words come", "score at pauses"}),
        (0.6, {"score at pauses"}),
        (1.2, set()),
    ],
)
def test_a_late_call_sheds_in_the_stated_order(lag_s: float, kept: set[str]) -> None:
    """The text of unfinished turns first, then how often they are judged; there is nothing more to shed."""
    assert kept_up(lag_s) == kept


def desk(tmp_path: Path | None, most_calls: int = 8) -> tuple[Desk, list[Message]]:
    """A desk over scripted engines, and what it posted."""
    posted: list[Message] = []

    class Kept(Board):
        def __init__(self) -> None:
            (loop := asyncio.new_event_loop()).close()  # nobody reads here
            super().__init__(loop)

        def post(self, message: Message) -> None:
            posted.append(message)

    settings = DeskSettings(most_calls, tmp_path)
    made = Desk(Makers(make_call, first_line), Kept(), Metrics(), settings)
    return made, posted


def test_a_call_too_many_is_refused_in_words_and_the_others_go_on() -> None:
    """The third of two does not harm the two."""
    made, _ = desk(None, most_calls=2)
    lines = [made.open(ABOUT), made.open(ABOUT)]
    assert [line.about.call_id for line in lines] == ["c1", "c1-2"]
    with pytest.raises(CallRefused, match="2 calls are in progress"):
        made.open(ABOUT)
    for line in lines:
        for chunk in both_sides():
            assert line.hear(chunk)
        line.end()
        assert line.join(20)
    assert made.calls == []
    assert made.open(ABOUT).about.call_id == "c1"
    assert made.drain(20)
    assert b"analyzer_calls_refused_total 1.0" in made.metrics.text()


def test_a_desk_whose_calls_run_late_takes_no_more() -> None:
    """Better no help than late help for everybody."""
    gate = threading.Event()
    made, _ = desk(None)
    made._makers = Makers(lambda about: (gate.wait(20), make_call(about))[1], first_line)
    line = made.open(ABOUT)
    for chunk in both_sides():
        line.hear(chunk)
    with pytest.raises(CallRefused, match="running late"):
        made.open(ABOUT)
    gate.set()
    assert made.drain(20)


def test_draining_tells_the_last_words_and_takes_no_more(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The record of a call that was in progress ends with its summary, marked."""
    made, posted = desk(tmp_path)
    line = made.open(ABOUT)
    for chunk in both_sides():
        line.hear(chunk)
    assert made.drain(20)
    with pytest.raises(CallRefused, match="about to stop"):
        made.open(ABOUT)
    record = read(tmp_path / "c1.jsonl")
    assert record.summary is not None
    assert record.summary["ended_abnormally"] is True
    assert [turn["text"] for turn in record.turns] == SAID["agent"] + SAID["customer"]
    assert caplog.messages == ["call c1 ended abnormally: the program was stopped"]
    assert posted[-1]["type"] == "over"


def test_a_call_that_is_far_behind_does_not_keep_the_program(tmp_path: Path) -> None:
    """When the time for last words is nearly over, what still waits is left; the record is closed all the same."""
    made, _ = desk(tmp_path)
    held, answered = threading.Event(), list[int]()

    def slow(_: Event) -> None:
        held.wait(0.2)  # a second and a half for each of its partials

    line = made.open(ABOUT, slow)
    for chunk in both_sides():
        line.hear(chunk, lambda events: answered.append(len(events)))
    begun = time.monotonic()
    assert made.drain(GIVE_UP_S + 0.5)
    assert time.monotonic() - begun < GIVE_UP_S + 0.5
    assert line.dropped_s > 1.0
    assert len(answered) == 200  # nobody who waits for an answer is forgotten
    assert '"ended_abnormally":true' in (tmp_path / "c1.jsonl").read_text()


def test_the_record_is_there_while_the_call_runs(tmp_path: Path) -> None:
    """Line by line, under its own name: a program that is killed leaves what was heard."""
    made, _ = desk(tmp_path)
    line = made.open(ABOUT)
    for chunk in both_sides():
        line.hear(chunk)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and len(read(tmp_path / "c1.jsonl").turns) < 2:
        time.sleep(0.02)
    half_way = read(tmp_path / "c1.jsonl")
    assert len(half_way.turns) >= 2
    assert half_way.summary is None
    assert made.drain(20)


def test_a_second_call_of_one_name_does_not_overwrite_the_first(tmp_path: Path) -> None:
    """Neither now nor tomorrow."""
    (tmp_path / "c1.jsonl").write_text("kept")
    made, _ = desk(tmp_path)
    names = [made.open(ABOUT).about.call_id, made.open(ABOUT).about.call_id]
    assert made.drain(20)
    assert names == ["c1-2", "c1-3"]
    assert (tmp_path / "c1.jsonl").read_text() == "kept"
    assert free_path(tmp_path, "c1").name == "c1-4.jsonl"


def test_a_folder_that_cannot_be_made_refuses_the_call(tmp_path: Path) -> None:
    """In one line that names it, before any audio."""
    (tmp_path / "file").write_text("")
    made, _ = desk(tmp_path / "file")
    with pytest.raises(OutputError, match="cannot write the record"):
        made.open(ABOUT)
    assert made.calls == []


def test_a_full_disk_stops_the_record_and_not_the_prompts(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The trouble is told once; every event still reaches the page."""
    if not Path("/dev/full").exists():
        pytest.skip("no full device here")
    recording = Recording(tmp_path / "c.jsonl", first_line(ABOUT))
    recording._file.close()  # type: ignore[union-attr]
    recording._file = Path("/dev/full").open("wb")  # noqa: SIM115 - the recording closes it
    recording._write._file = recording._file
    seen: list[Event] = []
    line = LiveCall(ABOUT, lambda: make_call(ABOUT), [recording, seen.append], lambda _: recording.close())
    for chunk in both_sides():
        line.hear(chunk)
    line.end()
    assert line.join(20)
    [said] = caplog.messages
    assert "the call goes on" in said
    assert sum(isinstance(event, Turn) for event in seen) == 3


@pytest.mark.skipif(os.name == "nt", reason="no modes there")
def test_what_is_kept_of_a_call_is_its_owners_alone(tmp_path: Path) -> None:
    """The record and the audio, whatever the umask lets others read."""
    before = os.umask(0o022)
    try:
        recording = Recording(tmp_path / "c.jsonl", first_line(ABOUT))
        kept = KeptAudio(recording.path)
        kept.hear(AudioChunk(np.zeros(RATE, np.float32), 0, RATE, "agent"))
        kept.close()
        recording.close()
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    assert len(list(tmp_path.iterdir())) == 2


def test_kept_audio_is_what_was_heard_with_gaps_as_silence(tmp_path: Path) -> None:
    """Sample for sample, to 16 bits."""
    import soundfile

    samples: Samples = speech_like([(0.0, 1.0)], 1.0)
    kept = KeptAudio(tmp_path / "c.jsonl")
    kept.hear(AudioChunk(samples, 0, RATE, "agent"))
    kept.hear(AudioChunk(samples, 3 * RATE, RATE, "agent"))
    kept.close()
    audio, rate = soundfile.read(tmp_path / "c.agent.flac", dtype="float32")
    assert rate == RATE
    assert np.allclose(audio, np.concatenate([samples, np.zeros(2 * RATE), samples]), atol=1e-4)


def test_the_page_is_told_what_was_left_out_and_once() -> None:
    """Ten seconds that come at once are late; what that costs is named at the next look, and then it is over."""
    made, posted = desk(None)
    line = made.open(ABOUT)
    for chunk in both_sides():
        line.hear(chunk)
    deadline = time.monotonic() + 20
    while line.lag_s > 0.01 and time.monotonic() < deadline:
        time.sleep(0.01)
    for _ in range(2):
        made.watch()
    first, second = [message for message in posted if message["type"] == "health"]
    assert first["shed"] == ["finished turns only", "judged at pauses", "nothing early"]
    assert first["lag_s"] > 1.0
    assert (second["shed"], second["lag_s"]) == ([], 0.0)
    line.end()
    assert line.join(20)


def test_a_view_gives_a_late_page_what_it_needs() -> None:
    """Level, prompt with the time it has left, last words; and nothing whose time is over."""
    view = CallView(ABOUT)
    events: list[Event] = []
    run(both_sides(), make_call(ABOUT), events.append)
    for event in events:
        view.message(event, 9.0)
    state = view.snapshot(9.0)
    assert state["level"] == "abusive"
    assert state["turns"][-1]["text"] == "you people are idiots"
    assert state["prompt"]["move"] == "de-escalate"
    assert 0 < state["prompt"]["left_s"] == pytest.approx(state["prompt"]["expires_s"] - 9.0)
    assert view.snapshot(500.0)["prompt"] is None
    assert view.handover(9.0) == [
        "Customer: “you people are idiots”",
        "Abusive for less than a minute: abuse aimed at a person, abuse.",
        "1 prompt so far, not taken up.",
    ]
    view.level, view.level_since_s, view.unused_in_a_row, view.prompts = "tense", 9.0, 2, 4
    assert view.handover(190.0)[1:] == [
        "Tense for 3 min, abusive before: abuse aimed at a person, abuse.",
        "4 prompts so far, the last 2 not taken up.",
    ]


def test_a_view_may_be_read_while_its_call_goes_on() -> None:
    """The supervisor's page and a late overlay read the turns in a thread of their own."""
    view = CallView(ABOUT)

    def tell(event: Event) -> None:
        view.message(event, 9.0)

    run(both_sides(), make_call(ABOUT), tell)
    reading = iter(view.turns)
    first = next(reading)
    run(both_sides(), make_call(ABOUT), tell)
    assert [first["text"], *(turn["text"] for turn in reading)] == SAID["agent"] + SAID["customer"]
    assert len(view.turns) == 6


def test_a_lead_reads_cues_and_no_arithmetic() -> None:
    """The words of the record for the sum of many things say nothing to a person in a hurry."""
    assert cause_of([{"what": "pressure passed 0.4"}, {"what": "cue: repeat-contact"}]) == "repeat contact"
    assert cause_of([{"what": "pressure fell below 0.24"}]) == ""
    assert CallView(ABOUT).handover(5.0)[1:] == ["Calm for less than a minute.", "No prompt so far."]


def test_messages_carry_no_feeling_of_the_agent() -> None:
    """In no message to any page is there a feeling beside an agent's turn."""
    view = CallView(ABOUT)
    messages: list[Message] = []

    def tell(event: Event) -> None:
        if (message := view.message(event, 9.0)) is not None:
            messages.append(message)

    run(both_sides(), make_call(ABOUT), tell)
    agent = [m for m in messages if m["type"] == "turn" and m["speaker"] == "agent"]
    assert agent
    assert all(message["feeling"] is None for message in agent)


def test_urgency_puts_help_where_it_matters_most() -> None:
    """Worse levels first; of two alike the one that has lasted; then the one whose prompts are of no use."""
    assert urgency("calm", 900.0, 5) == 0.0
    assert urgency("tense", 10.0, 0) < urgency("heated", 10.0, 0) < urgency("abusive", 10.0, 0)
    assert urgency("heated", 10.0, 0) < urgency("heated", 200.0, 0)
    assert urgency("heated", 10.0, 0) < urgency("heated", 10.0, 3)


def test_a_reader_that_does_not_keep_up_is_cut_off() -> None:
    """It costs its queue and no more; the other reader misses nothing."""

    async def main() -> None:
        board = Board(asyncio.get_running_loop())
        with board.reader(lambda _: True) as slow, board.reader(lambda m: m["type"] == "turn") as quick:
            for number in range(LONGEST_QUEUE + 1):
                board.post_here({"type": "level", "n": number})
            board.post_here({"type": "turn"})
            assert slow.is_cut_off
            assert await slow.next(0.01) is None
            posted = await quick.next(1.0)
            assert posted is not None
            assert posted.number == LONGEST_QUEUE + 2
        assert board.cut_off == 1

    asyncio.run(main())


def test_a_page_that_was_away_is_told_what_it_missed() -> None:
    """From the number that it saw last, as far as the board remembers; never text that was unfinished."""

    async def main() -> None:
        board = Board(asyncio.get_running_loop())
        for number in range(KEPT + 10):
            board.post_here({"type": "turn", "n": number})
        board.post_here({"type": "partial"})
        missed = board.missed(KEPT + 5, lambda _: True)
        assert [posted.message["n"] for posted in missed] == [KEPT + 5, KEPT + 6, KEPT + 7, KEPT + 8, KEPT + 9]
        assert len(board.missed(0, lambda _: True)) == KEPT

    asyncio.run(main())


def test_the_figures_of_a_call_are_there_while_it_runs() -> None:
    """What its audio takes, once a second; lost audio is counted once, when the call tells of it."""
    made, _ = desk(None)
    line = made.open(ABOUT)
    chunks = list(both_sides())
    for chunk in (*chunks[:60], *chunks[100:]):  # two seconds of either side never come
        line.hear(chunk)
    while line.clock_s < 9.9:
        time.sleep(0.01)
    made.watch()
    text = made.metrics.text().decode()
    assert "analyzer_decode_seconds_count 1.0" in text
    assert "analyzer_audio_lost_seconds_total 4.0" in text
    assert made.drain(20)
    text = made.metrics.text().decode()
    assert "analyzer_audio_lost_seconds_total 4.0" in text


def test_a_call_that_found_no_room_has_lost_its_audio_once() -> None:
    """Not once for the inbox and once more for the gap in the call."""
    made, _ = desk(None)
    line = made.open(ABOUT)
    line.dropped_s = 7.0
    assert made.drain(20)
    assert "analyzer_audio_lost_seconds_total 0.0" in made.metrics.text().decode()


def test_the_figures_say_no_word_of_a_call() -> None:
    """Numbers only."""
    made, _ = desk(None)
    line = made.open(ABOUT)
    for chunk in both_sides():
        line.hear(chunk)
    assert made.drain(20)
    text = made.metrics.text().decode()
    assert 'analyzer_calls_total{ended="abnormally"} 1.0' in text
    assert "analyzer_prompt_latency_seconds_count" in text
    assert not any(word in text for said in SAID.values() for one in said for word in one.split() if len(word) > 4)
    assert json.dumps(made.ranking()) == "[]"
