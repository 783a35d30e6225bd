"""The unpacked language graph is the same graph: every state, arc and weight of it."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.audio import ENGINE_RATE
from analyzer.channel import HOP_SAMPLES
from analyzer.engines.language_graph import ARC, HEADER, MAGIC, STATE, NotNgram, as_const, text, unpacked
from analyzer.engines.vosk_engine import VoskEngine, VoskSettings, warm_up_audio
from analyzer.speech import Word

Context = tuple[int, ...]  # the words just heard, the last one last; () knows nothing
Arcs = dict[tuple[int, int], tuple[float, int]]  # (state, word): (weight, next state)

WORDS = st.integers(0, 4)
CONTEXTS = st.sets(st.lists(WORDS, min_size=1, max_size=3).map(tuple), min_size=1, max_size=12)


def closed(contexts: set[Context]) -> list[Context]:
    """With all their suffixes, in the order in which the file numbers them: breadth first, by word."""
    suffixes = {context[start:] for context in contexts | {(0,)} for start in range(len(context) + 1)}
    ordered: list[Context] = [()]
    for context in ordered:  # grows while it is walked
        ordered += sorted(longer for longer in suffixes if len(longer) == len(context) + 1 and longer[1:] == context)
    return ordered


def packed_bits(bits: list[int]) -> bytes:
    padded = np.array(bits + [0] * (-len(bits) % 64), dtype=np.uint8)
    return np.packbits(padded, bitorder="little").tobytes()


def ngram_file(contexts: list[Context], futures: list[list[int]]) -> tuple[bytes, Arcs]:
    """A file as OpenFst writes it, and its arcs, worked out one at a time."""
    number = {context: index for index, context in enumerate(contexts)}
    children = [[c for c in contexts if len(c) == len(context) + 1 and c[1:] == context] for context in contexts]
    context_bits = [1, 0] + [bit for mine in children for bit in [1] * len(mine) + [0]]
    future_bits = [0] + [bit for mine in futures for bit in [1] * len(mine) + [0]]
    count, ahead = len(contexts), sum(len(mine) for mine in futures)
    weights = np.arange(ahead + 1, dtype="<f4") / 4
    backoff = -np.arange(count + 1, dtype="<f4")
    arcs: Arcs = {(state, 0): (backoff[state], number[contexts[state][1:]]) for state in range(1, count)}
    at = 0
    for state, mine in enumerate(futures):
        for word in mine:
            history = (*contexts[state], word)
            longest = next(history[n:] for n in range(len(history) + 1) if history[n:] in number)
            arcs[state, word] = (weights[at], number[longest])
            at += 1
    words = [-1, *(context[0] for context in contexts[1:]), 0]
    data = b"".join([
        struct.pack("<I", MAGIC), text(b"ngram"), text(b"standard"), HEADER.pack(4, 0, 1, 1, count, 0),
        struct.pack("<QQQ", count, ahead, 1),
        packed_bits(context_bits), packed_bits(future_bits), packed_bits([0, 1] + [0] * (count - 2)),
        np.array(words, "<i4").tobytes(), np.array([w for mine in futures for w in mine], "<i4").tobytes(),
        backoff.tobytes(), np.array([0.5], "<f4").tobytes(), weights.tobytes(),
    ])  # fmt: skip
    return data, arcs


def const_arcs(data: bytes) -> tuple[Arcs, list[float]]:
    """The arcs and final weights of a `const` file without symbols."""
    start = 4 + len(text(b"const")) + len(text(b"standard"))
    _, _, _, _, count, number = HEADER.unpack_from(data, start)
    states = np.frombuffer(data, STATE, count, start + HEADER.size)
    arcs = np.frombuffer(data, ARC, number, start + HEADER.size + states.nbytes)
    assert start + HEADER.size + states.nbytes + arcs.nbytes == len(data)
    found: Arcs = {}
    for index, state in enumerate(states):
        mine = arcs[state["arcs_at"] :][: state["arcs"]]
        assert (np.diff(mine["input"]) > 0).all()  # sorted: Vosk looks words up by halving
        assert (mine["input"] == mine["output"]).all()
        found |= {(index, int(arc["input"])): (float(arc["weight"]), int(arc["next"])) for arc in mine}
    return found, states["final"].tolist()


@settings(max_examples=150, deadline=None)
@given(CONTEXTS, st.data())
def test_every_arc_leads_to_the_longest_context_it_can(contexts: set[Context], data: st.DataObject) -> None:
    """Any trie of contexts: the same arcs as by the plain definition of a back-off model."""
    ordered = closed(contexts)
    futures = [sorted(data.draw(st.sets(st.integers(1, 5), max_size=5))) for _ in ordered]
    file, arcs = ngram_file(ordered, futures)
    found, final = const_arcs(as_const(file))
    assert found == arcs
    assert final == [float("inf"), 0.5, *[float("inf")] * (len(ordered) - 2)]


def test_another_kind_of_file_is_left_alone(tmp_path: Path) -> None:
    """A larger model's graph, half a file, none at all: no error, it is used as it is."""
    whole, _ = ngram_file(closed({(1, 2)}), [[1, 2]] * 4)
    for number, data in enumerate((b"", b"text", whole[:60], whole[:-9], whole.replace(b"ngram", b"const"))):
        with pytest.raises(NotNgram):
            as_const(data)
        (tmp_path / f"{number}.fst").write_bytes(data)
        assert unpacked(tmp_path / f"{number}.fst", tmp_path / "cache") is None


def test_it_is_unpacked_once(tmp_path: Path) -> None:
    """The second time the file is there; a changed model is another file; no scraps are left."""
    (tmp_path / "one.fst").write_bytes(ngram_file(closed({(1, 2)}), [[1, 2]] * 4)[0])
    (tmp_path / "two.fst").write_bytes(ngram_file(closed({(1, 3)}), [[1, 2]] * 4)[0])
    first = unpacked(tmp_path / "one.fst", tmp_path / "cache")
    assert first is not None
    written = first.stat().st_mtime_ns
    assert unpacked(tmp_path / "one.fst", tmp_path / "cache") == first
    assert first.stat().st_mtime_ns == written
    assert unpacked(tmp_path / "two.fst", tmp_path / "cache") != first
    assert len(list((tmp_path / "cache").iterdir())) == 2


def test_without_a_cache_the_model_is_used_as_it_is(tmp_path: Path) -> None:
    """A folder that cannot be made is no reason to stop."""
    (tmp_path / "one.fst").write_bytes(ngram_file(closed({(1, 2)}), [[1, 2]] * 4)[0])
    (tmp_path / "cache").write_text("a file where the folder should be")
    assert unpacked(tmp_path / "one.fst", tmp_path / "cache") is None


def test_the_real_model_hears_the_same(vosk_model: Path) -> None:
    """Words, times and confidences, to the last digit."""

    def words(engine: VoskEngine) -> tuple[Word, ...]:
        recognizer, voice = engine.open(), np.pad(warm_up_audio(8.0), (0, ENGINE_RATE // 2))
        for start in range(0, len(voice), HOP_SAMPLES):
            recognizer.accept(voice[start : start + HOP_SAMPLES])
        return recognizer.finish()

    packed = words(VoskEngine(vosk_model, VoskSettings(unpack=False)))
    assert words(VoskEngine(vosk_model, VoskSettings(unpack=True))) == packed
    assert len(packed) > 20
