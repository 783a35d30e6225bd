"""The bench of the audit's pages asks a real server for real pages."""

from __future__ import annotations

import re
from pathlib import Path

from audited import CHROMIUM

from analyzer.bench_archive import make_archive
from analyzer.bench_audit import PAGES, SEEN, costs


def test_every_page_is_timed(tmp_path: Path) -> None:
    """Over an archive of a hundred and twenty calls; a page that is not had would end the bench."""
    make_archive(tmp_path, 120)
    lines = [*costs(tmp_path, times=2)]
    timed = [line.rpartition(": ")[0] for line in lines[3:]]
    assert timed[: len(PAGES)] == [*PAGES]
    if CHROMIUM is not None:
        in_browser = ["first paint of the list", *SEEN]
        assert timed[len(PAGES) :] == [f"in Chromium, {what}" for what in in_browser]
    assert all(re.fullmatch(r".+: \d+ ms", line) for line in lines[3:])
