"""Which calls are drawn for a round: by chance, or evenly over levels, agents or queues.

The same seed draws the same calls of the same archive.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

Call = Mapping[str, Any]  # id, worst, agent, queue
PLANS: Mapping[str, Callable[[Call], Hashable]] = {
    # a plan, and what its calls are spread over
    "random": lambda _: 0,
    "by level": lambda call: call["worst"],
    "by agent": lambda call: call["agent"],
    "by queue": lambda call: call["queue"],
}


def draw(calls: Sequence[Call], plan: str, size: int, seed: int) -> list[int]:
    """The numbers of at most `size` calls: one of each group in turn until there are enough or none is left."""
    chance = random.Random(seed)
    groups: dict[Hashable, list[int]] = defaultdict(list)
    for call in sorted(calls, key=lambda call: call["id"]):
        groups[PLANS[plan](call)].append(call["id"])
    order = [groups[key] for key in sorted(groups, key=repr)]
    for group in order:
        chance.shuffle(group)
    chance.shuffle(order)
    longest = max(map(len, order), default=0)
    turns = [group[i] for i in range(longest) for group in order if i < len(group)]
    return turns[:size]
