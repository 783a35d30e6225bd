"""The prompts of a live call as lines: what the page shows under a key is printed at once."""

from __future__ import annotations

import asyncio
import io

from live_calls import ABOUT, both_sides, make_call
from rich.console import Console

from analyzer.call import run
from analyzer.cli.terminal import print_messages
from analyzer.events import Event
from analyzer.live.board import Board
from analyzer.live.view import CallView, Message

HEALTH: Message = {
    "type": "health", "call_id": "c1", "health": "good", "shed": [], "clock_s": 9.0, "dropped_s": 0.0, "trouble": "",
}  # fmt: skip


def printed(*messages: Message) -> list[str]:
    """The lines that messages leave in a terminal."""
    out = io.StringIO()

    async def main() -> None:
        board = Board(asyncio.get_running_loop())
        printing = asyncio.create_task(print_messages(board, Console(file=out, width=200, highlight=False)))
        await asyncio.sleep(0)
        for message in messages:
            board.post_here(message)
        while any(reader._queue for reader in board._readers):
            await asyncio.sleep(0.01)
        board.close()
        await asyncio.wait_for(printing, 5)

    asyncio.run(main())
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_under_each_prompt_stands_who_said_what_and_why_it_counts() -> None:
    """The evidence of the overlay's "Why?", without a key."""
    view, told = CallView(ABOUT), list[Message]()

    def tell(event: Event) -> None:
        if (message := view.message(event, 9.0)) is not None:
            told.append(message)

    run(both_sides(), make_call(ABOUT), tell)
    lines = printed(*told)
    [at] = [number for number, line in enumerate(lines) if "■ de-escalate:" in line]
    assert lines[at + 1].strip() == (
        "customer, 00:07: “you people are idiots” (the customer's turn was abuse aimed at a person)"
    )


def test_the_health_of_the_audio_is_printed_when_it_changes() -> None:
    """Once for what is wrong and once when it is well again, not every second."""
    late = HEALTH | {"health": "behind", "shed": ["finished turns only"]}
    gone = HEALTH | {"trouble": "agent device is gone"}
    assert printed(HEALTH, HEALTH, late, late, HEALTH, gone) == [
        "00:09  audio: behind: finished turns only",
        "00:09  audio: good",
        "00:09  audio: agent device is gone",
    ]
