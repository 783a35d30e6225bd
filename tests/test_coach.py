"""The right word at the right moment, and silence otherwise."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from analyzer.affect import join
from analyzer.audio import Speaker
from analyzer.coach import Coach
from analyzer.dialogue import Turn
from analyzer.events import Event
from analyzer.hold import CHECK_BACK_S, Hold
from analyzer.playbook import Prompt, PromptOutcome, default_playbook, is_about, read_playbook
from analyzer.sounds import Sound
from analyzer.speech import Utterance, spread_words
from analyzer.summary import Summary
from analyzer.testing import reading

from dialogues import CALM, FURIOUS, GLAD, TENSE, Line, coached, tactics, turns

ABUSE = reading(-0.9, 0.9, ["abuse"])
URGENT = reading(-0.5, 0.6, ["distress"])  # intense, and the call not heated yet
BLAME = reading(-0.6, 0.55, ["blame"])
CHURN = reading(-0.2, 0.3, ["churn"])
BOSS = reading(-0.5, 0.5, ["supervisor-request"])
AGAIN = reading(-0.5, 0.45, ["repeat-contact"])
HELLO: Line = ("agent", "good morning how can i help")
STORY = "i bought a phone in june and the screen went black in july so i sent it back and you sent another one with a scratch"

ROWS: dict[str, tuple[list[Line], list[Line]]] = {
    # tactic: a call in which it is right, and one much like it in which it is wrong
    "match-urgency": (
        [HELLO, ("customer", "i am at my wits end the internet is down", URGENT), ("agent", "okay what is the account number please")],
        [HELLO, ("customer", "you idiot the internet is down", ABUSE), ("agent", "okay what is the account number please")],
    ),
    "validate": (
        [HELLO, ("customer", "you should warn people before you take money", TENSE), ("agent", "our policy is in the terms and conditions")],
        [HELLO, ("customer", "you should warn people before you take money", TENSE), ("agent", "you're right we should have warned you")],
    ),
    "be-specific": (
        [HELLO, ("customer", "the sofa did not come on tuesday", TENSE), ("agent", "i understand how you feel")],
        [HELLO, ("customer", "the sofa did not come on tuesday", TENSE), ("agent", "i understand the sofa missed tuesday")],
    ),
    "ask-why": (
        [HELLO, ("customer", "you overcharged me this is your mistake", BLAME), ("agent", "let me look at the account number")],
        [HELLO, ("customer", "you overcharged me this is your mistake", BLAME), ("agent", "what makes you think the charge is wrong")],
    ),
    "ask-purpose": (
        [HELLO, ("customer", "please send me a report of my payments"), ("agent", "sure i'll send you the report")],
        [HELLO, ("customer", "please send me a report of my payments so i can see them by region"), ("agent", "sure i'll send you the report")],
    ),
    "ask-reason": (
        [HELLO, ("customer", "i want to cancel my subscription", CHURN), ("agent", "okay i'll cancel that for you")],
        [HELLO, ("customer", "i want to cancel my subscription", CHURN), ("agent", "may i ask why you've decided that")],
    ),
    "recap": (
        [HELLO, ("customer", STORY), ("agent", "right i'll issue a new one")],
        [HELLO, ("customer", STORY), ("agent", "so you sent it back and got one with a scratch did i get that right")],
    ),
    "surface": (
        [HELLO, ("customer", "please change my address"), ("agent", "all done have a nice day bye")],
        [HELLO, ("customer", "please change my address"), ("agent", "all done is there anything else"), ("agent", "have a nice day bye")],
    ),
    "root-cause": (
        [HELLO, ("customer", "the heating is off again for the third time", AGAIN), ("agent", "okay i'll send an engineer")],
        [HELLO, ("customer", "the heating is off for the first time", CALM), ("agent", "okay i'll send an engineer")],
    ),
    "close-loop": (
        [HELLO, ("customer", "i was charged twice"), ("agent", "okay that will be refunded soon")],
        [HELLO, ("customer", "i was charged twice"), ("agent", "i'm refunding forty dollars today")],
    ),
    "boundary": (
        [HELLO, ("customer", "you are a pathetic idiot", ABUSE)],
        [HELLO, ("customer", "this damn printer is garbage", reading(-0.6, 0.6, ["profanity-at-thing"]))],
    ),
    "transfer-choice": (
        [HELLO, ("customer", "let me speak to your boss", BOSS)],
        [HELLO, ("customer", "i'm the store manager and the till is broken", BOSS)],
    ),
    "respect": (
        [HELLO, ("customer", "where is the number"), ("agent", "as i already told you it's obviously at the top")],
        [HELLO, ("customer", "what was the code again"), ("agent", "as i mentioned your code is four two one")],
    ),
    "hold-care": (
        [HELLO, ("customer", "my card was declined"), ("agent", "hold on")],
        [HELLO, ("customer", "my card was declined"), ("agent", "may i put you on hold for one minute while i check")],
    ),
    "own-callback": (
        [HELLO, ("customer", "has the part arrived"), ("agent", "not yet you'll need to call us back on thursday")],
        [HELLO, ("customer", "has the part arrived"), ("agent", "not yet i'll call you back by three on thursday")],
    ),
    "offer-option": (
        [HELLO, ("customer", "can i move my booking to saturday"), ("agent", "no i'm afraid we can't do that")],
        [HELLO, ("customer", "can i move my booking to saturday"), ("agent", "i can't do saturday but what i can do is sunday")],
    ),
    "encourage": (
        [HELLO, *[("customer", "and then nobody came and i waited the whole day and nobody called me back at all", FURIOUS)] * 3],
        [HELLO, *[("customer", "i live in the green house next to the church on the hill", CALM)] * 3],
    ),
}  # fmt: skip


@pytest.mark.parametrize("tactic", ROWS)
def test_a_prompt_comes_where_it_is_right_and_stays_away_where_it_is_wrong(tactic: str) -> None:
    """Each row of the playbook, both ways."""
    right, wrong = ROWS[tactic]
    assert tactic in tactics(coached(turns(*right)))
    assert tactic not in tactics(coached(turns(*wrong)))


def test_the_boundary_never_skips_a_step() -> None:
    """Name it, warn, and only then the end of the call."""
    events = coached(turns(HELLO, *[("customer", "you idiot", ABUSE, 8.0)] * 4))
    lines = [event.line for event in events if isinstance(event, Prompt) and event.tactic == "boundary"]
    assert [line.split()[0] for line in lines] == ["Name", "Warn:", "You", "You"]


def test_nothing_but_listening_while_the_customer_vents() -> None:
    """Whatever else is true, a story is not interrupted by a question."""
    vent: list[Line] = [
        ("customer", "it is your fault you lost it and nobody cares and i waited for days and days", BLAME, 0.6)
    ] * 5
    told = tactics(coached(turns(HELLO, *vent)))
    assert set(told) <= {"encourage", "steady"}


@pytest.mark.parametrize("tactic", sorted(ROWS))
def test_each_quote_of_a_prompt_carries_a_condition_about_its_speaker(tactic: str) -> None:
    """An agent's question is never "customer intense", and no strength of feeling stands beside an agent's words."""
    call = turns(*ROWS[tactic][0])
    said = {turn.text: turn.speaker for turn in call}
    prompt = next(event for event in coached(call) if isinstance(event, Prompt) and event.tactic == tactic)
    assert prompt.evidence
    for item in prompt.evidence:
        assert item.speaker == said[item.quote]
        assert is_about(item.what, item.speaker)
        assert (item.value is None) == (item.speaker == "agent")


def test_both_sides_of_a_prompt_are_quoted() -> None:
    """What the customer said in anger, and the answer that named nothing of it."""
    [prompt, *_] = [event for event in coached(turns(*ROWS["match-urgency"][0])) if isinstance(event, Prompt)]
    assert [(item.speaker, item.what) for item in prompt.evidence] == [
        ("agent", "agent-was-flat"),
        ("customer", "customer-intense"),
    ]


def test_prompts_keep_their_distance() -> None:
    """None within eight seconds of the last unless the level rose, and at most eight in ten minutes."""
    lines: list[Line] = [
        ("customer", "the sofa did not come", reading(-0.4, 0.5)),
        ("agent", "i understand how you feel"),
        ("agent", "you'll need to call us back"),
    ]
    shown = [event.at_s for event in coached(turns(HELLO, *lines * 30)) if isinstance(event, Prompt)]
    assert all(later - earlier >= 8 for earlier, later in pairwise(shown))
    assert all(sum(at_s <= other < at_s + 600 for other in shown) <= 8 for at_s in shown)


def test_a_silence_that_nobody_announced_is_told_in_its_moment() -> None:
    """Fifteen seconds after the last word, to the millisecond, however the clock is asked."""
    call = turns(HELLO, ("customer", "my card was declined at the shop"), ("agent", "let me look at that for you"))
    ends_s = call[-1].end_s
    for step_s in (0.1, 7.0, 60.0):
        coach = Coach(default_playbook())
        for turn in call:
            coach.hear(turn)
        at_s, found = ends_s, list[float]()
        while at_s < ends_s + 60:
            at_s += step_s
            found += [event.at_s for event in coach.advance_to(at_s) if isinstance(event, Prompt)]
        assert found[0] == ends_s + 15.0
        assert ends_s + 45.0 in found


def test_an_announced_hold_is_left_alone_until_it_is_long() -> None:
    """Forty-five seconds, then the word to check back."""
    call = turns(
        HELLO, ("customer", "my card was declined"), ("agent", "may i put you on hold for one minute while i check")
    )
    shown = [event for event in coached(call, end_s=call[-1].end_s) if isinstance(event, Prompt)]
    assert shown == []
    coach = Coach(default_playbook())
    for turn in call:
        coach.hear(turn)
    [prompt] = [event for event in coach.advance_to(call[-1].end_s + 50) if isinstance(event, Prompt)]
    assert prompt.line.startswith("Check back")


@pytest.mark.parametrize(("pace", "used"), [(0.7, True), (1.0, False), (1.3, False)])
def test_slow_and_low_is_used_by_slowing_down(pace: float, used: bool) -> None:
    """Against the agent's own pace in this call; nothing is asked of the voice."""
    call = turns(
        ("agent", "good morning you are through to billing what can i do for you today"),
        ("customer", "it has gone wrong for the third time and i want it put right", FURIOUS),
        ("agent", "oh no the third time then let me look at the payment on the screen here"),
    )
    last = call[-1].utterance
    words = spread_words(last.text, last.start_s, last.start_s + last.duration_s / pace)
    events = coached([*call[:-1], replace(call[-1], utterance=replace(last, words=words))])
    steady = [number for number, tactic in enumerate(tactics(events)) if tactic == "steady"]
    outcomes = {event.prompt: event.used for event in events if isinstance(event, PromptOutcome)}
    assert [outcomes[number] for number in steady] == [used]


def test_it_is_known_whether_a_prompt_was_used() -> None:
    """By what the agent did, not by the same words; one that was not used says so."""
    asked = turns(
        HELLO,
        ("customer", "i want to cancel", CHURN),
        ("agent", "okay i'll cancel that"),
        ("agent", "what made you decide to leave"),
    )
    ignored = turns(HELLO, ("customer", "i want to cancel", CHURN), ("agent", "okay i'll cancel that"))
    for call, used in ((asked, True), (ignored, False)):
        outcomes = [event for event in coached(call) if isinstance(event, PromptOutcome)]
        assert [outcome.used for outcome in outcomes] == [used]


def test_unknown_speakers_get_no_advice() -> None:
    """Who may be the customer may also be the agent."""
    assert tactics(coached(turns(("unknown", "you'll need to call us back"), ("unknown", "i want to cancel")))) == []


def test_the_summary_is_made_of_quotes() -> None:
    """What it was about, what was promised, and that the customer was sent away to call again."""
    call = turns(
        HELLO,
        ("customer", "my sofa has not come and it is late", TENSE),
        ("agent", "you'll need to call us back on friday"),
    )
    [summary] = [event for event in coached(call) if isinstance(event, Summary)]
    said = {turn.text for turn in call}
    assert {quote.text for quote in summary.issue} <= said
    [promise] = summary.promises
    assert promise.asks_customer_to_call
    assert promise.text in said
    assert promise.what in promise.text


def test_a_long_call_costs_no_more_a_turn_than_a_short_one() -> None:
    """Under three milliseconds at the median, in the first hundred turns and in the last."""
    lines: list[Line] = [
        ("customer", STORY, TENSE),
        ("agent", "i understand let me see what can be done about the phone"),
    ]
    lines.append(("agent", "i'll email you the refund confirmation by friday and i'll call you back on monday at nine"))
    call = turns(*lines * 470)
    coach, spent = Coach(default_playbook()), list[float]()
    for heard in call:
        begun = time.perf_counter()
        turn = Turn(heard.index, heard.utterance, heard.affect, None, {})  # reading the acts off the words counts too
        coach.speaking(turn.speaker, turn.start_s)
        coach.hear(turn)
        spent.append(time.perf_counter() - begun)
    early, late = sorted(spent[100:300])[100], sorted(spent[-200:])[100]
    assert late < 0.003
    assert late < 3 * early


def test_turns_remember_what_they_do() -> None:
    """By the model where it is sure, and by a pattern."""
    [turn] = turns(("agent", "may i ask why you've decided that"))
    assert "asks-reason" in turn.does
    sure = Turn(0, turn.utterance, None, None, {"apology": 0.9, "closing": 0.1})
    assert "apology" in sure.does
    assert "closing" not in sure.does


def after(events: list[Event], at_s: float) -> list[float]:
    """When prompts came, counted from `at_s`."""
    return [round(event.at_s - at_s, 6) for event in events if isinstance(event, Prompt) and event.at_s > at_s]


def waiting() -> tuple[Coach, float]:
    """A call in which the agent has gone quiet, and when."""
    call = turns(HELLO, ("customer", "my card was declined at the shop"), ("agent", "let me look at that for you"))
    coach = Coach(default_playbook())
    for turn in call:
        coach.hear(turn)
    return coach, call[-1].end_s


@pytest.mark.parametrize("speaker", ["agent", "customer"])
@pytest.mark.parametrize("ghost_s", [(3.0, 4.0), (14.9, 15.5), (10.0, 30.0), (44.0, 46.0)])
def test_a_ghost_changes_no_prompt(speaker: Speaker, ghost_s: tuple[float, float]) -> None:
    """Sounds that come to no words leave the silence as it was; what fell due meanwhile comes at its time."""
    (haunted, ends_s), (plain, _) = waiting(), waiting()
    begun_s, over_s = ends_s + ghost_s[0], ends_s + ghost_s[1]
    events = haunted.speaking(speaker, begun_s)
    events += haunted.advance_to(over_s)
    haunted.nothing_said(speaker, begun_s)
    events += haunted.advance_to(ends_s + 80)
    expected = plain.advance_to(ends_s + 80)
    assert after(events, ends_s) == after(expected, ends_s) == [15.0, 45.0, 75.0]
    assert haunted.finish(ends_s + 80)[-1] == plain.finish(ends_s + 80)[-1]


def test_a_ghost_under_a_turn_moves_nothing_out_of_its_place() -> None:
    """A sound that came to nothing, then words: what fell due before the words is told before them."""
    coach, ends_s = waiting()
    coach.speaking("agent", ends_s + 14.5)
    coach.speaking("customer", ends_s + 16.0)
    coach.nothing_said("agent", ends_s + 14.5)
    words = Utterance("customer", spread_words("are you still there", ends_s + 16.0, ends_s + 17.5))
    heard = Turn(3, words, join(CALM, None, words), None, {})
    events = coach.hear(heard)
    assert after(events[:1], ends_s) == [15.0]
    assert [type(event) for event in events[1:3]] == [Hold, Turn]


def test_while_somebody_speaks_no_silence_is_told() -> None:
    """A long turn is not a hold, however late its words become known."""
    coach, ends_s = waiting()
    coach.speaking("agent", ends_s + 2.0)
    coach.speaking("agent", ends_s + 20.0)  # a long turn, cut in two: the second part begins before the first is told
    words = Utterance("agent", spread_words("so the bank says that it was declined", ends_s + 2.0, ends_s + 19.9))
    coach.hear(Turn(3, words, None, None, {}))
    assert coach.advance_to(ends_s + 60) == []


def told_of_hold(events: list[Event]) -> list[float]:
    return [event.at_s for event in events if isinstance(event, Prompt) and event.tactic == "hold-care"]


def test_music_on_the_line_says_at_once_that_this_is_a_hold() -> None:
    """Nobody announced it: told when the music is known, not after a quarter of a minute; then to check back."""
    coach, ends_s = waiting()
    coach.sound(Sound("agent", "music", ends_s + 1.0, ends_s + 4.0))
    assert told_of_hold(coach.advance_to(ends_s + 60)) == [ends_s + 4.0, ends_s + 45.0]


def test_a_customer_who_goes_to_fetch_something_is_not_on_hold() -> None:
    """However long that takes; unless the agent asks for a moment in turn."""
    away: list[Line] = [
        HELLO,
        ("customer", "hold on a minute let me go and get the letter"),
        ("agent", "take your time i'm here"),
    ]
    held: list[Line] = [*away, ("customer", "i have it here"), ("agent", "lovely one moment while i look it up")]
    for lines, told in ((away, list[float]()), (held, [CHECK_BACK_S])):
        call, coach = turns(*lines), Coach(default_playbook())
        for turn in call:
            coach.hear(turn)
        ends_s = call[-1].end_s
        assert told_of_hold(coach.advance_to(ends_s + CHECK_BACK_S + 10)) == [ends_s + after_s for after_s in told]
        found = coach.finish(ends_s + CHECK_BACK_S + 10)
        assert not any(isinstance(event, Hold) for event in found) or told


def test_a_hold_that_begins_right_behind_a_prompt_is_told_when_the_gap_is_over() -> None:
    """It waits its eight seconds; a hold that is over by then is past."""
    call = turns(
        HELLO, ("customer", "is my passport ready"), ("agent", "not yet you'll need to call us back on monday")
    )
    for lasts_s, told in ((20.0, [8.0]), (6.0, [])):
        coach, ends_s = Coach(default_playbook()), call[-1].end_s
        events = [event for turn in call for event in coach.hear(turn)]
        assert tactics(events) == ["own-callback"]
        coach.sound(Sound("agent", "music", ends_s + 1.0, ends_s + 4.0))
        events = coach.advance_to(ends_s + lasts_s)
        words = Utterance("agent", spread_words("thanks for waiting", ends_s + lasts_s, ends_s + lasts_s + 1.0))
        events += coach.hear(Turn(3, words, None, None, {}))
        assert [round(at_s - ends_s, 6) for at_s in told_of_hold(events)] == told


def test_a_word_of_the_customer_into_the_music_does_not_end_the_hold() -> None:
    """Nobody heard it: the hold goes on, and its clock with it; the agent's word ends it."""
    coach, ends_s = waiting()
    coach.sound(Sound("agent", "music", ends_s + 1.0, ends_s + 4.0))
    words = Utterance("customer", spread_words("hello", ends_s + 30.0, ends_s + 30.5))
    events = coach.hear(Turn(3, words, join(CALM, None, words), None, {}))
    events += coach.advance_to(ends_s + 60)
    assert told_of_hold(events)[-1] == ends_s + 45.0
    words = Utterance("agent", spread_words("thanks for waiting", ends_s + 61.0, ends_s + 62.0))
    events += coach.hear(Turn(4, words, None, None, {}))
    [hold] = [event for event in events if isinstance(event, Hold)]
    assert hold == Hold("music", ends_s, ends_s + 61.0, announced=False)


def test_a_hold_knows_whether_it_was_announced() -> None:
    """By the agent's words just before it; an announced one counts from three seconds on."""
    asked = turns(HELLO, ("customer", "my card was declined"), ("agent", "may i put you on hold for one minute"))
    [hold] = [event for event in coached(asked, end_s=asked[-1].end_s + 5.0) if isinstance(event, Hold)]
    assert (hold.kind, hold.announced) == ("silence", True)
    assert hold.duration_s == pytest.approx(5.0)
    silent = turns(HELLO, ("customer", "my card was declined"), ("agent", "let me look"))
    assert [e for e in coached(silent, end_s=silent[-1].end_s + 5.0) if isinstance(e, Hold)] == []
    [hold] = [e for e in coached(silent, end_s=silent[-1].end_s + 16.0) if isinstance(e, Hold)]
    assert hold.announced is False


def test_after_goodbye_nothing_is_a_hold() -> None:
    """The tail of a recording is not a customer kept waiting."""
    call = turns(HELLO, ("customer", "thank you"), ("agent", "have a nice day bye"))
    events = coached(call, end_s=call[-1].end_s + 60)
    assert told_of_hold(events) == []
    assert [event for event in events if isinstance(event, Hold)] == []


def test_the_summary_says_when_it_began_and_when_the_customer_vented() -> None:
    """From where the customer took the floor to their last word on it; an "mm hm" does not end it, an answer does."""
    vent: Line = ("customer", "and then nobody came and i waited the whole day and nobody called me back", FURIOUS)
    call = turns(HELLO, vent, vent, ("agent", "mm hm"), vent, ("agent", "so nobody came and nobody called"), HELLO)
    [summary] = [event for event in coached(call) if isinstance(event, Summary)]
    assert summary.venting == ((call[1].start_s, call[4].end_s),)
    assert summary.onset_s == call[1].end_s
    [calm] = [event for event in coached(turns(HELLO)) if isinstance(event, Summary)]
    assert (calm.venting, calm.onset_s) == ((), None)


def test_a_yes_of_somebody_who_may_vent_is_no_venting() -> None:
    """They asked to be heard, were asked to go on, and said "mm hm"."""
    call = turns(("customer", "i just need to vent"), ("agent", "tell me what happened then"), ("customer", "mm hm"))
    [summary] = [event for event in coached(call) if isinstance(event, Summary)]
    assert len(summary.venting) <= 1


def test_a_request_that_a_pause_cut_in_two_is_one_request() -> None:
    """A recognizer ends a turn at every pause; what is asked for stands in both pieces together."""
    pieces: list[Line] = [
        HELLO,
        ("customer", "could you print me out a"),
        ("customer", "list of every delivery in june"),
    ]
    told = coached(turns(*pieces, ("agent", "sure i'll email you the whole list")))
    assert "ask-purpose" in tactics(told)
    apart: list[Line] = [*pieces[:2], ("customer", "list of every delivery in june", CALM, 4.0)]
    assert "ask-purpose" not in tactics(coached(turns(*apart, ("agent", "sure i'll email you the whole list"))))


def test_nobody_is_judged_in_the_middle_of_a_sentence() -> None:
    """After "you can't, but" the option is on its way.  If it does not come, the no stands."""
    asked: Line = ("customer", "could you take it back without the box")
    half: Line = ("agent", "i'm afraid we can't do that without the box but")
    assert "offer-option" not in tactics(coached(turns(HELLO, asked, half, ("agent", "we can swap it for a new one"))))
    left = [event for event in coached(turns(HELLO, asked, half), end_s=60.0) if isinstance(event, Prompt)]
    said_s = turns(HELLO, asked, half)[-1].end_s
    assert [(told.tactic, round(told.at_s - said_s, 3)) for told in left][:1] == [("offer-option", 1.2)]


def test_a_card_is_weighed_at_the_pause_that_it_asks_for(tmp_path: Path) -> None:
    """Three seconds into a silence, to the millisecond, and at no other time."""
    path = tmp_path / "mine.yaml"
    path.write_text(
        "name: mine\nversion: 1\ncards:\n  - {tactic: ask-goal, move: probe, after: customer, priority: 1, "
        "when: [customer-unhappy], after_pause_s: 3, line: Ask.}\n"
    )
    call = turns(HELLO, ("customer", "the trains are dirty", TENSE))
    coach = Coach(read_playbook(path))
    events = [event for turn in call for event in coach.hear(turn)] + coach.finish(30.0)
    [told] = [event for event in events if isinstance(event, Prompt)]
    assert told.at_s == pytest.approx(call[-1].end_s + 3.0)


def test_what_comes_too_soon_waits_until_the_gap_is_over() -> None:
    """The story was let out and the recap is right: it comes eight seconds after the last prompt, to the millisecond."""
    vent: list[Line] = [("customer", f"{STORY} and nobody called", TENSE)] * 2
    call = turns(HELLO, *vent, ("agent", "right i'll issue a new one"))
    told = [event for event in coached(call, end_s=call[-1].end_s + 9.0) if isinstance(event, Prompt)]
    assert [prompt.tactic for prompt in told[-2:]] == ["encourage", "recap"]
    assert told[-1].at_s == told[-2].at_s + 8.0


def test_what_waits_and_is_done_meanwhile_does_not_come() -> None:
    """The agent has named the sofa before the prompt to do so was due."""
    late: Line = ("customer", "the sofa did not come on tuesday and i am furious", FURIOUS)
    empty: Line = ("agent", "i understand how you feel")
    for answer, comes in (("let me look at the page", True), ("the sofa did not come on tuesday that's awful", False)):
        call = turns(HELLO, late, empty, ("agent", answer))
        told = tactics(coached(call, end_s=call[-1].end_s + 9.0))
        assert told[0] == "steady"
        assert ("be-specific" in told) is comes


def test_what_waits_is_hushed_by_who_only_wants_to_be_heard() -> None:
    """A promise to be made exact is no word for somebody who has asked to vent meanwhile."""
    late: Line = ("customer", "the sofa did not come on tuesday", TENSE)
    said: list[Line] = [("agent", "i understand how you feel"), ("agent", "you will get it soon", CALM, 2.0)]
    for answer, comes in (("okay on which day", True), ("i just need to vent for a minute", False)):
        call = turns(HELLO, late, *said, ("customer", answer))
        told = tactics(coached(call, end_s=call[-1].end_s + 9.0))
        assert ("close-loop" in told) is comes


def test_a_call_that_ends_before_takes_what_waits_with_it() -> None:
    """Nothing is told after the end."""
    late: Line = ("customer", "the sofa did not come on tuesday and i am furious", FURIOUS)
    call = turns(HELLO, late, ("agent", "i understand how you feel"))
    assert tactics(coached(call)) == ["steady"]


def test_who_asked_only_to_be_heard_is_offered_no_solutions_for_a_minute() -> None:
    """A fix is neither summed up for nor closed; after a minute all is as ever."""
    vent: list[Line] = [HELLO, ("customer", "i just need to vent", TENSE), ("customer", f"{STORY} again", TENSE)]
    fix: Line = ("agent", "right i'll issue a new one")
    assert not {"recap", "root-cause", "close-loop"} & set(tactics(coached(turns(*vent, fix))))
    later: list[Line] = [*vent[:2], ("customer", STORY, TENSE, 70.0), fix]
    assert "recap" in tactics(coached(turns(*later)))


def test_an_offer_that_is_declined_in_anger_three_times_is_stuck_and_a_calm_choice_is_not() -> None:
    """The caller who cannot be consoled turns down what is offered too; who is only choosing does not."""
    offer: Line = ("agent", "i'm so sorry we can rebook you for next month")
    for felt, hears in ((TENSE, True), (reading(-0.2, 0.3), False)):
        said: list[Line] = [line for _ in range(3) for line in (offer, ("customer", "no that doesn't help us", felt))]
        assert ("hand-back" in tactics(coached(turns(HELLO, *said)))) is hears


def test_two_tries_to_get_a_word_in_are_needed_and_the_third_is_no_answer() -> None:
    """Who was cut off once is not helped by interrupting; and "i can" is nothing that a card could be weighed after."""
    bins = "the bins were not emptied the bins are full and nobody came for the bins and the bins smell"
    rounds: list[Line] = [line for _ in range(3) for line in (("agent", "may i"), ("customer", bins, BLAME, -0.7))]
    told = tactics(coached(turns(HELLO, ("customer", bins, BLAME), *rounds)))
    assert told.count("polite-interrupt") == 1
    assert "ask-why" not in told
    assert "polite-interrupt" not in tactics(coached(turns(HELLO, ("customer", bins, BLAME), *rounds[:2])))


def test_trouble_that_came_back_is_told_from_a_step_of_a_story() -> None:
    """What they sent again is no second breakdown; what broke again is."""
    fix: Line = ("agent", "right i'll issue a new one")
    once = coached(turns(HELLO, ("customer", f"{STORY} and i sent it again", TENSE), fix))
    again = coached(turns(HELLO, ("customer", f"{STORY} and it broke again", TENSE), fix))
    assert ("root-cause" in tactics(once), "root-cause" in tactics(again)) == (False, True)


def test_nobody_is_asked_why_once_it_is_being_put_right() -> None:
    """An answer that looks something up leaves the question; one that mends it, or a customer who is content, does not."""
    blamed: Line = ("customer", "you charged me twice this is your mistake", BLAME)
    for answer, asks in (("let me get the invoice up", True), ("i'm taking it off your bill right now", False)):
        assert ("ask-why" in tactics(coached(turns(HELLO, blamed, ("agent", answer))))) is asks
    content: Line = ("customer", "oh lovely thank you", GLAD)
    assert "ask-why" not in tactics(coached(turns(HELLO, blamed, content, ("agent", "your number please"))))


def test_who_only_wants_to_be_heard_asks_for_nobody_above() -> None:
    """To moan at somebody is not to speak to a manager."""
    said: Line = ("customer", "i just need to moan at somebody if that's alright", BOSS)
    assert "transfer-choice" not in tactics(coached(turns(HELLO, said)))


def test_it_is_simple_talks_down_only_to_somebody_in_trouble() -> None:
    """In a lesson it is a kind word."""
    simple: Line = ("agent", "it is very simple once you open it you press register")
    for asked, talks_down in (
        (("customer", "how do i use the app"), False),
        (("customer", "i can't do it and i have missed my payment", TENSE), True),
    ):
        assert ("respect" in tactics(coached(turns(HELLO, asked, simple)))) is talks_down


def test_a_question_at_the_end_gives_a_promise_no_time() -> None:
    """Anything else today is not by today."""
    asked: Line = ("customer", "when will i get my money")
    vague: Line = ("agent", "you'll see it at some point anything else i can look at today")
    assert "close-loop" in tactics(coached(turns(HELLO, asked, vague)))


@pytest.mark.parametrize(
    ("answer", "is_stuck"),
    [
        ("the plan says glass isn't covered", True),
        ("the plan says glass isn't covered but the first appointment is two days from now", False),
    ],
)
def test_who_says_when_it_can_be_does_not_just_repeat_a_no(answer: str, is_stuck: bool) -> None:
    """A date is something new, and a stalemate has nothing new."""
    call: list[Line] = [
        ("agent", "claims desk"),
        ("customer", "the windshield is covered your agent told me it's covered", reading(-0.5, 0.5)),
        ("agent", "glass is not covered on this plan"),
        ("customer", "no it is covered i was told the windshield is covered", reading(-0.5, 0.5)),
        ("agent", answer),
    ]
    assert ("break-stalemate" in tactics(coached(turns(*call)))) is is_stuck


def test_a_second_hold_of_a_word_is_told_too() -> None:
    """Half a minute after the first."""
    call: list[Line] = [
        HELLO,
        ("customer", "i got a bill that my insurance should have paid"),
        ("agent", "okay hang on"),
    ]
    later: list[Line] = [
        ("agent", "okay i'm looking at it", CALM, 20.0),
        ("customer", "okay"),
        ("agent", "hold please"),
    ]
    assert tactics(coached(turns(*call, *later))) == ["hold-care", "hold-care"]
