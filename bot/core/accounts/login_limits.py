"""How often a login may be tried: strangers slow themselves down, and nobody else.

There is no lock that a stranger could aim at an account. Tries are slowed for one name from one address; all unknown
browsers together are slowed for a name; and a browser that the user has logged in with before has tries of its own,
which nobody else can use up.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

TRIES = 5
"""Wrong passwords or codes that one source may try at once."""
SECONDS_PER_TRY = 180.0
"""After those, one try in so long."""
TRIES_OF_STRANGERS = 20
"""Wrong passwords that all unknown browsers together may try at once for one name."""
REMEMBERED_FOR = timedelta(days=180)
"""How long a browser is known after a login."""
NAMES_OF_A_BROWSER = 5
"""Users that one browser may be known for, those of the latest logins."""


class FailureKind(StrEnum):
    """What was wrong."""

    PASSWORD = "password"  # noqa: S105
    CODE = "code"
    COMMAND = "command"
    """Password or code of a command on the server."""
    HELD_BACK = "held_back"
    """Not looked at: too many tries before."""


FAILURE_WORDS = {
    FailureKind.PASSWORD: "kata sandi salah",
    FailureKind.CODE: "kode salah",
    FailureKind.COMMAND: "perintah ditolak",
    FailureKind.HELD_BACK: "ditahan karena terlalu sering",
}


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a try comes from."""

    address: str
    """The network's; empty where there is none."""
    browser: str | None = None
    """What is known of the browser by an earlier login of the same user; None for an unknown one."""


AT_TERMINAL = Origin(address="", browser="terminal")
"""A command on the server; no try from outside counts against it."""


@dataclass(frozen=True, kw_only=True)
class TryLimit:
    """One allowance that a try counts against."""

    source: str
    """Kept only as a keyed hash that changes every day."""
    tries: int = TRIES
    seconds: float = SECONDS_PER_TRY


def own_limit(name: str, origin: Origin) -> TryLimit:
    """Return the allowance of one source for one name, whether or not there is such a user."""
    if origin.browser is not None:
        return TryLimit(source=f"login browser {name} {origin.browser}")
    return TryLimit(source=f"login address {name} {origin.address}")


def strangers_limit(name: str, origin: Origin) -> TryLimit | None:
    """Return the allowance of all unknown browsers for one name, None for a known one."""
    return None if origin.browser is not None else TryLimit(source=f"login name {name}", tries=TRIES_OF_STRANGERS)


def code_limit(name: str, origin: Origin) -> TryLimit:
    """Return the allowance for codes; only who knows the password comes so far, so all addresses count together."""
    return TryLimit(source=f"code {name} {origin.browser or ''}")


def change_limit(session_id: str) -> TryLimit:
    """Return the allowance for the present password when it is changed."""
    return TryLimit(source=f"password change {session_id}")


@dataclass(frozen=True, kw_only=True)
class FailureSum:
    """How often logins of one name failed in one hour."""

    name: str
    """Empty: of all names that nobody has."""
    hour: datetime
    kind: FailureKind
    times: int


def described(sums: Iterable[FailureSum]) -> str:
    """Return the failures of one name and hour in Indonesian."""
    parts: Sequence[FailureSum] = sorted(sums, key=lambda one: list(FailureKind).index(one.kind))
    return ", ".join(f"{one.times} kali {FAILURE_WORDS[one.kind]}" for one in parts)


def hour_of(now: datetime) -> datetime:
    """Return the beginning of the hour."""
    return now.replace(minute=0, second=0, microsecond=0)
