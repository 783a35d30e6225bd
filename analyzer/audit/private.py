"""The care card in the audit: for the agent who took the call, on the page of their own call, and for nobody else.

No other role is told that there is one: for an analyst, a lead or an admin its address does not exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from analyzer.audit.people import Person
from analyzer.care import CareCard, care_card
from analyzer.record import Record


def care_of(record: Record, row: Mapping[str, Any], person: Person) -> CareCard | None:
    """The card of a call for the agent whose call it is; None for everybody else, and where there is none."""
    return care_card(record) if person.role == "agent" and person.agent == row["agent"] else None
