"""The prompts of a live call in the terminal: what the overlay shows, as lines."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from analyzer.live.board import Board
from analyzer.live.view import Message
from analyzer.record import clock

SHAPES = {"listen": "●", "mirror": "◆", "probe": "▲", "de-escalate": "■"}
COLOURS = {"listen": "green", "mirror": "magenta", "probe": "blue", "de-escalate": "red"}
WAIT_S = 60.0


async def print_messages(board: Board) -> None:
    """Print what every call tells, until the board closes."""
    console = Console(highlight=False)
    with board.reader(lambda message: message["type"] in LINES) as reader:
        while not reader.is_cut_off:
            posted = await reader.next(WAIT_S)
            if posted is not None:
                console.print(LINES[posted.message["type"]](posted.message))


def _turn(message: Message) -> Text:
    return Text.assemble((f"{clock(message['start_s'])}  {message['speaker']:<9}", "dim"), message["text"])


def _level(message: Message) -> Text:
    return Text(f"{clock(message['at_s'])}  now {message['level']}", style="bold yellow")


def _prompt(message: Message) -> Text:
    move = message["move"]
    words = f"{clock(message['at_s'])}  {SHAPES[move]} {move}: {message['line']}"
    return Text.assemble((words, f"bold {COLOURS[move]}"), (f"  ({message['cause']})", "dim"))


def _over(message: Message) -> Text:
    return Text(f"the call is over{': ' + message['why'] if message['why'] else ''}", style="dim")


LINES = {"turn": _turn, "level": _level, "prompt": _prompt, "over": _over}
