"""What Telegram's answers to a message say, by whose trouble it is: for replies and reminders alike.

Telegram gives few codes and puts the cause into a description. Sources: Bot API, "Making requests" and
`ResponseParameters` (https://core.telegram.org/bots/api#making-requests, #responseparameters); the descriptions:
python-telegram-bot 22 (`telegram.error`, `BaseRequest._request_wrapper`), aiogram 2 (`aiogram.utils.exceptions`),
as of 1 December 2026.
"""

import json
from collections.abc import Mapping
from typing import Any

from bot.core.messaging.send_outcome import SendOutcome, SendResult, Trouble

DEFAULT_RETRY_SECONDS = 1.0
MAX_RETRY_SECONDS = 86_400.0
"""A rest of more than a day is believed for a day."""
GONE_WORDS = (
    "chat not found",
    "user not found",
    "user is deactivated",
    "bot was kicked",
    "bot is not a member",
    "group chat was deactivated",
    "group chat was upgraded",
    "peer_id_invalid",
    "channel_private",
    "chat_id is empty",
)
"""What a 400 says when a chat is no more, or was never one of ours."""
CLOSED_WORDS = ("not enough rights", "have no rights", "chat_write_forbidden", "chat_restricted", "need administrator")
"""What a 400 says when a group lets the bot stay and not write."""
REASONS = {"blocked": "blocked", "deactivated": "deactivated", "initiate": "never_started", "kicked": "kicked"}
"""Words of a 403's description, and what the report calls them."""
THREAD, REPLY, MARKUP, ENTITIES = "thread", "reply", "markup", "entities"
"""Reasons of a 400 that one part of the message is to blame for."""
BLAMED = (
    (MARKUP, ("markup", "button", "keyboard")),
    (THREAD, ("thread", "topic")),
    (REPLY, ("replied", "reply")),
    (ENTITIES, ("entit", "tag", "parse")),
)
"""Which words of a 400's description blame which part; the first that fits."""


def attempt_of(status: int, body: bytes) -> SendResult:
    """Return what an answer says: accepted is only what says `"ok": true`, everything unclear is doubt."""
    told = told_by(body)
    if told.get("ok") is True and 200 <= status < 300:
        return SendResult(outcome=SendOutcome.ACCEPTED, platform_id=_message_id(told))
    if told.get("ok") is False:
        code = told.get("error_code")
        return _refused(code if isinstance(code, int) and not isinstance(code, bool) else status, told)
    match status:
        case 429:
            return _limited(told)
        case 503:
            return _not_taken(status)
        case _:
            # Whoever answered, it was not in Telegram's own words: a gateway, a redirect, a page.
            return SendResult(outcome=SendOutcome.UNKNOWN, trouble=Trouble.PLATFORM, reason=f"unclear_{status}")


def told_by(body: bytes) -> Mapping[str, Any]:
    """Return the object that an answer holds, an empty one for anything else."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _refused(code: int, told: Mapping[str, Any]) -> SendResult:
    description = str(told.get("description", "")).lower()
    match code:
        case 420 | 429:
            return _limited(told)
        case 400:
            return _bad_request(description, told)
        case 403:
            reason = next((name for word, name in REASONS.items() if word in description), "forbidden")
            return SendResult(outcome=SendOutcome.UNREACHABLE, trouble=Trouble.PERSON, reason=reason)
        case 401 | 404:
            # 404 is what a token gets that cannot be one.
            return SendResult(outcome=SendOutcome.HELD, trouble=Trouble.OURS, reason="token")
        case 413:
            return SendResult(outcome=SendOutcome.REFUSED, trouble=Trouble.MESSAGE, reason="too_long")
        case 409 | 503:
            return _not_taken(code)
        case _ if code >= 500:
            # A gateway that gave up does not know whether the server behind it went on.
            return SendResult(outcome=SendOutcome.UNKNOWN, trouble=Trouble.PLATFORM, reason=str(code))
        case _:
            return SendResult(outcome=SendOutcome.REFUSED, reason=str(code))


def _bad_request(description: str, told: Mapping[str, Any]) -> SendResult:
    moved = _parameters(told).get("migrate_to_chat_id")
    if isinstance(moved, int) and not isinstance(moved, bool):
        return SendResult(outcome=SendOutcome.REFUSED, trouble=Trouble.PERSON, reason="moved", moved_to=str(moved))
    if any(words in description for words in GONE_WORDS):
        return SendResult(outcome=SendOutcome.UNREACHABLE, trouble=Trouble.PERSON, reason="not_found")
    if any(words in description for words in CLOSED_WORDS):
        return SendResult(outcome=SendOutcome.REFUSED, trouble=Trouble.PERSON, reason="no_rights")
    reason = next((part for part, words in BLAMED if any(word in description for word in words)), "400")
    return SendResult(outcome=SendOutcome.REFUSED, trouble=Trouble.MESSAGE, reason=reason)


def _limited(told: Mapping[str, Any]) -> SendResult:
    """Return a rate limit; it is the chat's as long as other chats are not limited too."""
    asked = _parameters(told).get("retry_after")
    seconds = float(asked) if isinstance(asked, int | float) and not isinstance(asked, bool) else 0.0
    # Also of what is no number at all (NaN) the default is left.
    rest = seconds if seconds > DEFAULT_RETRY_SECONDS else DEFAULT_RETRY_SECONDS
    return SendResult(
        outcome=SendOutcome.RATE_LIMITED,
        trouble=Trouble.PERSON,
        reason="429",
        retry_after=min(rest, MAX_RETRY_SECONDS),
    )


def _not_taken(code: int) -> SendResult:
    return SendResult(outcome=SendOutcome.NOT_TAKEN, trouble=Trouble.PLATFORM, reason=str(code))


def _parameters(told: Mapping[str, Any]) -> Mapping[str, Any]:
    found = told.get("parameters")
    return found if isinstance(found, Mapping) else {}


def _message_id(told: Mapping[str, Any]) -> str | None:
    result = told.get("result")
    found = result.get("message_id") if isinstance(result, Mapping) else None
    return str(found) if isinstance(found, int) else None
