"""Signed requests: the example of Genesys' documentation, and everything that a forger might change."""

from __future__ import annotations

import base64
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.sources.http_signature import signature_error

KEY = "SGVsbG8sIEkgYW0gdGhlIEFQSSBrZXkh"
SECRETS = {KEY: base64.b64decode("TXlTdXBlclNlY3JldEtleVRlbGxOby0xITJAMyM0JDU=")}
HEADERS = {
    "Host": "audiohook.example.com",
    "Audiohook-Organization-Id": "d7934305-0972-4844-938e-9060eef73d05",
    "Audiohook-Session-Id": "30b0e395-84d3-4570-ac13-9a62d8f514c0",
    "Audiohook-Correlation-Id": "e160e428-53e2-487c-977d-96989bf5c99d",
    "X-API-KEY": KEY,
    "Signature": "sig1=:NZBwyBHRRyRoeLqy1IzOa9VYBuI8TgMFt2GRDkDuJh4=:",
    "Signature-Input": 'sig1=("@request-target" "@authority" "audiohook-organization-id" "audiohook-session-id" '
    '"audiohook-correlation-id" "x-api-key");keyid="SGVsbG8sIEkgYW0gdGhlIEFQSSBrZXkh";nonce="VGhpc0lzQVVuaXF1ZU5vbmNl";'
    'alg="hmac-sha256";created=1641013200;expires=3282026430',
}  # the documentation's own example, secret included
NOW = 1641013205.0


def error(headers: Mapping[str, str] = HEADERS, path: str = "/api/v1/voicebiometrics/ws", authority: str = "audiohook.example.com", secrets: Mapping[str, bytes] = SECRETS, now: float = NOW) -> str | None:  # fmt: skip
    return signature_error(headers, "GET", path, authority, secrets, now)


def test_the_documented_example_is_genuine() -> None:
    """However its header names are written, and whatever the case of the host."""
    assert error() is None
    assert error({name.lower(): value for name, value in HEADERS.items()}) is None
    assert error(authority="AudioHook.Example.com") is None


def test_nothing_that_was_signed_may_change() -> None:
    """Not the path, the host, a header, the key, the secret, the proof."""
    assert error(path="/api/v1/other")
    assert error(authority="elsewhere.example")
    assert error(secrets={KEY: b"another"})
    assert error(secrets={})
    assert error(secrets={KEY: b""})
    for name, value in HEADERS.items():
        if name != "Host":
            assert error(HEADERS | {name: value[:-3] + "x" + value[-2:]}), name
            assert error({other: kept for other, kept in HEADERS.items() if other != name}), name


@pytest.mark.parametrize(("now", "genuine"), [(1641013197, True), (1641013196, False), (1641013213, True), (1641013214, False), (4e9, False)])  # fmt: skip
def test_a_signature_lasts_ten_seconds(now: float, genuine: bool) -> None:
    """And three more, since clocks differ."""
    assert (error(now=now) is None) is genuine


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [(' "x-api-key"', "", "not everything"), ('"VGhpc0lzQVVuaXF1ZU5vbmNl"', '"short"', "nonce"), ("hmac-sha256", "none", "not hmac"),
     (";created=1641013200", "", "another time"), ("expires=3282026430", "expires=1641013200", "expired"),
     ('keyid="S', 'keyid="T', "x-api-key"), ("sig1=", "sig2=", "read"), ('" "', '"  "', "read"), (";alg", "; alg", "read"),
     ('"@authority"', '"@authority" "@authority"', "read"), ("created=", "created=1;created=", "read"),
     ('"x-api-key"', '"x-api-key" "cookie"', "does not have")],
)  # fmt: skip
def test_a_claim_that_is_not_as_it_must_be_is_refused(old: str, new: str, said: str) -> None:
    """In words that say what."""
    changed = HEADERS["Signature-Input"].replace(old, new)
    assert changed != HEADERS["Signature-Input"]
    now = NOW if "expire" not in old else 1641013204
    told = error(HEADERS | {"Signature-Input": changed}, now=now)
    assert told is not None
    assert said in told


def test_a_key_with_an_empty_secret_need_not_sign() -> None:
    """As Genesys has it; any other key must."""
    unsigned = {name: value for name, value in HEADERS.items() if not name.startswith("Signature")}
    assert error(unsigned, secrets={KEY: b""}) is None
    assert error(unsigned)
    assert error({}, secrets={KEY: b""})


@given(st.dictionaries(st.sampled_from(list(HEADERS)), st.text(max_size=80)))
def test_any_header_gives_an_answer(changes: dict[str, str]) -> None:
    """A reason or none, never an exception; and none only for what is genuine."""
    headers = HEADERS | changes
    told = error(headers)
    error(headers | {"X-API-KEY": "\udcff"})  # how bytes that are no text arrive
    signed = {name: headers[name].strip() for name in HEADERS if name != "Host"}
    assert told is not None or signed == {name: HEADERS[name] for name in signed}
