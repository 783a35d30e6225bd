"""The care card: for the agent alone.  Half of these tests prove that nobody else ever sees it."""

from __future__ import annotations

import ast
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from analyzer import care
from analyzer.care import CareCard, care_card
from analyzer.outcome import MERITS, merits
from analyzer.playbook import default_playbook
from analyzer.record import Record, dump, header, line_of, parse
from analyzer.report.html import write_report
from analyzer.testing import reading

from dialogues import CALM, FURIOUS, Line, coached, turns

PACKAGE = Path(care.__file__).parent
SENTENCES = [
    *care.DONE_WELL.values(), care.STAYED, care.UNSOLVABLE, care.NOT_YOURS, care.HEATED, care.PAUSE, care.PRIVATE
]  # fmt: skip
HELLO: Line = ("agent", "good morning how can i help")
ABUSE = reading(-0.9, 0.9, ["abuse"])
REJECTS = reading(-0.7, 0.6, ["rejects-help"])
ABUSIVE: list[Line] = [
    HELLO,
    ("customer", "where is my cab you pathetic idiot", ABUSE),
    ("agent", "i'm here to help but please don't speak to me like that"),
    ("customer", "shut up you moron", ABUSE),
    ("agent", "if you keep speaking like that i'll have to end this call"),
]
STUCK: list[Line] = [
    HELLO,
    *[
        line
        for _ in range(3)
        for line in (("agent", "i assure you we'll do everything"), ("customer", "that doesn't help me", REJECTS))
    ],
    ("agent", "what would you like me to do at this point"),
]
HEATED: list[Line] = [HELLO, *[("customer", "the heating is off and nobody came again", FURIOUS, 20.0)] * 5]
CALM_CALL: list[Line] = [HELLO, ("customer", "please change my address", CALM), ("agent", "of course what is it")]


def lines_of(*lines: Line) -> list[str]:
    """A record, as it is written."""
    first = header("hard-call", "a.wav", {}, {"agent": 8000, "customer": 8000}, {}, default_playbook().identity)
    return [dump(first), *(dump(line) for event in coached(turns(*lines)) if (line := line_of(event)))]


def record_of(*lines: Line) -> Record:
    return parse(lines_of(*lines), "hard-call")


def card_of(*lines: Line) -> CareCard:
    card = care_card(record_of(*lines))
    assert card is not None
    return card


@pytest.mark.parametrize(
    ("lines", "not_yours"), [(ABUSIVE, care.NOT_YOURS), (STUCK, care.UNSOLVABLE), (HEATED, care.HEATED)]
)
def test_a_hard_call_has_a_card(lines: list[Line], not_yours: str) -> None:
    """Abuse, a call that could not be solved, a minute and more of anger."""
    assert card_of(*lines).not_yours == not_yours


def test_other_calls_have_none() -> None:
    """A calm call, a short flash of anger, a recording in which nobody knows who is who, a call cut off."""
    flash: list[Line] = [HELLO, ("customer", "where is my cab", FURIOUS), ("agent", "it is here now")]
    for lines in (CALM_CALL, flash, [("unknown", "you pathetic idiot")]):
        assert care_card(record_of(*lines)) is None
    assert care_card(parse(lines_of(*ABUSIVE)[:-1], "cut off")) is None


def test_what_was_done_well_was_done() -> None:
    """By counted behaviours; the limit that was set, the question that was asked."""
    assert care.DONE_WELL["set a limit"] in card_of(*ABUSIVE).done_well
    assert care.DONE_WELL["asked what is wanted"] in card_of(*STUCK).done_well
    assert care.DONE_WELL["set a limit"] not in card_of(*STUCK).done_well


def test_every_merit_has_its_words() -> None:
    """None that `outcome` can find is without a sentence."""
    everything = {name: 1 for names in MERITS.values() for name in names}
    assert set(merits({**everything, "agent_cut_offs": 0, "customer_turns": 1})) == set(care.DONE_WELL)


def test_no_sentence_says_how_anybody_feels() -> None:
    """Behaviours only: no word of mood in any of them."""
    words = set(" ".join(SENTENCES).lower().replace(",", "").replace(".", "").split())
    assert not words & {"feel", "felt", "feeling", "stressed", "upset", "sad", "tired", "calm", "frustrated", "anxious"}


def shreds(text: str) -> set[str]:
    """Every run of four words."""
    words = text.lower().split()
    return {" ".join(words[at : at + 4]) for at in range(len(words) - 3)}


def test_no_record_report_or_export_holds_a_word_of_it(tmp_path: Path) -> None:
    """The record, the page, the JSON of the command line: not four words in a row of any card."""
    private = set().union(*map(shreds, SENTENCES))
    for lines in (ABUSIVE, STUCK, HEATED):
        written = lines_of(*lines)
        page = tmp_path / "hard-call.html"
        write_report(parse(written, "hard-call"), page, [], None)
        given = {"turns": [json.loads(line) for line in written if '"type":"turn"' in line]}
        command = [sys.executable, "-m", "analyzer", "transcript", "-"]
        exported = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, check=True).stdout
        for seen in ("".join(written), page.read_text(), exported):
            assert not private & shreds(seen)
            assert "care" not in {word.strip('":,{}[]') for word in seen.split('"')}


def test_only_the_agents_own_verb_and_page_make_a_card() -> None:
    """Besides it the page of an agent's own calls: not the report, not the supervisor's page, not the batch."""
    importers = [
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.ImportFrom) and (node.module or "").startswith("analyzer.care"))
        or (isinstance(node, ast.ImportFrom) and node.module == "analyzer" and "care" in {a.name for a in node.names})
        or (isinstance(node, ast.Import) and any(name.name.startswith("analyzer.care") for name in node.names))
    ]
    assert sorted(importers) == ["audit/private.py", "cli/care.py"]


def test_it_is_shown_on_a_terminal(tmp_path: Path) -> None:
    """To the person in front of it; the folder holds nothing more afterwards."""
    path = tmp_path / "hard-call.jsonl"
    path.write_text("".join(lines_of(*ABUSIVE)))
    own, other = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "analyzer", "care", str(path)],
        stdout=other, stderr=subprocess.PIPE, env={**os.environ, "COLUMNS": "200", "TERM": "dumb"}, check=False,
    )  # fmt: skip
    os.close(other)
    shown = " ".join(os.read(own, 65536).decode().split())
    os.close(own)
    assert done.returncode == 0, done.stderr
    assert care.NOT_YOURS in shown
    assert care.DONE_WELL["set a limit"] in shown
    assert list(tmp_path.iterdir()) == [path]


def test_it_is_not_written_to_a_file_or_a_pipe(tmp_path: Path) -> None:
    """One line says why, and nothing of the card is told."""
    path = tmp_path / "hard-call.jsonl"
    path.write_text("".join(lines_of(*ABUSIVE)))
    done = subprocess.run(
        [sys.executable, "-m", "analyzer", "care", str(path)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "private" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
