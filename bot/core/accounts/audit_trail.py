"""The audit trail: what somebody did, each event chained to the one before by a hash that needs a key."""

import hashlib
import hmac
import json
from dataclasses import dataclass
from enum import StrEnum

BEGINNING = bytes(32)
"""What stands for the hash before the first event."""


class Action(StrEnum):
    """What was done."""

    LOGGED_IN = "logged_in"
    LOGIN_FAILED = "login_failed"
    LOCKED = "locked"
    """Written by earlier releases only."""
    LOGGED_OUT = "logged_out"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105
    SECOND_FACTOR_SET = "second_factor_set"
    SECOND_FACTOR_RESET = "second_factor_reset"
    USER_ADDED = "user_added"
    USER_CHANGED = "user_changed"
    """Roles or reach."""
    USER_RENAMED = "user_renamed"
    USER_DISABLED = "user_disabled"
    USER_ENABLED = "user_enabled"
    USER_CONFIRMED = "user_confirmed"
    DRAFT_BEGUN = "draft_begun"
    DRAFT_SAVED = "draft_saved"
    DRAFT_SUBMITTED = "draft_submitted"
    DRAFT_RETURNED = "draft_returned"
    DRAFT_DISCARDED = "draft_discarded"
    DRAFT_APPROVED = "draft_approved"
    GUIDANCE_PUBLISHED = "guidance_published"
    INSTRUMENT_CHANGED = "instrument_changed"
    CALENDAR_CHANGED = "calendar_changed"
    QUESTIONS_LABELLED = "questions_labelled"
    QUESTIONS_DELETED = "questions_deleted"
    LABELS_UNDONE = "labels_undone"
    TOPIC_PROPOSED = "topic_proposed"
    PROPOSAL_MERGED = "proposal_merged"
    PROPOSAL_CLOSED = "proposal_closed"
    EXAMPLE_DELETED = "example_deleted"
    CAMPAIGN_CREATED = "campaign_created"
    CAMPAIGN_CHANGED = "campaign_changed"
    CAMPAIGN_SUBMITTED = "campaign_submitted"
    CAMPAIGN_RETURNED = "campaign_returned"
    CAMPAIGN_APPROVED = "campaign_approved"
    CAMPAIGN_STARTED = "campaign_started"
    CAMPAIGN_PAUSED = "campaign_paused"
    CAMPAIGN_MOVED = "campaign_moved"
    CAMPAIGN_STOPPED = "campaign_stopped"
    CAMPAIGN_SETTLED = "campaign_settled"
    CAMPAIGN_TESTED = "campaign_tested"
    TEMPLATE_SAVED = "template_saved"
    TEMPLATE_SUBMITTED = "template_submitted"
    TEMPLATE_RETURNED = "template_returned"
    TEMPLATE_APPROVED = "template_approved"
    TEMPLATE_RETIRED = "template_retired"
    AGENCY_SAVED = "agency_saved"


HANDLINGS = frozenset(
    {
        *(Action.USER_ADDED, Action.USER_CHANGED, Action.USER_CONFIRMED),
        *(Action.PASSWORD_CHANGED, Action.SECOND_FACTOR_RESET),
    }
)
"""What somebody else does to an account."""
SYSTEM = "sistem"
"""The actor of a command on the server, where nobody is logged in, and of what the service does by itself."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """One thing that was done, before it has its place in the chain."""

    action: Action
    actor: str
    """The user name; `sistem` for what nobody in particular did."""
    subject: str = ""
    """What it was done to: a user name, a topic id, an instrument's code."""
    detail: str = ""
    """In words; never what a person asked, no password, no code."""
    agency: str = ""
    """The actor's; empty: none."""


@dataclass(frozen=True, kw_only=True)
class ChainedEvent:
    """One event in its place; every field as it is stored, so that nothing changes unseen."""

    number: int
    """From 1, without gaps."""
    at: str
    """ISO form, UTC."""
    actor: str
    agency: str
    action: str
    subject: str
    detail: str
    hash: bytes


def chain_hash(previous: bytes, event: ChainedEvent, key: bytes = b"") -> bytes:
    """Return the hash of the hash before and of every field, 32 bytes.

    Args:
        key: of the trail; without one the hash is plain SHA-256, as events were written until the trail got its key.
    """
    fields = [event.number, event.at, event.actor, event.agency, event.action, event.subject, event.detail]
    message = previous + json.dumps(fields, ensure_ascii=True).encode()
    return hmac.new(key, message, hashlib.sha256).digest() if key else hashlib.sha256(message).digest()


@dataclass(frozen=True, kw_only=True)
class ChainBreak:
    """A place where the trail is not as it was written."""

    number: int
    reason: str
    """In Indonesian."""


@dataclass(frozen=True, kw_only=True)
class ChainHead:
    """What is noted of the trail apart from it: its last event, its key, and every break that was ever seen."""

    number: int
    hash: bytes
    key: bytes = b""
    """Empty for a trail that was last written before trails had keys."""
    keyed_from: int = 1
    """The first event whose hash is under the key."""
    breaks: tuple[ChainBreak, ...] = ()
    """Seen while appending; they stay for ever, whatever is written afterwards."""


@dataclass(frozen=True, kw_only=True)
class Anchor:
    """The last event that a machine saw written, noted outside the database."""

    number: int
    hash: bytes


@dataclass(kw_only=True)
class ChainCheck:
    """Checks a trail event by event, so that a long one need not be held at once."""

    head: ChainHead | None
    anchor: Anchor | None = None
    number: int = 0
    """Of the last event that was checked."""
    hash: bytes = BEGINNING

    def next(self, event: ChainedEvent) -> ChainBreak | None:
        """Check the next event; return what is wrong with it, None when it is as it was written."""
        self.number += 1
        if event.number != self.number:
            return ChainBreak(number=self.number, reason="catatan hilang atau nomornya berubah")
        key = self.head.key if self.head is not None and event.number >= self.head.keyed_from else b""
        if not hmac.compare_digest(chain_hash(self.hash, event, key), event.hash):
            return ChainBreak(number=self.number, reason=OTHER_CONTENT)
        if self.anchor is not None and event.number == self.anchor.number and event.hash != self.anchor.hash:
            return ChainBreak(number=self.number, reason="catatan bukan yang pernah dilihat komputer ini")
        self.hash = event.hash
        return None

    def end(self, *, has_users: bool) -> ChainBreak | None:
        """Check what stands behind the last event.

        Args:
            has_users: whether there is anybody whose deeds must have left events.
        """
        broken = _break_behind(self.head, self.number, self.hash, self.anchor)
        if broken is not None or self.head is not None:
            return broken or next(iter(self.head.breaks if self.head is not None else ()), None)
        return ChainBreak(number=1, reason=GONE) if has_users else None


NO_HEAD = "catatan ada, tetapi penutupnya tidak ada"
GONE = "seluruh catatan hilang, padahal pengelola sudah ada"
OTHER_END = "ujung jejak tidak cocok dengan penutup yang tersegel"
SET_BACK = "jejak dikembalikan ke keadaan lama"
OTHER_CONTENT = "isi atau hash tidak cocok dengan catatan sebelumnya"


def break_at_end(
    head: ChainHead | None, last: ChainedEvent | None, before: bytes, anchor: Anchor | None
) -> ChainBreak | None:
    """Return what is wrong with the end of a trail; None when it is as it was left.

    Args:
        last: the last event, None when there is none.
        before: the hash of the event before it.
        anchor: of this machine; whether an earlier event that it names still stands is for the caller to look up.
    """
    number, hash_ = (last.number, last.hash) if last is not None else (0, BEGINNING)
    broken = _break_behind(head, number, hash_, anchor)
    if broken is not None or head is None or last is None:
        return broken
    key = head.key if number >= head.keyed_from else b""
    is_whole = hmac.compare_digest(chain_hash(before, last, key), last.hash)
    return None if is_whole else ChainBreak(number=number, reason=OTHER_CONTENT)


def _break_behind(head: ChainHead | None, number: int, last_hash: bytes, anchor: Anchor | None) -> ChainBreak | None:
    """Compare the last event with what was noted of it apart from the trail.

    Args:
        number: of the last event, 0 when there is none.
    """
    if head is None:
        if number:
            return ChainBreak(number=number, reason=NO_HEAD)
        return ChainBreak(number=1, reason=GONE) if anchor is not None else None
    if head.number != number or head.hash != last_hash:
        return ChainBreak(number=number + 1, reason=OTHER_END)
    if anchor is not None and anchor.number > number:
        return ChainBreak(number=number + 1, reason=SET_BACK)
    return None
