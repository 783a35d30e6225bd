"""What a library needed only to start goes back to the system, and the library goes on working."""

from __future__ import annotations

import subprocess
import sys

import pytest

SHRINKS = """
import soundfile, ctypes
from pathlib import Path
from analyzer.engines.code_pages import give_back

def resident_kb(name):
    found, inside = 0, False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if "-" in line.split()[0]:
            inside = name in line and " r-xp " in line
        elif inside and line.startswith("Rss:"):
            found += int(line.split()[1])
    return found

before = resident_kb("libsndfile")
assert give_back("libsndfile") > 0
assert resident_kb("libsndfile") < before / 2, (before, resident_kb("libsndfile"))
assert give_back("no such library") == 0
print(soundfile.available_formats()["WAV"])
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere nothing is given back")
def test_code_goes_and_comes_back() -> None:
    """Its pages are gone afterwards, and a call into it reads what it needs again."""
    done = subprocess.run([sys.executable, "-c", SHRINKS], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "WAV (Microsoft)\n"
