"""`analyzer care`: a word for the agent after a hard call, on their own terminal and nowhere else."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.console import Console

from analyzer.care import CareCard, care_card
from analyzer.errors import OutputError
from analyzer.record import read


@click.command()
@click.argument("call", metavar="CALL.jsonl", type=click.Path(path_type=Path))
def care(call: Path) -> int:
    """Show the private care card of a hard call: what you did well in it, and that some calls can't be solved.

    It is for the agent who took the call.  It is made anew each time, shown on a terminal only, and kept nowhere:
    there is no way to write it to a file.  The audit shows it to the agent whose call it is, and to nobody else.

    \b
    Example:
      analyzer care out/call.jsonl
    """
    if not sys.stdout.isatty():
        raise OutputError("the care card is private: it is shown on a terminal, and not written to a file or a pipe")
    console = Console(highlight=False)
    card = care_card(read(call))
    if card is None:
        console.print("This was no hard call; there is no card for it.")
    else:
        show(card, console)
    return 0


def show(card: CareCard, console: Console) -> None:
    """The card, for a person to read in half a minute."""
    console.print(card.about, style="bold", markup=False)
    console.print()
    for line in card.done_well:
        console.print(f"  + {line}", markup=False)
    console.print()
    for line in (card.not_yours, *card.after):
        console.print(line, markup=False)
