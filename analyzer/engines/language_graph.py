"""A faster form of the small models' language graph: the same arcs, written out.

The graph of a small Vosk model (`graph/Gr.fst`) is an OpenFst `ngram`: a LOUDS trie in bitmaps, in which
every arc that the recognizer looks at costs several bit counts.  OpenFst's `const` type holds the same
states and arcs as plain tables.  It takes 20 MB more memory and a fifth less time to decode with, and the
words, times and confidences stay the same to the last digit.

How an `ngram` file is laid out (OpenFst, `ngram-fst.h`, file version 4), after the header and symbols:
counts of states S, futures F and finals N; bitmaps of the context trie (2S + 1 bits), of the futures
(F + S + 1) and of the final states (S); then the words of the contexts (S + 1), the words of the futures (F),
and the weights of backing off (S + 1), of ending (N) and of the futures (F + 1).

A state is a context: the words just heard.  State 0 is the empty context, and each other state backs off to
its parent.  After word w the state is the deepest one that ends in w and continues along the old context.
"""

from __future__ import annotations

import hashlib
import os
import struct
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import platformdirs

MAGIC = 0x7EB2FDD6  # of every OpenFst file
HEADER = struct.Struct("<iiQqqq")  # version, flags, properties, start, states, arcs
NGRAM_VERSION = 4
CONST_VERSION = 2
SYMBOLS = 0b11  # the flags that say that input and output symbols follow
ALIGNED = 0b100

Numbers = npt.NDArray[np.int64]
Weights = npt.NDArray[np.float32]

ARC = np.dtype([("input", "<i4"), ("output", "<i4"), ("weight", "<f4"), ("next", "<i4")])
STATE = np.dtype([("final", "<f4"), ("arcs_at", "<u4"), ("arcs", "<u4"), ("input_eps", "<u4"), ("output_eps", "<u4")])


class NotNgram(ValueError):
    """The file is no `ngram` graph of the known version; it can be used as it is."""


def unpacked(source: Path, cache: Path | None = None) -> Path | None:
    """The `const` form of an `ngram` file, made on first use; None if it is of another kind or there is no room.

    `cache` is a folder that may be lost at any time; without one the user's own cache is taken.
    """
    folder = cache or Path(platformdirs.user_cache_dir("call-analyzer")) / "graphs"
    data = source.read_bytes()
    target = folder / f"{hashlib.blake2b(data, digest_size=16).hexdigest()}.const.fst"
    if target.is_file():
        return target
    try:
        written = as_const(data)
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(target, written)
    except (NotNgram, OSError):
        return None
    return target


def write_whole(target: Path, data: bytes) -> None:
    """Write a file that is either complete or not there."""
    handle, name = tempfile.mkstemp(dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).replace(target)
    finally:
        Path(name).unlink(missing_ok=True)


def as_const(data: bytes) -> bytes:
    """The bytes of an `ngram` file as those of a `const` file with the same states, arcs and symbols."""
    try:
        reader = Reader(data)
        header, symbols = reader.header()
        graph = reader.graph()
    except (struct.error, ValueError) as broken:
        raise NotNgram("not a language graph that can be unpacked") from broken
    states, arcs = tables(graph)
    head = HEADER.pack(CONST_VERSION, header.flags & SYMBOLS, header.properties, header.start, len(states), len(arcs))
    return b"".join(
        [struct.pack("<I", MAGIC), text(b"const"), text(b"standard"), head, symbols, states.tobytes(), arcs.tobytes()]
    )


def text(value: bytes) -> bytes:
    """A string as OpenFst writes it."""
    return struct.pack("<i", len(value)) + value


class Header(NamedTuple):
    """What both kinds of file begin with."""

    flags: int
    properties: int
    start: int


@dataclass(frozen=True, slots=True)
class Graph:
    """The contents of an `ngram` file; S states, F futures."""

    parents: Numbers  # (S,) the state that each backs off to; that of state 0 is meaningless
    words: Numbers  # (S,) the word by which a context is longer than its parent's
    futures: Numbers  # (S,) how many words can follow
    future_words: Numbers  # (F,) which, state by state
    future_weights: Weights  # (F,)
    backoff: Weights  # (S,)
    final: Weights  # (S,) infinite where no sentence ends


class Reader:
    """Walks through the bytes of an `ngram` file."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def header(self) -> tuple[Header, bytes]:
        """The header, and the symbol tables as they stand."""
        magic, kind, arc = self._number("<I"), self._text(), self._text()
        version, flags, properties, start, _, _ = HEADER.unpack_from(self._data, self._at)
        self._at += HEADER.size
        if (magic, kind, arc, version) != (MAGIC, b"ngram", b"standard", NGRAM_VERSION):
            raise NotNgram(f"an OpenFst file of type {kind!r}, version {version}")
        begin = self._at
        for _ in range((flags & SYMBOLS).bit_count()):
            self._skip_symbols()
        symbols = self._data[begin : self._at]
        if flags & ALIGNED:
            self._at = -(-self._at // 16) * 16
        return Header(flags, properties, start), symbols

    def graph(self) -> Graph:
        """All that follows."""
        states, futures, finals = (self._number("<Q") for _ in range(3))
        context, future, final = (self._bits(bits) for bits in (2 * states + 1, futures + states + 1, states))
        words = self._array("<i4", states + 1)[:-1].astype(np.int64)
        future_words = self._array("<i4", futures).astype(np.int64)
        backoff = self._array("<f4", states + 1)[:-1]
        final_weights = self._array("<f4", finals)
        future_weights = self._array("<f4", futures + 1)[:-1]
        ends = np.full(states, np.inf, dtype=np.float32)
        ends[final] = final_weights
        nodes = np.flatnonzero(context)  # the bit of each state in the trie
        return Graph(
            parents=nodes - np.arange(states) - 1,  # as many parents are complete as there are zeros before it
            words=words,
            futures=np.diff(np.flatnonzero(~future)) - 1,  # ones between two zeros
            future_words=future_words,
            future_weights=future_weights,
            backoff=backoff,
            final=ends,
        )

    def _skip_symbols(self) -> None:
        self._at += 4  # another magic number
        self._text()
        self._at += 8
        for _ in range(self._number("<q")):
            self._at += struct.unpack_from("<i", self._data, self._at)[0] + 12  # the word, its length and its number

    def _number(self, form: str) -> int:
        number: int = struct.unpack_from(form, self._data, self._at)[0]
        self._at += struct.calcsize(form)
        return number

    def _text(self) -> bytes:
        length = self._number("<i")
        self._at += length
        return self._data[self._at - length : self._at]

    def _array(self, kind: str, count: int) -> npt.NDArray[Any]:
        array = np.frombuffer(self._data, kind, count, self._at)
        self._at += array.nbytes
        return array

    def _bits(self, count: int) -> npt.NDArray[np.bool_]:
        octets = self._array("u1", -(-count // 64) * 8)
        bits: npt.NDArray[np.bool_] = np.unpackbits(octets, count=count, bitorder="little").astype(bool)
        return bits


def tables(graph: Graph) -> tuple[npt.NDArray[np.void], npt.NDArray[np.void]]:
    """The states (S,) and arcs of a `const` file: each state's backing off first, then its words."""
    count = len(graph.words)
    backs_off = (np.arange(count) > 0).astype(np.int64)
    number = graph.futures + backs_off
    states = np.zeros(count, dtype=STATE)
    states["final"], states["arcs"] = graph.final, number
    states["arcs_at"] = np.cumsum(number) - number
    states["input_eps"] = states["output_eps"] = backs_off
    arcs = np.zeros(int(number.sum()), dtype=ARC)
    back = states["arcs_at"][1:]
    arcs["weight"][back], arcs["next"][back] = graph.backoff[1:], graph.parents[1:]
    ahead = np.ones(len(arcs), dtype=bool)
    ahead[back] = False
    arcs["input"][ahead] = arcs["output"][ahead] = graph.future_words
    arcs["weight"][ahead], arcs["next"][ahead] = graph.future_weights, next_states(graph)
    return states, arcs


def next_states(graph: Graph) -> Numbers:
    """(F,) where each word leads: from the empty context by the word, then on along the old context, while it goes."""
    base = int(max(graph.future_words.max(initial=0), graph.words.max(initial=0))) + 1
    keys = graph.parents[1:] * base + graph.words[1:]  # rising, since the trie is written breadth first
    paths = ancestors(graph.parents)[:, np.repeat(np.arange(len(graph.words)), graph.futures)]
    reached, going = step(keys, np.zeros(len(graph.future_words), dtype=np.int64), base, graph.future_words)
    for path in paths:
        onward, found = step(keys, reached, base, graph.words[path])
        going = going & found & (path > 0)
        reached = np.where(going, onward, reached)
    return reached


def step(keys: Numbers, states: Numbers, base: int, words: Numbers) -> tuple[Numbers, npt.NDArray[np.bool_]]:
    """The children of some states by some words, 0 where there is none; and where there is one."""
    wanted = states * base + words
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    found = keys[at] == wanted
    return np.where(found, at + 1, 0), found


def ancestors(parents: Numbers) -> Numbers:
    """(depth, S) the states on the way from the empty context to each state, itself the last; then 0."""
    level = np.arange(len(parents))
    upward = [level]
    while (level := np.where(level > 0, parents[level], 0)).any():
        upward.append(level)
    paths = np.array(upward[::-1])  # from the top, with zeros in front of the shorter ones
    depths = (paths > 0).sum(axis=0)
    rows = (np.arange(len(paths))[:, None] + len(paths) - depths) % len(paths)
    return np.take_along_axis(paths, rows, axis=0)
