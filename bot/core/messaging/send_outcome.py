"""What one attempt to send a message told us, on every platform and for replies and reminders alike."""

from dataclasses import dataclass
from enum import StrEnum


class Trouble(StrEnum):
    """Whose trouble it is that a message was not taken; it decides what has to wait until it is mended."""

    PERSON = "person"
    """This one person cannot be reached, does not want it, or got too much just now."""
    MESSAGE = "message"
    """The form of this one message; a simpler form may be taken."""
    TEMPLATE = "template"
    """The message template: nothing that uses it can go."""
    NUMBER = "number"
    """The sending number, or the bot."""
    ACCOUNT = "account"
    """The business account: payment, policy, rights."""
    PLATFORM = "platform"
    """The platform is out of order or busy."""
    OURS = "ours"
    """Our own set-up or program: a token, a parameter that no message of this kind may carry."""


class SendOutcome(StrEnum):
    """What one attempt to send told us."""

    ACCEPTED = "accepted"
    UNREACHABLE = "unreachable"
    """Refused for this person: blocked, left, unknown."""
    REFUSED = "refused"
    """This message will never be taken."""
    WITHDRAWN = "withdrawn"
    """The platform says that the person opted out."""
    HELD = "held"
    """Refused for us, whoever it is for: it waits until a person has mended what `Attempt.trouble` names."""
    RATE_LIMITED = "rate_limited"
    """The platform did not take it and names when to come again; it counts as no attempt.

    The rest is the one conversation's, unless `Attempt.is_sender_wide`.
    """
    NO_CONNECTION = "no_connection"
    """It surely did not leave; it says nothing of this message and counts as no attempt."""
    NOT_TAKEN = "not_taken"
    """The platform said that it did not carry it out."""
    UNKNOWN = "unknown"
    """The answer was lost: it may have arrived."""


SILENT = frozenset({SendOutcome.NO_CONNECTION, SendOutcome.NOT_TAKEN, SendOutcome.UNKNOWN})
"""What tells of no platform that serves us."""
CROWDED_GROWTH = 4.0
"""WhatsApp wants 4^n seconds of rest for a person who got too much (error 131056)."""
MAX_REST_SECONDS = 600.0
"""Of such a person."""


FOR_ALL = frozenset({Trouble.TEMPLATE, Trouble.NUMBER, Trouble.ACCOUNT, Trouble.OURS})
"""Troubles that the next person's message would meet as well."""
REFUSALS = frozenset({SendOutcome.UNREACHABLE, SendOutcome.REFUSED, SendOutcome.NOT_TAKEN})
"""Answers that say no without naming a time."""


@dataclass(frozen=True, kw_only=True)
class SendResult:
    """One attempt."""

    outcome: SendOutcome
    retry_after: float | None = None
    """Seconds; only of a rate limit."""
    reason: str | None = None
    """A short word or code for the report, such as `blocked`; never a person's."""
    is_crowded: bool = False
    """The platform says that this person got too much just now."""
    is_sender_wide: bool = False
    """Whether a rate limit is the whole sender's, and not only this conversation's."""
    trouble: Trouble | None = None
    """Whose trouble it is; None of what was accepted, and of a refusal by a code that no table knows."""
    platform_id: str | None = None
    """The platform's own id of the message that it accepted, where it told one."""
    moved_to: str | None = None
    """The present id of the conversation, where the platform says that it moved."""


TOKEN_REASONS = frozenset({"token", "190"})
"""How the tables of both platforms name it."""


def is_held(attempt: SendResult) -> bool:
    """Decide whether a message was refused for us: nobody's message goes until a person has mended the cause.

    A platform that is out of order mends itself; a limit of the pace names its own time.
    """
    if attempt.trouble is Trouble.PLATFORM:
        return False
    return attempt.outcome is SendOutcome.HELD or (attempt.outcome in REFUSALS and attempt.trouble in FOR_ALL)


def is_token_refused(attempt: SendResult) -> bool:
    """Decide whether the platform does not accept our token, which it also says in short incidents of its own."""
    return attempt.outcome is SendOutcome.HELD and attempt.trouble is Trouble.OURS and attempt.reason in TOKEN_REASONS


def is_unexplained(attempt: SendResult) -> bool:
    """Decide whether a refusal names no cause that lies with the person: several in a row are no chance."""
    return attempt.outcome is SendOutcome.REFUSED and attempt.trouble in {None, Trouble.MESSAGE, Trouble.PLATFORM}
