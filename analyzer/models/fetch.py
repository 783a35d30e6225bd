"""Getting one archive over the network: resumed where it broke off, and checked before it is used."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from analyzer import __version__
from analyzer.digest import sha256
from analyzer.models.manifest import Source

if TYPE_CHECKING:
    import requests

Progress = Callable[[int, int], None]  # bytes so far, bytes in all (0 while that is not known)

CONNECT_S = 4.0  # a server that takes longer to say hello is down
READ_S = 20.0  # of silence in the middle of a transfer
NAME_S = 3.0  # for the name server: where there is no network, some systems ask for half a minute
TRIES = 20  # of one source, each going on where the one before broke off; one that brought nothing is the last
BLOCK = 1 << 14  # what a transfer that breaks off may lose
LARGEST = 4_000_000_000  # bytes; the largest model has half of that


class Unreachable(Exception):
    """A source that did not give what it should; the message says why, in a few words."""


def fetch(source: Source, part: Path, progress: Progress) -> None:
    """Leave the archive in `part`, or as much of it as came.

    Raises `Unreachable` when this source fails, and `OSError` when the disk does.
    """
    import requests

    _resolve(source)
    for attempt in range(1, TRIES + 1):
        resumed = part.exists() and part.stat().st_size > 0
        had = part.stat().st_size if resumed else 0
        try:
            _transfer(source, part, progress)
        except requests.RequestException as error:
            came = part.stat().st_size if part.exists() else 0
            if attempt == TRIES or came <= had:  # broken off without a byte: asking again will not help
                raise Unreachable(_plain(error)) from error
            continue
        if sha256(part) == source.sha256:
            return
        part.unlink()
        if not resumed:  # a resumed file may be the front of one archive and the back of another
            raise Unreachable("sent something else than the model")
    raise Unreachable("broke off too often")


def _resolve(source: Source) -> None:
    """Ask the name server, but not for long.  Behind a proxy that is the proxy's business."""
    import requests

    if requests.utils.get_environ_proxies(source.url):
        return
    answers: list[bool] = []
    host = source.host.rsplit("@", 1)[-1].rsplit(":", 1)[0]
    thread = threading.Thread(target=_ask, args=(host, answers), daemon=True)
    thread.start()
    thread.join(NAME_S)
    if answers != [True]:
        raise Unreachable("is not known to the name server")


def _ask(host: str, answers: list[bool]) -> None:
    try:
        socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    except OSError:
        answers.append(False)
    else:
        answers.append(True)


def _transfer(source: Source, part: Path, progress: Progress) -> None:
    import requests

    have = part.stat().st_size if part.exists() else 0
    headers = {"User-Agent": f"call-analyzer/{__version__}", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    with requests.get(source.url, headers=headers, stream=True, timeout=(CONNECT_S, READ_S)) as response:
        if response.status_code == requests.codes.requested_range_not_satisfiable:
            return  # all of it is here already, or too much; the hash will tell
        if response.status_code not in (requests.codes.ok, requests.codes.partial_content):
            raise Unreachable(f"answered {response.status_code}")
        have = _resumed_at(response)
        total = have + int(response.headers.get("Content-Length") or 0)
        with part.open("r+b" if have else "wb") as file:
            file.truncate(have)
            file.seek(have)
            for block in response.iter_content(BLOCK):
                file.write(block)
                have += len(block)
                if have > LARGEST:
                    raise Unreachable("sends more than any model has")
                progress(have, max(total, have))
    if have < total:
        raise requests.ConnectionError("broke off")


def _resumed_at(response: requests.Response) -> int:
    """The byte at which the answer begins: 0 unless the server agreed to go on."""
    found = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return int(found[1]) if response.status_code == 206 and found else 0


def _plain(error: Exception) -> str:
    """A few words for what `requests` tells in a paragraph."""
    words = {
        "ConnectTimeout": "does not answer",
        "ReadTimeout": "stopped answering",
        "SSLError": "could not prove who it is",
        "ProxyError": "is behind a proxy that does not answer",
        "ChunkedEncodingError": "broke off",
    }
    return words.get(type(error).__name__, "cannot be reached")
