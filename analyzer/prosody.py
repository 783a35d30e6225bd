"""How an utterance sounds, in numbers: level, effort, brightness, movement, pitch.  No judgement here.

Everything is measured inside the telephone band on frames of 40 ms every 10 ms, straight at the rate
of the audio.  All numbers but the level are ratios within a frame or differences between frames, so
that a gain in front of them changes nothing.  What aroused speech does to each of them is told in
Scherer 2003 and Juslin and Laukka 2003; why effort lifts the first formant's region over the
lowest harmonics, in Liénard and Di Benedetto 1999.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from analyzer.audio import ENGINE_RATE, Samples, checked_rate

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

FRAME_S = 0.040  # three periods of the deepest voice
HOP_S = 0.010
LAG = 3  # frames over which movement is measured: 30 ms, about half a speech sound
BLOCK = 256  # frames at a time, which stay in the processor's cache
BAND_HZ = (300.0, 3400.0)  # the telephone band
LOW_HZ, EFFORT_HZ = (200.0, 600.0), (600.0, 1600.0)
PITCH_HZ = (70.0, 500.0)
PERIOD_HZ = (80.0, 1600.0)  # harmonics from which a period is read, also when the line cut off the lowest ones
OCTAVE_COST = 0.05  # of periodicity an octave: between two likely periods take the shorter one
EDGES_HZ = (300, 400, 510, 630, 770, 920, 1080, 1270, 1480, 1720, 2000, 2320, 2700, 3400)  # Zwicker's bands
BAND_FLOOR = 10**-4.5  # of the frame's power: what is weaker is codec noise

SPEECH_BELOW_PEAK_DB = 25.0  # quieter frames are pauses, room or somebody else
SPEECH_ABOVE_FLOOR = 0.25  # of the way from the quietest to the loudest frames
VOICED = 0.6  # periodicity from which a frame has a pitch
LONGEST_STEP_ST = 1.5  # semitones in 10 ms: a bigger step is a mistake of the pitch, not a glide

LEAST_SPEECH_S, LEAST_VOICED_S = 0.4, 0.2  # less is a "yes", whose vowel says more than its speaker
LEAST_CONTRAST_DB = 9.0  # loudest to quietest frames; noise alone has 5, speech in 15 dB of babble has 18
MOST_CLIPPED = 0.15  # share of samples at the very peak; a sine wave has 0.03, a shout into a hot line 0.06


@dataclass(frozen=True, slots=True)
class Prosody:
    """One utterance, measured."""

    loudness_db: float  # power while speaking, 300 to 3400 Hz; the only number that a gain changes
    effort_db: float  # 600 to 1600 Hz over 200 to 600 Hz
    brightness_hz: float  # centre of gravity of the voiced spectrum
    motion_db: float  # how far the shape of the spectrum moves in 30 ms
    intonation_st: float  # how far the pitch moves in 30 ms, semitones
    pitch_st: float  # median, semitones above 100 Hz
    rate: float  # syllables a second
    clarity: float  # 0..1, periodicity of the less voiced fifth of the speech: breath and roughness lower it
    fluency: float  # 0..1, share of the utterance without pauses
    speech_s: float  # how much speech all this was measured on


@dataclass(frozen=True, slots=True)
class _Grid:
    """What depends on the sample rate alone."""

    frame: int
    hop: int
    size: int  # of the Fourier transform; long enough that no lag in use wraps around
    window: Floats
    hz: Floats
    lags: npt.NDArray[np.int64]
    lag_gain: Floats  # the window's own autocorrelation, by which the frame's must be divided


@lru_cache(maxsize=8)
def _grid(rate: int) -> _Grid:
    frame, longest = round(FRAME_S * rate), int(rate / PITCH_HZ[0])
    size = 1 << (frame + longest - 1).bit_length()
    window = np.asarray(np.hanning(frame + 2)[1:-1], dtype=np.float64)
    lags = np.arange(int(rate / PITCH_HZ[1]), longest)
    own = np.correlate(np.pad(window, (0, longest)), window)[: longest + 1]
    return _Grid(
        frame,
        round(HOP_S * rate),
        size,
        window,
        np.asarray(np.fft.rfftfreq(size, 1 / rate), dtype=np.float64),
        lags,
        own[lags] / own[0],
    )


@dataclass(frozen=True, slots=True)
class _Frames:
    """A value a frame; arrays (frames,), `shape_db` (frames, bands)."""

    level_db: Floats
    effort_db: Floats
    brightness_hz: Floats
    shape_db: Floats
    pitch_st: Floats
    periodicity: Floats


def measure(samples: Samples, rate: int = ENGINE_RATE, syllables_per_s: float | None = None) -> Prosody | None:
    """Measure one utterance, (n,) float32 at `rate` Hz; None where it is too short or too dirty to tell.

    `syllables_per_s` comes from the words where there are words; else peaks of loudness are counted.
    Silence, samples that are not numbers, noise without speech and hard clipping all give None.
    """
    if not _usable(samples, checked_rate(rate)):
        return None
    frames = _frames(samples, _grid(rate))
    speech = _speech(frames.level_db)
    voiced = speech & (frames.periodicity > VOICED)
    if speech.sum() * HOP_S < LEAST_SPEECH_S or voiced.sum() * HOP_S < LEAST_VOICED_S:
        return None
    first, last = np.flatnonzero(speech)[[0, -1]]
    nuclei = _nuclei(frames.level_db, voiced) / ((last - first + 1) * HOP_S)
    return Prosody(
        loudness_db=10 * float(np.log10(np.mean(10 ** (frames.level_db[speech] / 10)))),
        effort_db=float(frames.effort_db[speech].mean()),
        brightness_hz=float(frames.brightness_hz[voiced].mean()),
        motion_db=_motion(frames.shape_db, speech),
        intonation_st=_intonation(frames.pitch_st, voiced),
        pitch_st=float(np.median(frames.pitch_st[voiced])),
        rate=nuclei if syllables_per_s is None else syllables_per_s,
        clarity=float(np.percentile(frames.periodicity[speech], 20)),
        fluency=float(speech[first : last + 1].mean()),
        speech_s=float(speech.sum() * HOP_S),
    )


def _usable(samples: Samples, rate: int) -> bool:
    if len(samples) < LEAST_SPEECH_S * rate or not np.isfinite(samples).all():
        return False
    size = np.abs(samples)
    peak = float(size.max())
    return peak > 0 and float(np.mean(size >= 0.999 * peak)) < MOST_CLIPPED


def _frames(samples: Samples, grid: _Grid) -> _Frames:
    peak = np.abs(samples).max()  # divided out and put back as decibels: a gain then changes no other digit
    views = np.lib.stride_tricks.sliding_window_view(samples / peak, grid.frame)[:: grid.hop]
    columns = zip(*(_block(views[at : at + BLOCK], grid) for at in range(0, len(views), BLOCK)), strict=True)
    level, *others = (np.concatenate(column) for column in columns)
    return _Frames(level + 20 * np.log10(float(peak)), *others)


def _block(views: Samples, grid: _Grid) -> tuple[Floats, ...]:
    """The fields of `_Frames` for some frames, (m, frame)."""
    centred = (views - views.mean(axis=1, keepdims=True)) * grid.window
    power = np.abs(np.fft.rfft(centred, grid.size)) ** 2
    total = _sum(power, grid, BAND_HZ) + 1e-12
    floor = total * BAND_FLOOR
    effort = (_sum(power, grid, EFFORT_HZ) + floor) / (_sum(power, grid, LOW_HZ) + floor)
    inside = _bins(grid, BAND_HZ)
    brightness = power[:, inside] @ grid.hz[inside] / total
    bands = np.stack([_sum(power, grid, edges) for edges in pairwise(EDGES_HZ)], axis=1)
    shape = _db(np.maximum(bands, floor[:, None]))
    pitch, periodicity = _pitch(power, grid)
    return _db(total), _db(effort), brightness, shape - shape.mean(axis=1, keepdims=True), pitch, periodicity


def _pitch(power: Floats, grid: _Grid) -> tuple[Floats, Floats]:
    """Pitch (semitones above 100 Hz) and periodicity (0..1): the best peak of the autocorrelation (Boersma 1993)."""
    harmonics = np.zeros_like(power)
    inside = _bins(grid, PERIOD_HZ)
    harmonics[:, inside] = power[:, inside]
    echo = np.fft.irfft(harmonics, grid.size)
    near = echo[:, grid.lags] / np.maximum(echo[:, :1], 1e-20) / grid.lag_gain
    best = (near - OCTAVE_COST * np.log2(grid.lags / grid.lags[0])).argmax(axis=1).clip(1, len(grid.lags) - 2)
    row = np.arange(len(near))
    before, peak, after = near[row, best - 1], near[row, best], near[row, best + 1]
    bend = before - 2 * peak + after
    shift = np.where(bend < 0, (before - after) / (2 * np.minimum(bend, -1e-12)), 0.0).clip(-0.5, 0.5)
    rate = grid.hop / HOP_S
    return 12 * np.log2(rate / (grid.lags[best] + shift) / 100), peak


def _speech(level_db: Floats) -> Flags:
    """Which frames are speech; none at all where loud and quiet hardly differ."""
    quiet, loud = np.percentile(level_db, [5, 98])
    if loud - quiet < LEAST_CONTRAST_DB:
        return np.zeros(len(level_db), dtype=bool)
    return np.asarray(level_db > max(loud - SPEECH_BELOW_PEAK_DB, quiet + SPEECH_ABOVE_FLOOR * (loud - quiet)))


def _motion(shape_db: Floats, speech: Flags) -> float:
    both = speech[LAG:] & speech[:-LAG]
    moved = (shape_db[LAG:] - shape_db[:-LAG])[both]
    return float(np.sqrt((moved**2).mean(axis=1)).mean()) if len(moved) else 0.0


def _intonation(pitch_st: Floats, voiced: Flags) -> float:
    """Over stretches that are voiced throughout, and in which the pitch glides rather than jumps."""
    glides = (np.abs(np.diff(pitch_st)) < LONGEST_STEP_ST) & voiced[1:] & voiced[:-1]
    through = np.lib.stride_tricks.sliding_window_view(glides, LAG).all(axis=1)
    moved = np.abs(pitch_st[LAG:] - pitch_st[:-LAG])[through]
    return float(moved.mean()) if len(moved) else 0.0


def _nuclei(level_db: Floats, voiced: Flags) -> float:
    """Syllables, as voiced peaks of the smoothed level (after de Jong and Wempe 2009)."""
    smooth = np.convolve(level_db, np.hanning(11)[1:-1] / np.hanning(11).sum(), "same")
    peaks = (smooth[1:-1] > smooth[:-2]) & (smooth[1:-1] >= smooth[2:]) & voiced[1:-1]
    return float(peaks.sum())


def _db(power: Floats) -> Floats:
    return np.asarray(10 * np.log10(power))


def _bins(grid: _Grid, edges: tuple[float, float]) -> slice:
    first, last = np.searchsorted(grid.hz, edges)
    return slice(int(first), int(last))


def _sum(power: Floats, grid: _Grid, edges: tuple[float, float]) -> Floats:
    return np.asarray(power[:, _bins(grid, edges)].sum(axis=1))
