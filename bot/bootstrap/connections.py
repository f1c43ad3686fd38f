"""What one connection may hold, and how many there may be: a stranger gets nothing for nothing.

Every wait for somebody else's bytes has an end, and every size a limit. Who is above them gets a well-formed answer
(408, 413, 431, 503) and is cut.
"""

import asyncio
import ipaddress
import resource
import sys
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from bot.core.messaging.network_source import Network, source_of

HEADER_SECONDS = 10.0
"""For the request line and all headers, from the first moment on."""
MAX_HEADER_BYTES = 24 * 1024
"""Browsers send some two kilobytes; common servers take 8 to 32."""
BODY_SECONDS = 15.0
SLOWEST_BYTES_A_SECOND = 8 * 1024
"""Of a body: a phone on a bad line sends faster."""
MAX_BODY_BYTES = 4 * 1024 * 1024
"""More than any route takes; each has its own limit below."""
EXCHANGE_SECONDS = 180.0
"""From the headers to the end of the answer, whoever is slow."""
CLOSING_SECONDS = 2.0
"""Until a connection that was refused is cut, whatever the other side does."""
MAX_DISCARDED_BYTES = 1024 * 1024
MAX_CONNECTIONS = 1_000
MAX_OF_A_SOURCE = 250
"""A browser opens six, a platform's webhooks some dozens, an office behind one address some more."""
FILES_FOR_OTHERS = 128
"""Open files that the database, the NLU, the platforms and the logs need."""
BACKLOG = 64
"""Connections that are accepted in one go, before the first of them can be refused."""
WANTED_FILES = 8_192


class Idle(Protocol):
    """A connection on which nothing was asked yet, or nothing more."""

    def give_way(self) -> None:
        """End it for a newer one."""


@dataclass(kw_only=True)
class Gate:
    """Counts the connections of a process; where it is full, one that only waits gives way to a new one."""

    most: int
    most_of_a_source: int = MAX_OF_A_SOURCE
    exempt: Collection[Network] = ()
    """Proxies of ours, which bring everybody's."""
    _open: Counter[str] = field(default_factory=Counter)
    _idle: dict[Idle, str] = field(default_factory=dict)
    """Connections that wait for headers with their source, the one that has waited longest first."""

    def enter(self, address: str) -> str | None:
        """Count a connection; return what it is counted under, None when there are too many that are at work."""
        source = source_of(address)
        is_exempt = any(_lies_in(address, network) for network in self.exempt)
        if not is_exempt and self._open[source] >= self.most_of_a_source and not self._make_room(source):
            return None
        if self._open.total() >= self.most and not self._make_room(None):
            return None
        self._open[source] += 1
        return source

    def leave(self, source: str) -> None:
        """Forget a connection."""
        self._open[source] -= 1
        if self._open[source] <= 0:
            del self._open[source]

    def is_waiting(self, connection: Idle, source: str) -> None:
        """Remember that nothing was asked on a connection yet."""
        self._idle.setdefault(connection, source)

    def is_asking(self, connection: Idle) -> None:
        """Forget that a connection only waited."""
        self._idle.pop(connection, None)

    def _make_room(self, source: str | None) -> bool:
        """End the connection that has waited longest, of one source or of all; False when none only waits."""
        waiting = (idle for idle, its_source in self._idle.items() if source is None or its_source == source)
        longest = next(waiting, None)
        if longest is None:
            return False
        del self._idle[longest]
        longest.give_way()
        return True


def gate_of_process(exempt: Collection[Network]) -> Gate:
    """Return a gate well below the files that the process may open; the limit is raised as far as it may be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED_FILES if hard == resource.RLIM_INFINITY else min(hard, WANTED_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    files = WANTED_FILES if soft == resource.RLIM_INFINITY else soft
    most = max(min(MAX_CONNECTIONS, files - FILES_FOR_OTHERS - BACKLOG), BACKLOG)
    return Gate(most=most, exempt=exempt)


def guarded_by(gate: Gate) -> type[H11Protocol]:
    """Return the protocol of connections that pass this gate."""
    return type("GuardedConnection", (_GuardedConnection,), {"gate": gate})


class _GuardedConnection(H11Protocol):
    """One connection with deadlines."""

    gate: ClassVar[Gate]

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._source: str | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._waits_for: str = ""
        self._discarded: int | None = None
        """Bytes that came after the last answer; None while it has not been given."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        peer = transport.get_extra_info("peername")
        self._source = self.gate.enter(str(peer[0]) if isinstance(peer, tuple) and peer else "")
        super().connection_made(transport)
        if self._source is None:
            self._end(503, is_patient=False)
            return
        self._wait("headers", HEADER_SECONDS)

    def give_way(self) -> None:
        if self._source is not None:
            self.gate.leave(self._source)
            self._source = None
        self._end(408, is_patient=False)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._source is not None:
            self.gate.leave(self._source)
            self._source = None
        self._rest()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._discarded is not None:
            self._discarded += len(data)
            if self._discarded > MAX_DISCARDED_BYTES:
                self.transport.abort()
            return
        if self.transport.is_closing():
            return
        before = self.scope
        super().data_received(data)
        if self.transport.is_closing() or self._discarded is not None:
            return
        if self.scope is not before:
            self._begin_exchange()
        elif self._waits_for == "body" and self.conn.their_state is not h11.SEND_BODY:
            self._wait("answer", EXCHANGE_SECONDS)
        elif not self._waits_for and self.conn.their_state is h11.IDLE:
            self._wait("headers", HEADER_SECONDS)

    def on_response_complete(self) -> None:
        self._rest()
        before = self.scope
        super().on_response_complete()
        if self.transport.is_closing() or self._discarded is not None:
            return
        if self.scope is not before:
            self._begin_exchange()
        elif self.conn.their_state is h11.IDLE and self.conn.trailing_data[0]:
            self._wait("headers", HEADER_SECONDS)

    def send_400_response(self, msg: str) -> None:
        """Answer what is no request; headers that are too long by their own status."""
        error = sys.exc_info()[1]
        is_long = isinstance(error, h11.RemoteProtocolError) and error.error_status_hint == 431
        self._end(431 if is_long else 400)

    def _begin_exchange(self) -> None:
        """Look at a request whose headers are complete."""
        length = next((value for name, value in self.headers if name == b"content-length"), None)
        size = int(length) if length is not None and length.isdigit() else 0
        if size > MAX_BODY_BYTES:
            self._end(413)
        elif self.conn.their_state is h11.SEND_BODY:
            self._wait("body", BODY_SECONDS + size / SLOWEST_BYTES_A_SECOND)
        elif not self.cycle.response_complete:
            self._wait("answer", EXCHANGE_SECONDS)

    def _wait(self, what: str, seconds: float) -> None:
        self._rest()
        self._waits_for = what
        if what == "headers" and self._source is not None:
            self.gate.is_waiting(self, self._source)
        self._deadline = self.loop.call_later(seconds, self._too_late)

    def _rest(self) -> None:
        self._waits_for = ""
        self.gate.is_asking(self)
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_late(self) -> None:
        if self._waits_for == "answer":
            self.transport.abort()
        else:
            self._end(408)

    def _end(self, status: int, *, is_patient: bool = True) -> None:
        """Answer with a status where nothing was answered yet, and cut the connection.

        Args:
            is_patient: whether what still comes is thrown away for a moment; a connection that is closed with bytes
                unread is reset, and then the answer may never arrive.
        """
        self._rest()
        self._unset_keepalive_if_required()
        self._discarded = 0
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            answer = b"HTTP/1.1 %d %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            self.transport.write(answer % (status, _PHRASES[status]))
        if self.cycle is not None:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if is_patient and self.transport.can_write_eof():
            self.flow.resume_reading()
            self.transport.write_eof()
        else:
            self.transport.close()
        self.loop.call_later(CLOSING_SECONDS, self.transport.abort)


_PHRASES = {
    400: b"Bad Request",
    408: b"Request Timeout",
    413: b"Content Too Large",
    431: b"Request Header Fields Too Large",
    503: b"Service Unavailable",
}


def _lies_in(address: str, network: Network) -> bool:
    try:
        return ipaddress.ip_address(address) in network
    except ValueError:
        return False
