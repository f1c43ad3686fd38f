"""Who somebody is on WhatsApp: an opaque id and its kind, never taken apart and never assumed to be digits."""

from dataclasses import dataclass
from enum import StrEnum

MAX_ID = 190
"""Characters; BSUIDs are some tens, a phone number at most 15."""


class IdKind(StrEnum):
    """What an id is."""

    BSUID = "bsuid"
    """Business-scoped: stays the same when the person hides their number."""
    WA_ID = "wa_id"
    """A phone number, as WhatsApp writes it."""


@dataclass(frozen=True, kw_only=True)
class Identity:
    """One person, for one business."""

    kind: IdKind
    value: str

    @property
    def person(self) -> str:
        """The id of the conversation, as the rest of the program knows it."""
        return f"{self.kind.value}:{self.value}"

    @property
    def address(self) -> dict[str, str]:
        """Where a message goes: a BSUID and a number have fields of their own.

        Source: Cloud API, business-scoped user ids.
        """
        return {"recipient" if self.kind is IdKind.BSUID else "to": self.value}


def identity_of(person: str) -> Identity:
    """Read what `Identity.person` gave.

    Raises:
        ValueError: for anything else.
    """
    kind, _, value = person.partition(":")
    return Identity(kind=IdKind(kind), value=value)


def identities(bsuid: object, wa_id: object) -> tuple[Identity, ...]:
    """Return what a webhook names somebody by, the one to keep first; empty when it names nobody."""
    named = ((IdKind.BSUID, bsuid), (IdKind.WA_ID, wa_id))
    return tuple(Identity(kind=kind, value=value) for kind, value in named if is_id(value) and isinstance(value, str))


def is_id(value: object) -> bool:
    """Say whether something can be an id at all: some printable characters, no blank."""
    return isinstance(value, str) and 0 < len(value) <= MAX_ID and value.isprintable() and not value.isspace()
