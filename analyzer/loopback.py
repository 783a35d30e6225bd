"""Which addresses only this machine can reach: there a page may do without a password."""

from __future__ import annotations

from ipaddress import ip_address

NAMES = ("localhost", "127.0.0.1", "::1")  # by which a browser on this machine asks for it


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`, a name or an address."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
