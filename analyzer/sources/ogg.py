"""Whether an Ogg file breaks off: decoders take the pages that are there, and say nothing of one that is cut short.

A page is `OggS`, 22 bytes of numbers, the number of its segments, the size of each (a byte), and the segments.  A last
page that does not call itself the last proves nothing: many recorders never write that.
"""

from __future__ import annotations

from pathlib import Path

PAGE = b"OggS"
FIXED = 27  # bytes of a page before the sizes of its segments
LONGEST = FIXED + 255 + 255 * 255  # bytes of a page


def breaks_off(path: Path) -> bool:
    """Whether the last page of a file goes on behind its end; false for what is no Ogg.  Raises `OSError`."""
    with path.open("rb") as file:
        if file.read(len(PAGE)) != PAGE:
            return False
        file.seek(max(0, path.stat().st_size - LONGEST))
        tail = file.read()
    page = tail[tail.rfind(PAGE) :]
    if len(page) < FIXED:
        return True
    segments = page[FIXED - 1]
    length = FIXED + segments + sum(page[FIXED : FIXED + segments])
    begun = page[length:]
    return len(page) < length or (begun != b"" and PAGE.startswith(begun))  # as little as "Og" of the next page
