"""The audit trail: what somebody did, each event chained to the one before by its hash."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

BEGINNING = bytes(32)
"""What stands for the hash before the first event."""


class Action(StrEnum):
    """What was done."""

    LOGGED_IN = "logged_in"
    LOGIN_FAILED = "login_failed"
    LOCKED = "locked"
    LOGGED_OUT = "logged_out"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105
    SECOND_FACTOR_SET = "second_factor_set"
    SECOND_FACTOR_RESET = "second_factor_reset"
    USER_ADDED = "user_added"
    USER_CHANGED = "user_changed"
    USER_DISABLED = "user_disabled"
    USER_ENABLED = "user_enabled"
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


def chain_hash(previous: bytes, event: ChainedEvent) -> bytes:
    """Give SHA-256 of the hash before and of every field."""
    fields = [event.number, event.at, event.actor, event.agency, event.action, event.subject, event.detail]
    return hashlib.sha256(previous + json.dumps(fields, ensure_ascii=True).encode()).digest()


@dataclass(frozen=True, kw_only=True)
class Head:
    """The last event as it was noted apart from the trail."""

    number: int
    hash: bytes


@dataclass(frozen=True, kw_only=True)
class Break:
    """The first place where the trail is not as it was written."""

    number: int
    reason: str
    """In Indonesian."""


def find_break(events: Iterable[ChainedEvent], head: Head | None) -> Break | None:
    """Give where the chain is broken, None when it is whole.

    Args:
        events: all of them, by number.
        head: what was noted of the last one; without it a trail cut off at its end looks whole.
    """
    previous, number = BEGINNING, 0
    for event in events:
        number += 1
        if event.number != number:
            return Break(number=number, reason="catatan hilang atau nomornya berubah")
        if chain_hash(previous, event) != event.hash:
            return Break(number=number, reason="isi atau hash tidak cocok dengan catatan sebelumnya")
        previous = event.hash
    if head is None:
        return Break(number=number, reason="catatan ada, tetapi penutupnya tidak ada") if number else None
    if head.number != number or head.hash != previous:
        return Break(number=number + 1, reason="ujung jejak tidak cocok dengan penutup yang tersegel")
    return None
