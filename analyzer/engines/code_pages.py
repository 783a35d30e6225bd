"""Memory that a library's code takes: what only its start needed goes back to the system.

A library of 30 MB is read from its file page by page as it runs, and what ran once stays in memory.  After a model
is loaded, most of it is never run again.  The system reads back the few pages that are, from its own cache.
"""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

MAPS = Path("/proc/self/maps")
NOT_NEEDED = 4  # MADV_DONTNEED of Linux; on pages of code, which nobody writes to, it loses nothing


def give_back(library: str) -> int:
    """Let the code of every loaded file whose path holds `library` go; bytes of address space it covered.

    On other systems than Linux nothing happens, and 0 is returned.
    """
    if not sys.platform.startswith("linux"):
        return 0
    advise = ctypes.CDLL(None).madvise
    given = 0
    for line in MAPS.read_text("utf-8").splitlines():
        addresses, rights, *_, path = line.split(maxsplit=5)
        if rights == "r-xp" and library in path:
            start, end = (int(address, 16) for address in addresses.split("-"))
            if advise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), NOT_NEEDED) == 0:
                given += end - start
    return given
