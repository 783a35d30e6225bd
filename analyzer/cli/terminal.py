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


async def print_messages(board: Board, console: Console | None = None) -> None:
    """Print what every call tells, until the board closes."""
    console = console or Console(highlight=False)
    troubles: dict[str, str] = {}  # by call, as told last
    with board.reader(lambda message: message["type"] in (*LINES, "health")) as reader:
        while not reader.is_cut_off:
            posted = await reader.next(WAIT_S)
            if posted is None:
                continue
            message = posted.message
            if message["type"] != "health":
                console.print(LINES[message["type"]](message))
            elif (trouble := trouble_of(message)) != troubles.get(message["call_id"], ""):
                troubles[message["call_id"]] = trouble
                console.print(Text(f"{clock(message['clock_s'])}  audio: {trouble or 'good'}", style="bold"))


def trouble_of(health: Message) -> str:
    """What is wrong with the audio of a call, as its page words it; empty while all is well.

    How late it is stands on the page: here a line is printed for what is left out, and not for every second of it.
    """
    late = f"behind: {', '.join(health['shed'])}" if health["shed"] else "behind" if health["health"] != "good" else ""
    lost = f"{health['dropped_s']:.1f} s of audio lost" if health["dropped_s"] > 0 else ""
    return ", ".join(filter(None, (health["trouble"], late, lost)))


def _turn(message: Message) -> Text:
    return Text.assemble((f"{clock(message['start_s'])}  {message['speaker']:<9}", "dim"), message["text"])


def _level(message: Message) -> Text:
    return Text(f"{clock(message['at_s'])}  now {message['level']}", style="bold yellow")


def _prompt(message: Message) -> Text:
    move = message["move"]
    words = f"{clock(message['at_s'])}  {SHAPES[move]} {move}: {message['line']}"
    why = "".join(
        f"\n       {item['speaker']}, {clock(item['start_s'])}: “{item['quote']}” ({item['means']})"
        for item in message["evidence"]
    )
    return Text.assemble((words, f"bold {COLOURS[move]}"), (f"  ({message['cause']})", "dim"), (why, "dim"))


def _over(message: Message) -> Text:
    return Text(f"the call is over{': ' + message['why'] if message['why'] else ''}", style="dim")


LINES = {"turn": _turn, "level": _level, "prompt": _prompt, "over": _over}
