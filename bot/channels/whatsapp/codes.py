"""Meta's error codes by whose trouble they are: one table for direct answers and for webhooks, replies and reminders.

Sources: Meta, "WhatsApp error codes" (dated 18 June 2026),
https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes/. Of that page the rules
were read; the single codes in its copies https://niswey.com/knowledge-base/error-codes-meta,
https://developers.kaleyra.io/docs/cloud-api-error-codes and
https://care.alendei.com/portal/en/kb/articles/cloud-api-error-codes, on 1 December 2026. Older codes:
https://github.com/MarcosNicolau/whatsapp-business-sdk (`src/types/error.ts`); 134101 and 134102:
https://github.com/AlexSzefezuk/meta-whatsapp-error-codes-pt-br. Meta asks to go by the code, not by status or title.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.core.messaging.send_outcome import SendOutcome, SendResult, Trouble

SLOW_DOWN_SECONDS = 2.0
"""Where Meta names no time: the window of its limit is a second, and who insists is held longer."""
MAX_RETRY_SECONDS = 86_400.0
"""A rest of more than a day is believed for a day."""
PAYMENT = frozenset({131042, 134011})
"""What the account owes keeps templates back, and no free text."""
WINDOW_CLOSED = 131047
"""Free text is refused: more than 24 hours have passed since the person wrote; a template may go."""


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """What a code says."""

    outcome: SendOutcome
    trouble: Trouble
    is_crowded: bool = False
    is_sender_wide: bool = False


def _all(outcome: SendOutcome, trouble: Trouble, *codes: int, **more: bool) -> Iterator[tuple[int, Meaning]]:
    meaning = Meaning(outcome=outcome, trouble=trouble, **more)
    return ((code, meaning) for code in codes)


CODES: Mapping[int, Meaning] = dict(
    (
        # The person: not on WhatsApp, an old app, terms not accepted yet, or blocked.
        *_all(SendOutcome.UNREACHABLE, Trouble.PERSON, 131026),
        # The person stopped marketing from this business in WhatsApp itself.
        *_all(SendOutcome.WITHDRAWN, Trouble.PERSON, 131050),
        # The window is closed; the recipient is the sender; it expired on its way; an experiment of Meta's; enough
        # marketing for this person of all businesses (repeating is punished).
        *_all(SendOutcome.REFUSED, Trouble.PERSON, WINDOW_CLOSED, 131021, 131043, 130472, 131049),
        # Too much to this one person: they alone rest, four times as long after each try.
        *_all(SendOutcome.NOT_TAKEN, Trouble.PERSON, 131056, is_crowded=True),
        # The form of this message: parameters missing, wrong or of a kind that is not supported; too long; media.
        *_all(
            SendOutcome.REFUSED,
            Trouble.MESSAGE,
            *(100, 506, 131001, 131002, 131008, 131009, 131051, 131052, 131053, 135000),
        ),
        # The template: parameters do not fit, not there, too long, against the rules for characters, wrong format,
        # paused, disabled, content of parameters, its flow is blocked, not available.
        *_all(
            SendOutcome.HELD,
            Trouble.TEMPLATE,
            *(132000, 132001, 132005, 132007, 132012, 132015, 132016, 132018, 132068, 134102),
        ),
        # The template's flow is throttled; the template is still being copied between Meta's servers.
        *_all(SendOutcome.NOT_TAKEN, Trouble.TEMPLATE, 132069, 134101),
        # The number: deleted, certificate, display name, too much reported as spam, not registered or in the midst of
        # registering (deletion, PIN, waiting times, verification code).
        *_all(SendOutcome.HELD, Trouble.NUMBER, 33, 131037, 131045, 131048, 136025),
        *_all(
            SendOutcome.HELD,
            Trouble.NUMBER,
            *(133000, 133001, 133002, 133003, 133005, 133006, 133007, 133008, 133009, 133010, 133015, 133016),
        ),
        # The account: blocked for policy, locked, payment, terms of payments not accepted.
        *_all(SendOutcome.HELD, Trouble.ACCOUNT, 368, 131031, *PAYMENT),
        # The account may not write to this country, or, as a test number, to anybody who is not on its list: other
        # people still can be reached.
        *_all(SendOutcome.REFUSED, Trouble.ACCOUNT, 130497, 131030),
        # Too much from this app, account or number.
        *_all(SendOutcome.RATE_LIMITED, Trouble.PLATFORM, 4, 80007, 130429, is_sender_wide=True),
        # Out of order, overloaded, or upgrading the number: it was not carried out, later it may be.
        *_all(SendOutcome.NOT_TAKEN, Trouble.PLATFORM, 1, 2, 131000, 131016, 131057, 133004, 2494100),
        # Our token or its rights.
        *_all(SendOutcome.HELD, Trouble.OURS, 0, 3, 10, 190, 131005),
        # What we asked for does not exist, or not by this way of asking.
        *_all(SendOutcome.REFUSED, Trouble.OURS, 131006, 131055),
    )
)
RIGHTS = range(200, 300)
"""Rights that were not given or were taken away."""
OTHER_CALLS = range(138_000, 140_000)
"""Calls, and blocking of people: nothing that this program asks for."""


def attempt_of(code: int | None, status: int = 400, retry_after: float | None = None) -> SendResult:
    """Return what an error of Meta's makes of a message.

    A code that nobody knows refuses this message, with no trouble named: whoever sends to many finds out by several
    in a row that it is not about one person.

    Args:
        code: None where an error came without one.
        status: of the HTTP answer; 400 for what a webhook tells.
        retry_after: seconds, where Meta named them.
    """
    # 0 is also what stands where there is no code.
    known = _known(code) if code or status in {401, 403} else None
    reason = str(code) if code else str(status)
    if known is not None:
        rest = _rest(retry_after) if known.outcome is SendOutcome.RATE_LIMITED else None
        return SendResult(
            outcome=known.outcome,
            trouble=known.trouble,
            reason=reason,
            retry_after=rest,
            is_crowded=known.is_crowded,
            is_sender_wide=known.is_sender_wide,
        )
    return _by_status(status, reason, retry_after) or SendResult(outcome=SendOutcome.REFUSED, reason=reason)


def answer_of(status: int, body: bytes, retry_after: str | None = None) -> SendResult:
    """Return what an answer to a message says: accepted is only what names the message, everything unclear is doubt.

    Args:
        retry_after: the header of that name.
    """
    told = told_by(body)
    seconds = float(retry_after) if retry_after is not None and retry_after.isdecimal() else None
    if isinstance(told.get("error"), Mapping):
        return attempt_of(code_of(told["error"]), status, seconds)
    sent = told.get("messages")
    first = sent[0] if isinstance(sent, list) and sent else None
    id_ = first.get("id") if isinstance(first, Mapping) else None
    if 200 <= status < 300 and isinstance(id_, str) and id_:
        return SendResult(outcome=SendOutcome.ACCEPTED, platform_id=id_)
    # Whoever answered, it was not in Meta's own words: a proxy, a redirect, a page.
    unclear = SendResult(outcome=SendOutcome.UNKNOWN, trouble=Trouble.PLATFORM, reason=f"unclear_{status}")
    return _by_status(status, str(status), seconds) or unclear


def is_window_closed(attempt: SendResult) -> bool:
    """Say whether only a template may go to this person now."""
    return attempt.outcome is SendOutcome.REFUSED and attempt.reason == str(WINDOW_CLOSED)


def is_about_payment(attempt: SendResult) -> bool:
    """Say whether a template was refused for what the account owes."""
    return attempt.outcome is SendOutcome.HELD and attempt.reason in {str(code) for code in PAYMENT}


def code_of(error: Mapping[str, Any]) -> int | None:
    """Return the code of an error object, None where it has none that can be one."""
    code = error.get("code")
    if isinstance(code, str) and code.isascii() and code.isdecimal() and len(code) < len("1000000000"):
        return int(code)
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def told_by(body: bytes) -> Mapping[str, Any]:
    """Return the object that an answer holds, an empty one for anything else."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _known(code: int | None) -> Meaning | None:
    if code is None:
        return None
    if code in RIGHTS:
        return Meaning(outcome=SendOutcome.HELD, trouble=Trouble.OURS)
    if code in OTHER_CALLS:
        return Meaning(outcome=SendOutcome.REFUSED, trouble=Trouble.OURS)
    return CODES.get(code)


def _by_status(status: int, reason: str, retry_after: float | None) -> SendResult | None:
    """Judge by the HTTP status alone; None where it decides nothing."""
    match status:
        case 429:
            return SendResult(
                outcome=SendOutcome.RATE_LIMITED,
                trouble=Trouble.PLATFORM,
                reason=reason,
                retry_after=_rest(retry_after),
                is_sender_wide=True,
            )
        case 401:
            return SendResult(outcome=SendOutcome.HELD, trouble=Trouble.OURS, reason=reason)
        case 503:
            return SendResult(outcome=SendOutcome.NOT_TAKEN, trouble=Trouble.PLATFORM, reason=reason)
        case _ if status >= 500:
            # A gateway that gave up does not know whether the server behind it went on.
            return SendResult(outcome=SendOutcome.UNKNOWN, trouble=Trouble.PLATFORM, reason=reason)
        case _:
            return None


def _rest(retry_after: float | None) -> float:
    return min(max(retry_after or 0.0, SLOW_DOWN_SECONDS), MAX_RETRY_SECONDS)
