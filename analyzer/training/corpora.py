"""The labelled text that the model learns from, each corpus made into the same kind of example.

Every text is turned into what a recognizer would have written (`spoken`).  A corpus labels only some of
the heads; the others simply do not learn from it.  One text in ten of the corpora that come without a
development split is held back, chosen by a hash of the text, so the split never moves.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from analyzer.affect import ACTS, CUES, DISTRESS, EMOTIONS
from analyzer.engines.onnx_affect import KINDS
from analyzer.errors import AnalyzerError
from analyzer.spoken import spoken

PHRASES = Path(__file__).with_name("phrases")
LOCK = Path(__file__).with_name("data.lock.json")
UNKNOWN = -9.0  # a target that this corpus does not have
RUDE = ("abuse", "profanity-at-thing")
DEV_SHARE = 10  # one in so many
OPINIONS_FILE = "taught.jsonl"  # what `analyzer.training.teacher` leaves in the training folder
OPINED = ("emobank", "vader", "goemotions")
FILLERS = ("um", "uh", "you know", "i mean", "well", "so", "like", "look", "okay")

HEADS: Mapping[str, int] = {
    "emotions": len(EMOTIONS),
    "distress": len(DISTRESS),
    "cues": len(CUES),
    "acts": len(ACTS),
    "offensive": 1,
    "feelings": 2 * len(KINDS),  # sentiment and intensity, as the raters of each kind of text would say it
    "kind": len(KINDS),  # which kind of text it is
}


@dataclass(frozen=True, slots=True)
class Example:
    """A text, what the other side said before it, and the targets of the heads that it labels."""

    corpus: str
    text: str
    targets: Mapping[str, Sequence[float]]
    before: str = ""
    domain: str = ""


@dataclass(frozen=True, slots=True)
class Corpora:
    """Everything to learn from, and everything held back, by corpus."""

    train: Mapping[str, Sequence[Example]]
    dev: Mapping[str, Sequence[Example]]


def load(data: Path) -> Corpora:
    """Read the public corpora in `data` and the phrases beside this file."""
    train: dict[str, list[Example]] = {}
    dev: dict[str, list[Example]] = {}
    for example, held_back in [*_public(data), *_phrases()]:
        if example.text:
            (dev if held_back else train).setdefault(example.corpus, []).append(example)
    return Corpora(train, dev)


def is_held_back(text: str) -> bool:
    """Whether a text belongs to the development split of a corpus that has none of its own."""
    return zlib.crc32(text.encode()) % DEV_SHARE == 0


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The JSON lines of a file."""
    try:
        with path.open(encoding="utf-8") as file:
            yield from map(json.loads, file)
    except (OSError, ValueError) as error:
        raise AnalyzerError(f"cannot read the training data {path}: {error}") from error


def _public(data: Path) -> Iterator[tuple[Example, bool]]:
    for split, held_back in (("train", False), ("dev", True)):
        for row in rows(data / f"goemotions-{split}.jsonl"):
            yield (
                Example("goemotions", spoken(row["text"]), {"emotions": _several(row["emotions"], EMOTIONS)}),
                held_back,
            )
        for row in rows(data / f"emobank-{split}.jsonl"):
            valence, arousal = (row["valence_1_5"] - 3) / 1.2, (row["arousal_1_5"] - 2.52) / 1.2  # spread as customers'
            targets = {"feelings": (valence, arousal)}
            yield Example("emobank", spoken(row["text"]), targets), held_back
    for row in rows(data / "vader-train.jsonl"):
        feeling = (row["valence_4"] / 4, UNKNOWN)
        yield (
            Example("vader", spoken(row["text"]), {"feelings": feeling}, domain=row["domain"]),
            is_held_back(row["text"]),
        )
    for row in rows(data / "offensive-train.jsonl"):
        polite = row["label"] == "neither"
        cues = [0.0 if polite and cue in RUDE else UNKNOWN for cue in CUES]  # rude words may be aimed at anything
        yield (
            Example("offensive", spoken(row["text"]), {"offensive": (float(not polite),), "cues": cues}),
            is_held_back(row["text"]),
        )


def _phrases() -> Iterator[tuple[Example, bool]]:
    for path in sorted(PHRASES.glob("customer-*.jsonl")):
        for row in rows(path):
            targets = {
                "feelings": (row["sentiment"], row["intensity"]),
                "distress": _several(row["distress"], DISTRESS),
                "cues": _several(row["cues"], CUES),
                "offensive": (float(any(cue in RUDE for cue in row["cues"])),),  # what is rude in a call, not a post
            }
            yield Example("customers", row["text"], targets, row.get("before", "")), is_held_back(row["text"])
    for row in rows(PHRASES / "acts.jsonl") if (PHRASES / "acts.jsonl").exists() else ():
        targets = {"acts": _several(row["acts"], ACTS)}
        told = Example("acts", row["text"], targets, row.get("before", ""), domain=row["role"])
        yield told, is_held_back(row["text"])


def sentences(wordnet: Path) -> list[str]:
    """The examples in the glosses of WordNet's `data` files, as a recognizer would write them."""
    found: set[str] = set()
    for path in sorted(wordnet.glob("data.*")):
        for line in path.read_text("utf-8").splitlines():
            found |= {spoken(quoted) for quoted in re.findall(r'"([^"]+)"', line)}
    if not found:
        raise AnalyzerError(f"{wordnet} has no data files of WordNet with examples in them")
    return sorted(found)


def taught(corpora: Corpora, path: Path) -> Corpora:
    """The corpora with a teacher's opinions beside the true ratings, and the prose that only it has rated."""
    said = {row["text"]: tuple(row["scales"]) for row in rows(path)}
    train: dict[str, Sequence[Example]] = dict(corpora.train)
    for corpus in OPINED:
        train[corpus] = [
            replace(e, targets={**e.targets, "scales": said[e.text]}) if e.text in said else e
            for e in corpora.train[corpus]
        ]
    rated = {example.text for corpus in OPINED for example in (*corpora.train[corpus], *corpora.dev.get(corpus, ()))}
    train["prose"] = [Example("prose", text, {"scales": scales}) for text, scales in said.items() if text not in rated]
    return Corpora(train, corpora.dev)


def _several(names: Iterable[str], space: Sequence[str]) -> tuple[float, ...]:
    held = set(names)
    return tuple(float(name in held) for name in space)


SLOTS = {
    "product": "router|phone|laptop|washing machine|policy|subscription|fridge|card|broadband|flight|parcel|boiler|"
    "tablet|order|television|printer|charger|sofa|ticket|account",
    "company": "northern telecom|your company|city bank|blue air|the gas board|home direct|your lot|star insurance",
    "money": "fifty dollars|twenty pounds|two hundred and ten dollars|ninety nine dollars|four hundred|sixty quid|"
    "thirty five bucks|a thousand dollars|eighteen dollars and fifty cents",
    "day": "monday|tuesday|wednesday|thursday|friday|saturday|sunday|tomorrow",
    "time": "three o'clock|noon|half past two|nine thirty|four p m|ten in the morning|six",
    "name": "maria|john|sarah|mister jones|david|missus patel|kevin|linda|ahmed|karen",
    "city": "denver|leeds|chicago|dublin|phoenix|boston|glasgow|atlanta",
    "number": "four two seven nine|one one eight|double five three two|seven oh six|nine eight one four",
    "count": "two|three|four|five|six|ten",
}


def filled(text: str, chance: random.Random) -> str:
    """The text with each {slot} filled at random."""
    return re.sub(r"\{(\w+)\}", lambda slot: chance.choice(SLOTS[slot[1]].split("|")), text)


def roughened(text: str, chance: random.Random) -> str:
    """The text as people speak and recognizers hear: a filler, a word said twice, lost, or cut off."""
    words, throw = text.split(), chance.random()
    if len(words) <= 3:
        return text
    place = chance.randrange(len(words))
    if throw < 0.15:
        words.insert(place, chance.choice(FILLERS))
    elif throw < 0.22:
        words.insert(place, words[place])
    elif throw < 0.32:
        del words[place]
    elif throw < 0.36:
        del words[max(3, len(words) - chance.randrange(1, 4)) :]
    return " ".join(words)


def hashes(data: Path) -> dict[str, str]:
    """SHA-256 of every file that the model learns from."""
    files = [*sorted(data.glob("*.jsonl")), *sorted(PHRASES.glob("*.jsonl"))]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
