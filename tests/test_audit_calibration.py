"""Calibration: figures of agreement, rounds that real people go through in a browser, and the labelled set."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from audited import Served
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from analyzer.audit import calibration, cards, labels, rounds, shelf, trail
from analyzer.audit.agreement import FEWEST_CALLS, Answers, Estimate, kappa, mean, of_question
from analyzer.audit.calibration import above
from analyzer.audit.scorecard import NOT_APPLICABLE, WORTH
from analyzer.cli import analyzer
from analyzer.cli.audit import audit as audit_command
from analyzer.errors import OutputError
from analyzer.record import read

SCALE = tuple(WORTH)
Q = ("q",)


def answers(*given_: str) -> Answers:
    """One question, a call for each answer."""
    return {f"call {i}": {"q": answer} for i, answer in enumerate(given_)}


def test_kappa_is_what_was_worked_out_by_hand() -> None:
    """Six calls: four alike, one a step apart (a quarter), one two steps (whole)."""
    a = answers("no", "no", "partly", "yes", "yes", "no")
    b = answers("no", "no", "partly", "yes", "partly", "yes")
    # places: a has 3 no, 1 partly, 2 yes; b has 2 no, 2 partly, 2 yes; differences squared over 4
    by_chance = (3 * (2 * 0.25 + 2 * 1) + 1 * (2 * 0.25 + 2 * 0.25) + 2 * (2 * 1 + 2 * 0.25)) / 36
    found = kappa([(a, b)], Q)
    assert found.value == pytest.approx(1 - (1.25 / 6) / by_chance)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 1 - (1.25 / 6) / by_chance < found.high


@given(st.lists(st.sampled_from(SCALE), min_size=FEWEST_CALLS, max_size=30))
def test_who_always_agrees_has_a_kappa_of_one(given_: list[str]) -> None:
    """Unless all answers are alike: then agreement is no proof of anything."""
    found = kappa([(answers(*given_), answers(*given_))], Q)
    assert found.value == (None if len(set(given_)) == 1 else pytest.approx(1))


@given(st.lists(st.tuples(st.sampled_from(SCALE), st.sampled_from(SCALE)), min_size=FEWEST_CALLS, max_size=25))
def test_kappa_does_not_ask_who_is_first(pairs: list[tuple[str, str]]) -> None:
    """It is the same from both sides, at most 1, and inside its interval's reach."""
    a, b = answers(*(mine for mine, _ in pairs)), answers(*(theirs for _, theirs in pairs))
    one, other = kappa([(a, b)], Q), kappa([(b, a)], Q)
    assert (one.value is None) == (other.value is None)
    if one.value is not None and other.value is not None:
        assert one.value == pytest.approx(other.value)
        assert -1.0001 <= one.value <= 1.0001


def test_chance_is_worth_nothing() -> None:
    """Two raters who throw dice over a thousand calls."""
    dice = np.random.default_rng(1)
    a, b = (answers(*dice.choice(SCALE, 1000)) for _ in range(2))
    found = kappa([(a, b)], Q)
    assert found.value == pytest.approx(0, abs=0.08)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0 < found.high


def test_too_few_calls_give_no_figure() -> None:
    """Four calls, or five of which one has nothing on the scale."""
    four = answers("yes", "no", "yes", "no")
    assert kappa([(four, four)], Q) == Estimate(None, None, None, 4)
    five = answers("yes", "no", "yes", "no", NOT_APPLICABLE)
    assert kappa([(five, five)], Q).value is None
    assert mean([1.0, 2.0]).value is None
    assert mean([2.0] * 5) == Estimate(2.0, 2.0, 2.0, 5)


def test_the_calls_that_split_people_come_first() -> None:
    """Farthest apart first; that one finds the question to apply and another does not is far apart."""
    a, b = answers("yes", "yes", "yes", "no"), answers("yes", "partly", "no", NOT_APPLICABLE)
    found = of_question("q", {"ana": a, "ben": b}, {})
    assert found.splits == ("call 2", "call 3", "call 1")
    assert found.same == 0.25
    assert found.apart == pytest.approx((0.25 + 1 + 1) / 4)


def test_leniency_is_measured_on_the_same_calls() -> None:
    """Calls that no other has scored say nothing."""
    assert above({"a": 80, "b": 60, "c": 10}, [{"a": 70, "b": 60}, {"a": 80}]) == {"a": 5, "b": 0}


def filled(served: Served, answer: str) -> dict[str, str]:
    """The shipped card with one answer throughout."""
    card = cards.every(served.door.engine)[0].card
    return {f"answer:{question.id}": answer for question in card.questions} | {"outcome": "open"}


def scored(served: Served, number: int, who: str, answer: str) -> None:
    """Somebody scores all their calls of a round."""
    session, csrf = served.inside(who)
    for row in rounds.assignments(served.door.engine, number):
        if row["name"] == who:
            form = filled(served, answer) | {"csrf": csrf, "round": str(number)}
            assert session.post(f"{served.url}/calls/{row['call']}/card", form).status_code == 200


def test_a_lead_takes_a_round_from_the_draw_to_the_result(served: Served, page: Any) -> None:
    """In the browser: opened, scored by two who see nothing of each other, closed, and read."""
    page.goto(f"{served.url}/rounds")
    page.fill("#open [name=name]", "march")
    page.fill("#open [name=size]", "5")
    for who in ("ana", "ben"):
        page.check(f"#open label:has-text('{who}') input")
    page.click("text=Open the round")
    page.wait_for_selector("h2:has-text('Progress')")
    number = rounds.every(served.door.engine)[0]["id"]
    with ThreadPoolExecutor(2) as both:  # at once, on the same calls
        [*both.map(lambda who, answer: scored(served, number, who, answer), ("ana", "ben"), ("yes", "no"))]
    page.reload()
    assert page.locator("td:has-text('5 of 5')").count() == 2
    ana, _ = served.inside("ana")
    assert 'id="questions"' not in ana.get(f"{served.url}/rounds/{number}").text
    page.click("text=Close the round")
    page.wait_for_selector("#questions")
    assert page.locator("#raters tbody tr").count() == 3
    assert "+100.0" in page.locator("#raters tr:has-text('ana')").inner_text()
    assert "-100.0" in page.locator("#raters tr:has-text('ben')").inner_text()
    assert page.locator("#apart li").count() == 3
    assert "ana yes, ben no, the program" in page.locator("#apart li").first.inner_text()
    assert 'id="questions"' in ana.get(f"{served.url}/rounds/{number}").text
    assert trail.broken_at(served.door.engine)[:2] == (None, 12)  # opened, ten scorings, closed


def test_a_lead_draws_from_a_view_of_the_list(served: Served, page: Any) -> None:
    """From filters on the list, or a view that was kept, to the round; its raters are told of the filter at the end."""
    page.goto(f"{served.url}/?level=heated%2B")
    page.fill("#keep [name=name]", "hard ones")
    page.click("#keep button")
    page.goto(f"{served.url}/rounds")
    page.click("#open a:has-text('hard ones')")
    assert page.input_value("#open [name=level]") == "heated+"
    page.goto(f"{served.url}/?level=heated%2B&text=manager")
    page.click("#draw")
    assert page.input_value("#open [name=text]") == "manager"
    assert "1 call is like that" in page.locator("#open").inner_text()
    page.fill("#open [name=name]", "march")
    page.click("text=Open the round")
    assert "two raters" in page.locator("[role=alert]").inner_text()
    assert page.input_value("#open [name=text]") == "manager", "what was asked comes back with the fault"
    page.check("#open label:has-text('ana') input")
    page.click("text=Open the round")
    assert "two raters" in page.locator("[role=alert]").inner_text()
    page.check("#open label:has-text('ben') input")  # ana's tick is still there
    page.click("text=Open the round")
    page.wait_for_selector("h2:has-text('Progress')")
    (row, _) = rounds.assignments(served.door.engine, 1)
    assert row["call_id"] == "bank-manager"
    assert "calls with level heated or worse, text manager" in page.locator("header").inner_text()
    ana, _ = served.inside("ana")
    for path in ("/rounds", "/rounds/1"):
        assert "told when the round closes" in ana.get(served.url + path).text
        assert "heated or worse, text" not in ana.get(served.url + path).text
    rounds.close(served.door.engine, 1, "admin")
    assert "heated or worse, text" in ana.get(f"{served.url}/rounds/1").text


@pytest.mark.parametrize("width", [375, 1280, 1920])
def test_nothing_of_a_result_is_cut_off(served: Served, page: Any, width: int) -> None:
    """The page is as wide as its window; wide tables scroll by themselves."""
    number = rounds.open_round(served.door.engine, rounds.Plan("march", 1, "random", 5), [2, 3], "admin")
    for who, answer in (("ana", "yes"), ("ben", "partly")):
        scored(served, number, who, answer)
    rounds.close(served.door.engine, number, "admin")
    page.set_viewport_size({"width": width, "height": 900})
    for path in ("/rounds", f"/rounds/{number}"):
        page.goto(served.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_rounds_are_for_leads_and_never_for_agents(served: Served) -> None:
    """An analyst opens and closes none; an agent sees none, nor the labels; a wrong form comes back with its fault."""
    (ana, csrf), (linda, _), (admin, own) = (served.inside(who) for who in ("ana", "linda", "admin"))
    wanted = {"name": "march", "card": "1", "plan": "random", "size": "5", "seed": "1", "rater": ["2", "3"]}
    assert ana.post(f"{served.url}/rounds", wanted | {"csrf": csrf}).status_code == 403
    assert all(linda.get(f"{served.url}/{path}").status_code == 403 for path in ("rounds", "rounds/1", "labels.jsonl"))
    refused = admin.post(f"{served.url}/rounds", wanted | {"csrf": own, "rater": ["2"]})
    assert (refused.status_code, "needs two raters" in refused.text) == (400, True)
    assert 'value="march"' in refused.text
    served.door.set_gone(3, True)
    assert "ben (analyst)" not in admin.get(f"{served.url}/rounds").text, "who was locked out rates nothing"
    served.door.set_gone(3, False)
    assert admin.get(f"{served.url}/rounds/7").status_code == 404
    assert admin.post(f"{served.url}/rounds", wanted | {"csrf": own}).status_code == 200
    assert ana.post(f"{served.url}/rounds/1/close", {"csrf": csrf}).status_code == 403


def test_drift_follows_a_rater_and_the_program_through_the_rounds(served: Served) -> None:
    """A rater who was strict in the first round and mild in the second; the program stayed, and people moved up 25."""
    for name, (ana, ben) in (("march", ("no", "yes")), ("april", ("yes", "partly"))):
        number = rounds.open_round(served.door.engine, rounds.Plan(name, 1, "random", 2), [2, 3], "admin")
        scored(served, number, "ana", ana)
        scored(served, number, "ben", ben)
        rounds.close(served.door.engine, number, "admin")
    found = calibration.results(served.door.engine, number)
    assert found.drift["ana"] == [("march", -100.0), ("april", 50.0)]
    (march, before), (april, after) = found.drift["the program"]
    assert (march, april, round(before - after, 6)) == ("march", "april", 25.0)
    assert [(rater.rater, rater.calls) for rater in found.raters] == [("ana", 2), ("ben", 2), ("the program", 2)]


def test_verdicts_become_labels_that_the_evaluation_reads(served: Served, tmp_path: Path) -> None:
    """Agreed and corrected turns of customers; a dispute takes a row away, and the agent's turns make none."""
    session, csrf = served.inside("ana")
    url, record = f"{served.url}/calls/{served.number('bank-manager')}/said", read(tmp_path / "bank-manager.jsonl")
    customers = [i for i, turn in enumerate(record.turns) if turn["speaker"] == "customer"]
    agents = [i for i, turn in enumerate(record.turns) if turn["speaker"] == "agent"]
    for place, did, correction in (
        (customers[1], "agree", ""),
        (customers[2], "correct", "churn, blame"),
        (customers[3], "correct", "none"),
        (customers[4], "agree", ""),
        (customers[4], "dispute", ""),
        (agents[1], "agree", ""),
    ):
        said = {"csrf": csrf, "tag": f"turn:{place}", "did": did, "correction": correction}
        assert session.post(url, said).status_code == 200
    wrong = {"csrf": csrf, "tag": f"turn:{customers[1]}", "did": "correct", "correction": "rude"}
    assert session.post(url, wrong).status_code == 400
    rows = [json.loads(line) for line in session.get(f"{served.url}/labels.jsonl").text.splitlines()]
    assert [row["text"] for row in rows] == [record.turns[i]["text"] for i in customers[1:4]]
    assert [row["cues"] for row in rows] == [record.turns[customers[1]]["cues"], ["churn", "blame"], []]
    printed = CliRunner().invoke(audit_command, ["labels", str(tmp_path)])
    assert [json.loads(line) for line in printed.output.splitlines()] == rows
    (tmp_path / "labels.jsonl").write_text(printed.output)
    table = CliRunner().invoke(analyzer, ["evaluation", str(tmp_path / "labels.jsonl")]).output
    assert "### Turns checked by analysts (labels.jsonl, 3 rows)" in table
    told = json.loads(CliRunner().invoke(analyzer, ["evaluation", "--json", str(tmp_path / "labels.jsonl")]).output)
    assert (told["rows"], told["figures"]["as recognized"].keys()) == (3, {"cues, micro F1"})


def test_what_was_said_of_turns_outlives_a_new_playbook(served: Served, page: Any) -> None:
    """As long as the turns are the same, it stands on the page and among the labels; with other turns it judges nothing."""
    path, engine = served.folder / "bank-manager.jsonl", served.door.engine
    record = read(path)
    place = next(i for i, turn in enumerate(record.turns) if turn["cues"])
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    trail.append(engine, trail.Said("bank-manager", before, f"turn:{place}", "ana", "correct", correction="vent"))
    trail.append(engine, trail.Said("bank-manager", before, "level:0", "ana", "agree"))
    trail.append(engine, trail.Said("bank-manager", before, "call", "ana", "reviewed"))
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    lines[0]["policy"]["version"] = 99
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert shelf.take_in(engine, served.folder)[0] == 1
    assert [row["cues"] for row in labels.labelled(engine)] == [["vent"]]
    page.goto(f"{served.url}/calls/{served.number('bank-manager')}")
    assert page.locator(".verdict").all_inner_texts() == ["✎ correct, ana"], "and not that on the level"
    assert "reviewed by ana, before it was scored anew" in page.locator("#progress").inner_text()
    next(line for line in lines if line["type"] == "turn")["text"] = "something else"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    shelf.take_in(engine, served.folder)
    assert list(labels.labelled(engine)) == []


def test_a_correction_names_cues() -> None:
    """In any order, once each; none is a word of its own; anything else is refused with the words that there are."""
    assert labels.cues_in(" Vent, abuse,vent ") == ["abuse", "vent"]
    assert labels.cues_in("none") == []
    for text in ("", "none, vent", "angry"):
        with pytest.raises(OutputError, match="supervisor-request"):
            labels.cues_in(text)
