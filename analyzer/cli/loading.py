"""The one place that builds engines: from the name of a model to something that hears or reads."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from analyzer import models
from analyzer.affect import TurnReader
from analyzer.cli.logs import say
from analyzer.cli.models import found_to_work, transfer_bar
from analyzer.errors import OutputError
from analyzer.record import Identity
from analyzer.speech import SpeechEngine, VoiceActivity

if TYPE_CHECKING:
    from analyzer.engines.vosk_engine import Pace
    from analyzer.playbook import Playbook

AFFECT = "affect-en"
VOICE_ACTIVITY = "silero-vad"
SHIPPED = {"voice_activity": VOICE_ACTIVITY, "affect": AFFECT}
EARS = {"vosk": "", "whisper": "whisper-base", "whisper-tiny": "whisper-tiny.en"}


@dataclass(frozen=True, slots=True)
class Engines:
    """All that is loaded once and shared by every call of the process."""

    speech: SpeechEngine
    activity: Callable[[], VoiceActivity]
    reader: TurnReader
    identities: dict[str, Identity]  # by role, for the record


def load_engines(ready: int = 0, ears: str = "vosk", spare: int = 0, *, pace: Pace = "archive") -> Engines:
    """Everything that scoring a call needs; a missing speech model is fetched, saying so.

    `ready` recognizers are made at once, so that the first call starts without a stall; for live calls `spare` are
    kept ready from then on.  At the `pace` of live calls words are told as early as they can be, for a fifth more work;
    an archive has no partials.  `ears` other than Vosk's are for recordings only.
    """
    if ears != "vosk":
        return _with_whisper(ears)
    from analyzer.engines.silero import SileroEngine
    from analyzer.engines.vosk_engine import PACES, VoskEngine

    hearing = VoskEngine(speech_model(), PACES[pace])
    hearing.prepare(ready)
    if spare:
        hearing.keep_ready(spare)
    return Engines(hearing, SileroEngine(voice_activity_model()), turn_reader(), identities(ears))


def identities(ears: str = "vosk") -> dict[str, Identity]:
    """Who hears and reads, by role, for the record; a missing speech model is fetched, saying so."""
    found = {role: Identity(name, models.identity(name)) for role, name in SHIPPED.items()}
    if ears != "vosk":
        from analyzer.digest import sha256
        from analyzer.engines.whisper_engine import weights

        return found | {"speech": Identity(EARS[ears], sha256(weights(EARS[ears]) / "model.bin"))}
    speech = speech_model().resolve()  # perhaps a user's own, which has its own name
    return {"speech": Identity(speech.name, models.identity(models.default_speech())), **found}


def _with_whisper(ears: str) -> Engines:
    from analyzer.engines.silero import SileroEngine
    from analyzer.engines.whisper_engine import WhisperEngine, weights

    hearing = WhisperEngine(weights(EARS[ears]))
    return Engines(hearing, SileroEngine(voice_activity_model()), turn_reader(), identities(ears))


def speech_model() -> Path:
    """The folder of the speech model, fetched with a progress bar if it is not here."""
    name = models.default_speech()
    with transfer_bar(name) as progress:
        models.ensure(name, say, progress)
    return found_to_work(name)


def voice_activity_model() -> Path:
    """The file of the speech detector that comes with the program."""
    return models.find(VOICE_ACTIVITY) / "silero_vad_16k.onnx"


def turn_reader() -> TurnReader:
    """The text model that comes with the program."""
    from analyzer.engines.onnx_affect import OnnxAffect

    return OnnxAffect(models.find(AFFECT))


def load_playbook(path: Path | None) -> Playbook:
    """The playbook in a file, or the one that comes with the program."""
    from analyzer.playbook import default_playbook, read_playbook

    return default_playbook() if path is None else read_playbook(path)


def tls_context(certificate: Path | None, key: Path | None) -> ssl.SSLContext | None:
    """The certificate to serve with; None for plain http."""
    if certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(certificate, key)
    except OSError as error:  # ssl's own errors are among them
        raise OutputError(f"cannot use the certificate {certificate}: {error.strerror or error}") from error
    return context
