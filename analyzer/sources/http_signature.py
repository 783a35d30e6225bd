"""Whether a request was signed by somebody who knows the secret: HTTP message signatures as AudioHook uses them.

    signature-input: sig1=("@request-target" "@authority" ...);keyid="KEY";nonce="...";created=1641013200
    signature:       sig1=:base64 of the HMAC-SHA256 over the lines below:

        "@request-target": /audiohook
        "@authority": calls.example
        ...
        "@signature-params": (everything after sig1=)

Read strictly: one signature, in the one spelling that the standard calls canonical; what deviates is refused.
[draft-ietf-httpbis-message-signatures-11, now RFC 9421; AudioHook reference implementation, signature-verifier]
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass

NEEDED = (
    "@request-target", "@authority", "audiohook-organization-id", "audiohook-session-id", "audiohook-correlation-id",
    "x-api-key",
)  # fmt: skip
SHORTEST_NONCE = 22  # characters: 128 bits in base64
OLDEST_S = 10  # AudioHook's own limit
SKEW_S = 3  # by which two clocks may differ
LONGEST_HEADER = 4_096

_LABEL = r"(?P<label>[a-z*][a-z0-9_.*-]{0,63})="
_INPUT = re.compile(
    rf'{_LABEL}(?P<all>\((?P<names>"[^"\\]+"(?: "[^"\\]+")*)\)(?P<params>(?:;[a-z]+=(?:"[^"\\]*"|\d{{1,15}}))+))'
)
_SIGNATURE = re.compile(rf"{_LABEL}:(?P<bytes>[A-Za-z0-9+/=]+):")
_PARAM = re.compile(r';([a-z]+)=(?:"([^"\\]*)"|([0-9]{1,15}))')


@dataclass(frozen=True, slots=True)
class Signed:
    """What a request claims of its signature."""

    names: tuple[str, ...]  # of what was signed, in order
    params: Mapping[str, str]
    line: str  # the parameters as they were signed
    signature: bytes

    def second(self, name: str) -> int | None:
        """A parameter that is a time, in seconds since 1970."""
        value = self.params.get(name, "")
        return int(value) if value.isdecimal() and value.isascii() else None


def signature_error(
    headers: Mapping[str, str], method: str, path: str, authority: str, secrets: Mapping[str, bytes], now: float
) -> str | None:
    """What is wrong with a request's signature, in a few words; None if nothing.

    `path` is the request target with its query, `authority` the host that the other side connected to, `secrets`
    the secret bytes by API key (one with an empty secret need not sign), `now` seconds since 1970.
    """
    fields = {name.lower(): value.strip() for name, value in headers.items()}
    key = fields.get("x-api-key", "")
    if secrets.get(key) == b"" and "signature" not in fields and "signature-input" not in fields:
        return None
    signed = signed_by(fields)
    if signed is None:
        return "no signature that can be read"
    trouble = claim_error(signed, key, now)
    if trouble:
        return trouble
    known = {"@request-target": path, "@authority": authority.lower(), "@method": method.upper()}
    values = {name: known.get(name, fields.get(name)) for name in signed.names}
    lines = [f'"{name}": {value}' for name, value in values.items() if value is not None]
    if len(lines) < len(signed.names):
        return "something is signed that the request does not have"
    base = "\n".join([*lines, f'"@signature-params": {signed.line}'])
    computed = hmac.new(secrets.get(key) or b"\0", base.encode(errors="surrogateescape"), hashlib.sha256).digest()
    same = hmac.compare_digest(computed, signed.signature)  # computed for an unknown key too: it takes as long
    return None if same and secrets.get(key) else "a signature that does not fit the API key"


def signed_by(fields: Mapping[str, str]) -> Signed | None:
    """The one signature of a request, read strictly; None if there is none."""
    given, signature = fields.get("signature-input", ""), fields.get("signature", "")
    if max(len(given), len(signature)) > LONGEST_HEADER:
        return None
    claim, proof = _INPUT.fullmatch(given), _SIGNATURE.fullmatch(signature)
    if claim is None or proof is None or claim["label"] != proof["label"]:
        return None
    names = tuple(claim["names"].strip('"').split('" "'))
    params = {name: text or number for name, text, number in _PARAM.findall(claim["params"])}
    if len(set(names)) < len(names) or len(params) < len(_PARAM.findall(claim["params"])):
        return None
    try:
        return Signed(names, params, claim["all"], base64.b64decode(proof["bytes"], validate=True))
    except binascii.Error:
        return None


def claim_error(signed: Signed, key: str, now: float) -> str | None:
    """What is wrong with a claim before its proof is looked at."""
    created, expires = signed.second("created"), signed.second("expires")
    checks = (
        (set(NEEDED) <= set(signed.names), "not everything is signed that has to be"),
        (bool(key) and signed.params.get("keyid") == key, "the key of the signature is not the x-api-key"),
        (signed.params.get("alg", "hmac-sha256") == "hmac-sha256", "a signature that is not hmac-sha256"),
        (len(signed.params.get("nonce", "")) >= SHORTEST_NONCE, "a nonce that is missing or too short"),
        (created is not None and created - SKEW_S <= now <= created + OLDEST_S + SKEW_S, "a signature of another time"),
        (expires is None or now <= expires + SKEW_S, "a signature that has expired"),
    )
    return next((trouble for holds, trouble in checks if not holds), None)
