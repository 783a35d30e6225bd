"""Whether two turns say the same thing, in other words too: cheap enough for every turn of a live call.

A word is taken to its stem, and stems of one idea of service talk ("refund", "money back", "reimburse") to that
idea.  Two turns mean the same when most of the ideas of the poorer one stand in the richer one.
"""

from __future__ import annotations

from collections.abc import Mapping

from analyzer.dialogue import STOP_WORDS, stem

SAME = 0.6  # of the ideas of the poorer turn
LEAST_IDEAS = 3  # fewer say too little to be told twice

IDEAS: Mapping[str, str] = {
    # the idea, and the words that people use for it
    "refund": "refund refunds refunded reimburse reimbursement repay repaid reverse reversed",
    "charge": "charge charged charges bill billed billing fee fees invoice invoiced debit debited cost costs price",
    "pay": "pay paid payment payments",
    "broken": "broken broke break dead faulty defective failing failed stopped dying crash crashed bust down",
    "repair": "repair repaired fix fixed mend mended restore restored",
    "late": "late delayed delay overdue waiting waited wait",
    "deliver": "deliver delivered delivery driver courier shipment shipped ship parcel package arrive arrived arrives",
    "missing": "missing lost lose vanished disappeared gone",
    "cancel": "cancel cancelled cancellation terminate close closing leave leaving",
    "technician": "technician technicians engineer engineers plumber electrician mechanic repairman",
    "internet": "internet broadband wifi router modem connection online network",
    "phone": "phone telephone mobile handset cell",
    "money": "money cash dollars dollar pounds euros funds",
    "manager": "manager supervisor boss director lead",
    "cold": "cold freezing heating heat boiler",
    "wrong": "wrong mistake error incorrect mistaken",
    "letter": "letter email mail message text post",
    "visit": "visit appointment slot booking booked book scheduled schedule rescheduled",
    "hear": "heard ignored ignore ignoring answer answered answers replied reply response",
    "doctor": "doctor nurse clinic hospital surgery",
    "password": "password login locked access sign",
    "damaged": "damaged damage scratch scratched cracked crack torn dented",
}
_IDEA = {word: idea for idea, words in IDEAS.items() for word in words.split()}


def ideas(text: str) -> frozenset[str]:
    """What a turn talks about."""
    words = text.split()
    found = {
        _IDEA.get(word) or stem(word) for word in words if word in _IDEA or (word not in STOP_WORDS and len(word) > 2)
    }
    return frozenset(found | ({"refund"} if "money back" in text else set()))


def says_again(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two turns, as their ideas, say the same."""
    least = min(len(one), len(other))
    return least >= LEAST_IDEAS and len(one & other) / least >= SAME
