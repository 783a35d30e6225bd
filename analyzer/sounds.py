"""What a line carries while nobody speaks: music and ringing, told from silence, noise and keys.

Half a second at a time is sorted by the shape of its spectrum between 150 and 3400 Hz, the band of a telephone.
Noise spreads over the band; a tune puts most of its energy into few narrow peaks; ringing is one tone or two,
always the same.  A sound begins when most of a short stretch is of its kind, and is over when next to nothing of
a stretch is: tunes have rests, and a telephone rings with pauses.  Speech is left to the speech detector, which
hears no speech in music; stretches that it takes for speech count against any sound.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from analyzer.audio import ENGINE_RATE, Samples, Speaker
from analyzer.speech import VAD_SAMPLES

SoundKind = Literal["music", "ringback"]
BlockKind = Literal["music", "ringback", "keys", "noise", "quiet", "speech"]

BLOCK_WINDOWS = 16  # of the speech detector: half a second
FRAME = 2048  # samples, 128 ms: peaks 8 Hz wide
HOP = FRAME // 2
LOUD = 0.003  # -50 dBFS, above the idle noise of a line
LEAST_LOUD = 2  # frames of a block; less is a click
PEAK_BINS = 2  # on each side of a peak belong to it
PURE = 0.95  # of the energy in two peaks: signalling tones
TUNEFUL = 0.62  # of the energy in the twelve strongest bins: music has .7 and more, noise .5 at most
TUNE_BINS = 12
RINGING_HZ = (330.0, 620.0)  # 400 to 480 in most countries
KEY_HZ = ((680.0, 960.0), (1190.0, 1500.0))  # a key is one tone of each range
KEY_SHARE = 0.7  # of the energy; a key pressed for a tenth of a second does not fill a frame, so its peaks are wide

_HZ = np.fft.rfftfreq(FRAME, 1 / ENGINE_RATE)
_BAND = slice(*np.searchsorted(_HZ, (150.0, 3400.0)))
_BAND_HZ = _HZ[_BAND]
_TAPER = np.hanning(FRAME).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Sound:
    """Music or ringing on one side's line; without `end_s` and `over_s` it is still going on."""

    speaker: Speaker
    kind: SoundKind
    start_s: float
    known_s: float  # the call time at which it was noticed
    end_s: float | None = None
    over_s: float | None = None  # the call time at which its end was noticed


@dataclass(frozen=True, slots=True)
class Stretch:
    """How many of the last `blocks` begin a sound, and how few end it."""

    blocks: int
    begins_with: int
    gone: int  # blocks without it (but for `strays`) that end it
    strays: int


STRETCHES: Mapping[SoundKind, Stretch] = {
    "music": Stretch(blocks=6, begins_with=5, gone=6, strays=1),  # known within 3 s; a rest of 2.5 s is bridged
    "ringback": Stretch(blocks=3, begins_with=2, gone=12, strays=0),  # pauses between rings are 4 s at most
}


class SoundTracker:
    """Hears one window of `VAD_SAMPLES` after another; tells when a sound begins and when it is over."""

    def __init__(self, speaker: Speaker) -> None:
        self._speaker: Speaker = speaker
        self._windows: list[Samples | None] = []  # None: too quiet to look at
        self._speech = False
        self._kinds: deque[BlockKind] = deque(maxlen=max(s.gone for s in STRETCHES.values()))
        self._count = 0
        self._now: Sound | None = None

    def hear(self, window: Samples, is_speech: bool) -> Sound | None:
        """One more window; the sound that has begun or ended with it."""
        is_quiet = float(np.dot(window, window)) < len(window) * (LOUD / 2) ** 2
        self._windows.append(None if is_quiet else window.copy())
        self._speech |= is_speech
        if len(self._windows) < BLOCK_WINDOWS:
            return None
        self._kinds.append("speech" if self._speech else self._kind())
        self._windows, self._speech = [], False
        self._count += 1
        return self._ended() if self._now else self._begun()

    def finish(self, at_s: float) -> Sound | None:
        """The line is closed: the sound that was still going on."""
        return self._over(at_s, at_s) if self._now else None

    def _kind(self) -> BlockKind:
        if all(window is None for window in self._windows):
            return "quiet"
        empty = np.zeros(VAD_SAMPLES, dtype=np.float32)
        return kind_of(np.concatenate([empty if window is None else window for window in self._windows]))

    def _begun(self) -> Sound | None:
        for kind, stretch in STRETCHES.items():
            recent = list(self._kinds)[-stretch.blocks :]
            if recent.count(kind) >= stretch.begins_with:
                start_s = self._block_s(self._count - len(recent) + recent.index(kind))
                self._now = Sound(self._speaker, kind, start_s, self._block_s(self._count))
                return self._now
        return None

    def _ended(self) -> Sound | None:
        assert self._now
        stretch = STRETCHES[self._now.kind]
        recent = list(self._kinds)[-stretch.gone :]
        if len(recent) < stretch.gone or recent.count(self._now.kind) > stretch.strays:
            return None
        stray = recent.index(self._now.kind) + 1 if self._now.kind in recent else 0
        first_without = self._count - len(recent) + (stray if stray <= stretch.strays else 0)
        return self._over(self._block_s(first_without), self._block_s(self._count))

    def _over(self, end_s: float, over_s: float) -> Sound:
        assert self._now
        begun, self._now = self._now, None
        self._kinds.clear()
        return Sound(begun.speaker, begun.kind, begun.start_s, begun.known_s, max(end_s, begun.start_s), over_s)

    @staticmethod
    def _block_s(number: int) -> float:
        return round(number * BLOCK_WINDOWS * VAD_SAMPLES / ENGINE_RATE, 3)


def kind_of(block: Samples) -> BlockKind:
    """What (n,) float32 samples at ENGINE_RATE, in which nobody speaks, sound like."""
    frames = np.lib.stride_tricks.sliding_window_view(block, FRAME)[::HOP]
    loud = frames[np.sqrt(np.mean(frames**2, axis=1)) > LOUD]
    if len(loud) < LEAST_LOUD:
        return "quiet"
    power = np.abs(np.fft.rfft(loud * _TAPER, axis=1))[:, _BAND] ** 2
    spectra = power / np.maximum(power.sum(axis=1, keepdims=True), 1e-12)
    peaks = [_two_peaks(spectrum) for spectrum in spectra]
    if 3 * sum(share >= KEY_SHARE and _is_key(tones) for tones, share in peaks) >= len(peaks):  # the rest are edges
        return "keys"
    pure = [tones for tones, share in peaks if share >= PURE]
    if 2 * len(pure) > len(peaks):
        ringing = sum(all(RINGING_HZ[0] <= hz <= RINGING_HZ[1] for hz in tones) for tones in pure)
        return "ringback" if 2 * ringing > len(pure) else "keys"
    strongest = np.sort(spectra, axis=1)[:, -TUNE_BINS:].sum(axis=1)
    return "music" if float(np.mean(strongest)) >= TUNEFUL else "noise"


def _is_key(tones: tuple[float, ...]) -> bool:
    return len(tones) == 2 and all(low <= hz <= high for hz, (low, high) in zip(sorted(tones), KEY_HZ, strict=True))


def _two_peaks(spectrum: npt.NDArray[np.float32]) -> tuple[tuple[float, ...], float]:
    """The tones of the strongest peaks, one or two, in Hz; and their share of the energy."""
    rest, tones, share = spectrum.copy(), list[float](), 0.0
    for _ in range(2):
        top = int(np.argmax(rest))
        around = slice(max(top - PEAK_BINS, 0), top + PEAK_BINS + 1)
        found = float(rest[around].sum())
        if found >= 0.05:  # a second tone weaker than that is the first one's edge
            tones.append(float(_BAND_HZ[top]))
        share += found
        rest[around] = 0.0
    return tuple(tones), share
