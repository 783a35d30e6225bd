"""The notice board between the calls' threads and the pages: numbered messages, a bounded queue a reader.

A reader that does not keep up is cut off rather than waited for; its page connects again and is given the
state of its calls and what it missed.  All of it lives in the event loop, save `post`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from analyzer.live.view import Message

KEPT = 500  # messages, so that a page that was away for a minute misses nothing
LONGEST_QUEUE = 200  # messages that a reader may be behind
FLEETING = ("partial", "early", "health", "put away")  # not worth telling later

Wanted = Callable[[Message], bool]


@dataclass(frozen=True, slots=True)
class Posted:
    """A message and its number; numbers rise by one for as long as the program runs."""

    number: int
    message: Message


class Reader:
    """One page's queue.  `next` gives None once it was cut off."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._queue: deque[Posted] = deque()
        self._news = asyncio.Event()
        self.is_cut_off = False

    def put(self, posted: Posted) -> None:
        """Queue a message if the page wants it; too many, and the reader is cut off."""
        if self.is_cut_off or not self._wanted(posted.message):
            return
        if len(self._queue) >= LONGEST_QUEUE:
            self.cut_off()
            return
        self._queue.append(posted)
        self._news.set()

    def cut_off(self) -> None:
        """Tell it nothing more."""
        self.is_cut_off = True
        self._queue.clear()
        self._news.set()

    async def next(self, timeout_s: float) -> Posted | None:
        """The next message, or None after `timeout_s` of silence or when cut off."""
        if not self._queue and not self.is_cut_off:
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), timeout_s)
            except (TimeoutError, asyncio.TimeoutError):  # one class from Python 3.11 on
                return None
        return self._queue.popleft() if self._queue else None


class Board:
    """Every message of every call, told to the readers that want it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._kept: deque[Posted] = deque(maxlen=KEPT)
        self._readers: set[Reader] = set()
        self.number = 0  # of the newest message
        self.cut_off = 0  # readers that did not keep up

    def post(self, message: Message) -> None:
        """Tell everybody; from any thread."""
        try:
            self._loop.call_soon_threadsafe(self.post_here, message)
        except RuntimeError:  # the loop has closed: nobody is left to read
            return

    def post_here(self, message: Message) -> None:
        """The same from within the event loop."""
        self.number += 1
        posted = Posted(self.number, message)
        if message["type"] not in FLEETING:
            self._kept.append(posted)
        for reader in list(self._readers):
            reader.put(posted)
            if reader.is_cut_off:
                self.cut_off += 1
                self._readers.discard(reader)

    def missed(self, after: int, wanted: Wanted) -> list[Posted]:
        """What a reader that saw number `after` last has missed, as far as it was kept."""
        return [posted for posted in self._kept if posted.number > after and wanted(posted.message)]

    @contextmanager
    def reader(self, wanted: Wanted) -> Iterator[Reader]:
        """A reader of what comes from now on."""
        reader = Reader(wanted)
        self._readers.add(reader)
        try:
            yield reader
        finally:
            self._readers.discard(reader)

    def close(self) -> None:
        """No more messages: every page is let go."""
        for reader in self._readers:
            reader.cut_off()
        self._readers.clear()
