"""What the name of a file, or a small file beside it, says of a call."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analyzer.batch.names import About, beside, by_mapping, by_name, compiled, moment
from analyzer.errors import AudioError, RecordError


@pytest.mark.parametrize(
    ("pattern", "file", "about"),
    [
        ("{date}_{queue}_{agent}_{call_id}", "in/2026-11-23_billing_dana_77.wav",
         About("77", "dana", "billing", "2026-11-23")),
        ("{date}_{queue}_{agent}_{call_id}", "20261123T201500_billing_dana_a_b.flac",
         About("a_b", "dana", "billing", "2026-11-23T20:15:00")),
        ("{queue}/{agent}/{date}-{call_id}", "/x/y/sales/lee/2026-11-23-9.wav", About("9", "lee", "sales", "2026-11-23")),
        ("{_}-{agent}.{_}", "rec-lee.final.wav", About(agent="lee")),
        ("{call_id}", "s3://bucket/calls/a.b.wav", About("a.b")),
    ],
)  # fmt: skip
def test_a_name_says_what_its_pattern_names(pattern: str, file: str, about: About) -> None:
    """As many folders deep as the pattern has slashes."""
    assert by_name(compiled(pattern), file) == about


@pytest.mark.parametrize("file", ["billing_dana_77.wav", "2026-13-40_billing_dana_77.wav", "x.wav"])
def test_a_name_that_does_not_fit_says_nothing(file: str) -> None:
    """Nor does one whose date is no date."""
    assert by_name(compiled("{date}_{queue}_{agent}_{call_id}"), file) is None


@pytest.mark.parametrize("pattern", ["{team}_{call_id}", "{agent}_{agent}"])
def test_a_pattern_with_a_mistake_is_told(pattern: str) -> None:
    """Before anything is scored."""
    with pytest.raises(RecordError, match="pattern"):
        compiled(pattern)


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2026-11-23", "2026-11-23"),
        ("20261123", "2026-11-23"),
        ("20261123_2015", "2026-11-23T20:15:00"),
        ("2026-11-23 20:15:30", "2026-11-23T20:15:30"),
        ("2026-11-23T20:15:30+02:00", "2026-11-23T20:15:30+02:00"),
        ("2026-11-23T20-15-30", "2026-11-23T20:15:30"),
        ("23.11.26", None),
        ("yesterday", None),
    ],
)
def test_dates_are_read_as_recorders_write_them(text: str, iso: str | None) -> None:
    """And come out in one form."""
    assert moment(text) == iso


def test_the_sidecar_is_read_where_there_is_one(tmp_path: Path) -> None:
    """Fields that nobody knows are left out, a broken one names the file."""
    recording = tmp_path / "call.wav"
    assert beside(recording) == About()
    sidecar = tmp_path / "call.json"
    sidecar.write_text(json.dumps({"agent": "dana", "date": "20261123", "queue": None, "more": [1]}))
    assert beside(recording) == About(agent="dana", started_at="2026-11-23")
    sidecar.write_text("{")
    with pytest.raises(AudioError, match=r"call\.json"):
        beside(recording)


def test_what_is_given_goes_before_what_is_read_from_a_name() -> None:
    """Field by field."""
    assert About("7", queue="sales").over(About("9", "dana", "billing")) == About("7", "dana", "sales")
    with pytest.raises(RecordError, match="row 3: soon is no date"):
        by_mapping({"date": "soon"}, "row 3")
