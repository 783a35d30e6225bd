"""Whether two turns say the same thing, in other words too: cheap enough for every turn of a live call.

A word is taken to its stem, and stems of one idea of service talk ("refund", "money back", "reimburse") to that
idea.  Two turns mean the same when most of the ideas of the poorer one stand in the richer one.
"""

from __future__ import annotations

from collections.abc import Mapping

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

STOP_WORDS = frozenset(
    "a about after again all already also am an and any are as ask at away back be because been before "
    "being but by call called came can can't come could day did didn't do does doesn't doing don't done "
    "down each else even ever every everything for from get getting give go going gone good got had has "
    "have haven't having he hello help her here hey hi him his how i i'd i'll i'm i've if in into is "
    "isn't it it's its just keep know last let like look make many me mean might mine more much must my "
    "never new nice no not nothing now of off oh okay on once one only or other our out over own people "
    "please put really right said same say saying see she should since so some somebody someone something "
    "sorry still sure take tell than thank thanks that that's the their them then there there's these "
    "they they're thing things think this those through time times to today told too took tried try "
    "trying two two up us very want wanted was wasn't way we we're week well went were what what's when "
    "where which while who whole why will with won't would wouldn't yeah year yes yesterday yet you "
    "you'll you're you've your can cannot three four five six seven eight nine ten bit lot kind sort "
    "first second third absolutely actually honestly literally".split()
)


def stem(word: str) -> str:
    """A word with plural and tense cut off."""
    for ending in ("ing", "ed", "es", "s", "'s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


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
