"""The processors of this machine."""

from __future__ import annotations

import os


def cores() -> int:
    """How many processors this process may use; elsewhere than on Linux, all of them."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
