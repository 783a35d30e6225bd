"""Scorecards: what they add up to, what the program answers, and versions that lock."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from analyzer.audit import blind, cards, rounds, sampling, shelf, trail
from analyzer.audit.answers import RULES, program_answers
from analyzer.audit.people import Door, Person
from analyzer.audit.schema import open_database
from analyzer.audit.scorecard import NOT_APPLICABLE, OUTCOMES, SPARED, ScorecardError, counts
from analyzer.errors import OutputError
from analyzer.models import shipped
from analyzer.record import parse, read

CARD = cards.read_card(cards.SHIPPED.read_text())
ALL_YES = {question.id: "yes" for question in CARD.questions}
SAMPLES = shipped("samples/calls")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A database with the sample calls, the scorecard, and three people."""
    found = open_database(f"sqlite:///{tmp_path / 'audit.sqlite'}")
    shelf.take_in(found, SAMPLES)
    cards.put_shipped(found)
    for name in ("ana", "ben", "cleo"):
        Door(found).add(name, "analyst")
    yield found
    found.dispose()


def call_of(engine: Engine, call_id: str = "bank-manager") -> dict[str, Any]:
    with engine.connect() as connection:
        row = connection.execute(text("SELECT * FROM calls WHERE call_id = :id"), {"id": call_id}).mappings().one()
        return dict(row)


def test_what_does_not_apply_takes_its_weight_along() -> None:
    """Partly is half, no is nothing, and nothing is lost by what there was no occasion for."""
    assert CARD.total(ALL_YES) == 100
    assert CARD.total(ALL_YES | {"options": "no"}) == 90
    assert CARD.total(ALL_YES | {"options": "partly"}) == 95
    assert CARD.total(ALL_YES | {"options": NOT_APPLICABLE}) == 100
    assert CARD.total(ALL_YES | {"options": NOT_APPLICABLE, "recap": "no"}) == pytest.approx(100 * 85 / 90)
    assert CARD.total(dict.fromkeys(ALL_YES, NOT_APPLICABLE)) is None


def test_a_call_beyond_help_never_lowers_an_average() -> None:
    """Handled well, it counts where it helps the agent and is left out where it would not."""
    assert SPARED in OUTCOMES
    assert not counts(60, SPARED, usual=80)
    assert counts(90, SPARED, usual=80)
    assert counts(60, "ended stuck", usual=80)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (("weight: 10, rule: respect", "weight: 11, rule: respect"), "add up to 101"),
        (("id: recap", "id: options"), "options is there twice"),
        (("rule: waits", "rule: charm"), "charm, which is none of"),
        (("version: 1", "version: soon"), "no scorecard"),
        (("sections:", "parts:"), "no scorecard"),
    ],
)
def test_a_card_with_a_mistake_is_refused(change: tuple[str, str], fault: str) -> None:
    """In one line that says what is wrong."""
    with pytest.raises(ScorecardError, match=fault) as refused:
        cards.read_card(cards.SHIPPED.read_text().replace(*change))
    assert "\n" not in str(refused.value)


def test_the_program_answers_with_words_that_can_be_heard() -> None:
    """Every rule of the card answers each sample call, and each quote stands in the record at its time."""
    for path in SAMPLES.glob("*.jsonl"):
        record = read(path)
        answers = program_answers(CARD, record)
        assert set(answers) == set(ALL_YES)
        assert not list(CARD.faults({id_: a.answer for id_, a in answers.items()}, "open"))
        said = {(turn["speaker"], turn["text"], turn["start_s"], turn["end_s"]) for turn in record.turns}
        for answer in answers.values():
            assert all((q.speaker, q.text, q.start_s, q.end_s) in said for q in answer.quotes)
            assert answer.quotes or answer.why, answer
    assert {question.rule for question in CARD.questions} == set(RULES)


def test_what_the_samples_show_is_what_is_answered() -> None:
    """The clinic asks for the name and uses it; the sofa call sums up; one promise in the photo call has no time."""
    clinic, sofa, photos = (
        program_answers(CARD, read(SAMPLES / f"{name}.jsonl"))
        for name in ("clinic-calm", "sofa-recovers", "photos-stuck")
    )
    assert (clinic["name-asked"].answer, clinic["name-used"].answer) == ("yes", "yes")
    assert any("peter" in quote.text for quote in clinic["name-used"].quotes)
    assert sofa["recap"].answer == "yes"
    assert "did i get that right" in sofa["recap"].quotes[0].text
    assert photos["promises-timed"].answer == "partly"
    assert "look into it" in photos["promises-timed"].why


def test_nobody_is_judged_who_is_not_known() -> None:
    """A call that was cut off, or one whose sides are not known, gets no answer from the program."""
    lines = (SAMPLES / "clinic-calm.jsonl").read_text().splitlines(keepends=True)
    cut_off = parse([line for line in lines if json.loads(line)["type"] != "summary"], "cut off")
    assert {answer.answer for answer in program_answers(CARD, cut_off).values()} == {""}


def test_a_version_that_was_used_is_locked(engine: Engine) -> None:
    """Before that it may be changed; afterwards only a new version may say something else."""
    original = cards.SHIPPED.read_text()
    changed = original.replace("at the start?", "in the first turns?")
    number = cards.put(engine, changed)
    kept = cards.one(engine, number)
    assert kept is not None
    cards.score(engine, kept, call_of(engine), "ana", ALL_YES, "resolved")
    with pytest.raises(ScorecardError, match="locked; raise its version"):
        cards.put(engine, original)
    assert cards.put(engine, changed) == number  # the same again changes nothing
    assert cards.put(engine, original.replace("version: 1", "version: 2")) != number
    assert [(kept.card.version, kept.locked) for kept in cards.every(engine)] == [(2, False), (1, True)]


def test_a_scoring_is_appended_and_sealed(engine: Engine) -> None:
    """Scoring again adds an entry; the last one counts, the first one stays, and a change of it shows."""
    kept = cards.every(engine)[0]
    for answer in ("no", "yes"):
        cards.score(engine, kept, call_of(engine), "ana", ALL_YES | {"options": answer}, SPARED, "because")
    (found,) = cards.scorings(engine, kept.card, cards.tag_of(kept, None))
    assert (found.total, found.outcome, found.why) == (100, SPARED, "because")
    assert trail.broken_at(engine)[:2] == (None, 2)
    with engine.begin() as connection:
        connection.execute(text("UPDATE trail SET correction = replace(correction, 'no', 'yes') WHERE number = 1"))
    assert trail.broken_at(engine)[0] == 1
    with pytest.raises(ScorecardError, match="recap has no answer"):
        cards.score(engine, kept, call_of(engine), "ana", ALL_YES | {"recap": "perhaps"}, SPARED)


def test_a_plan_draws_the_same_calls_again() -> None:
    """By level, agent and queue it spreads them evenly; the order in which calls are stored is of no account."""
    calls = [
        {"id": i, "worst": 0 if i < 90 else i % 5, "agent": f"agent {i % 4}", "queue": f"queue {i // 20}"}
        for i in range(100)
    ]
    for plan in sampling.PLANS:
        drawn = sampling.draw(calls, plan, 10, seed=7)
        assert drawn == sampling.draw(calls[::-1], plan, 10, seed=7)
        assert drawn != sampling.draw(calls, plan, 10, seed=8)
        assert len(set(drawn)) == 10
    by_level = [calls[i]["worst"] for i in sampling.draw(calls, "by level", 10, 0)]
    assert [by_level.count(level) for level in range(5)] == [2] * 5
    by_queue = [calls[i]["queue"] for i in sampling.draw(calls, "by queue", 10, 0)]
    assert sorted(map(by_queue.count, set(by_queue))) == [2] * 5
    assert sampling.draw(calls[:3], "random", 10, 0) != []
    assert sampling.draw([], "random", 10, 0) == []


def test_a_round_is_drawn_from_a_filter(engine: Engine) -> None:
    """In the language of the list; with the same seed the same calls again, and the round keeps both."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE calls SET queue = 'billing' WHERE call_id IN ('bank-manager', 'photos-stuck')"))

    def drawn_from(name: str, among: str) -> list[str]:
        plan = rounds.Plan(name, 1, "random", 2, 7, among)
        number = rounds.open_round(engine, plan, [1, 2], "lead")
        return [row["call_id"] for row in rounds.assignments(engine, number)][::2]

    assert drawn_from("a", "queue=billing") == ["bank-manager", "photos-stuck"]
    assert drawn_from("b", "queue=billing&level=stuck&sort=call&page=2&nonsense=1") == ["photos-stuck"]
    assert drawn_from("c", "level=heated%2B") == drawn_from("d", "level=heated%2B")
    assert [(found["seed"], found["among"]) for found in rounds.every(engine)][-2:] == [
        (7, "level=stuck&queue=billing"), (7, "queue=billing")]  # fmt: skip
    assert json.loads(next(trail.entries(engine, ""))["correction"])["among"] == "queue=billing"
    with pytest.raises(OutputError, match="there is none to draw"):
        drawn_from("e", "queue=nobody's")


def test_nobody_sees_another_before_the_round_closes(engine: Engine) -> None:
    """In an open round a rater sees only their own entries of a call; after it, all of them, and no more is taken."""
    number = rounds.open_round(engine, rounds.Plan("march", 1, "random", 2, 3), [1, 2], "lead")
    given = rounds.assignments(engine, number)
    assert [row["name"] for row in given] == ["ana", "ben"] * 2
    call, call_id = given[0]["call"], given[0]["call_id"]
    kept = cards.every(engine)[0]
    assert kept.locked
    ana, ben, cleo = (Person(i, name, "analyst", "") for i, name in enumerate(("ana", "ben", "cleo"), start=1))
    lead = Person(9, "lead", "lead", "")
    cards.score(engine, kept, call_of(engine, call_id), "ana", ALL_YES, "open", of_round=number)
    rounds.done(engine, number, call, 1)
    entries = list(trail.entries(engine, call_id))
    assert len(blind.visible(engine, call, ana, entries)) == 1
    assert blind.visible(engine, call, ben, entries) == []
    assert blind.visible(engine, call, cleo, entries) == [], "an analyst who does not rate it"
    assert len(blind.visible(engine, call, lead, entries)) == 1, "a lead who does not"
    assert blind.round_of(engine, call, ana) == {"id": number, "name": "march"}, "who has scored it may do so again"
    assert blind.round_of(engine, call, lead) is None
    assert blind.how_many(engine, ben) == 2
    assert rounds.may_score(engine, number, call, 2)
    assert not rounds.may_score(engine, number, call, 3)
    assert [row["call"] for row in rounds.waiting(engine, 1)] == [given[2]["call"]]
    rounds.close(engine, number, "lead")
    assert len(blind.visible(engine, call, ben, entries)) == 1
    assert not rounds.may_score(engine, number, call, 2)
    assert blind.round_of(engine, call, ana) is None
    with pytest.raises(OutputError, match="closed already"):
        rounds.close(engine, number, "lead")
    assert [entry["did"] for entry in trail.entries(engine, "")] == ["opened", "closed"]
    assert {json.loads(entry["correction"])["name"] for entry in trail.entries(engine, "")} == {"march"}


def test_a_round_that_says_nothing_is_refused(engine: Engine) -> None:
    """One rater, no name, a plan of nobody's making, or a name that is taken."""
    for plan, raters in ((rounds.Plan("a", 1), [1]), (rounds.Plan(" ", 1), [1, 2]), (rounds.Plan("a", 1, "x"), [1, 2])):
        with pytest.raises(OutputError):
            rounds.open_round(engine, plan, raters, "lead")
    rounds.open_round(engine, rounds.Plan("march", 1), [1, 2], "lead")
    with pytest.raises(OutputError, match="already a round called march"):
        rounds.open_round(engine, rounds.Plan("march", 1), [1, 2], "lead")
