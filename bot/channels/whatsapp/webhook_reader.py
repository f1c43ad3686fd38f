"""What Meta posts becomes our values here, and nowhere else; whatever is not understood is passed by."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.application.campaigns.record_receipts import Receipt
from bot.application.messaging.ports import ReceivedUpdate, SetAside
from bot.application.messaging.record_replies import ReplyWord, read_reply_ticket
from bot.channels.json_fields import part, words
from bot.channels.whatsapp.codes import attempt_of, code_of, is_window_closed
from bot.channels.whatsapp.content import SILENT_FIELDS, shape_of
from bot.channels.whatsapp.user_ids import Identity, identities, is_id
from bot.core.campaigns.delivery import DeliveryStatus
from bot.core.messaging.dead_letters import DeadLetter, Reason
from bot.core.messaging.send_outcome import SendOutcome, SendResult, Trouble
from bot.core.vocabulary import Channel

SECONDS_A_DAY = 86_400
OLDEST = timedelta(days=8)
"""Meta gives up delivering after seven days; a body has no time of its own, so that anybody who has an older one with
its valid signature could let it count as a new wish."""
ID_DIGITS = 32
MAX_SET_ASIDE = 50
"""Counted of one body: what is odd a thousand times in it is one fault."""
STATUSES = {
    "sent": DeliveryStatus.SENT,
    "delivered": DeliveryStatus.DELIVERED,
    "read": DeliveryStatus.READ,
    "played": DeliveryStatus.READ,
    "failed": DeliveryStatus.FAILED,
}
FAILURES = {
    SendOutcome.UNREACHABLE: DeliveryStatus.UNREACHABLE,
    SendOutcome.WITHDRAWN: DeliveryStatus.WITHDRAWN,
}
"""What a failure makes of a reminder; refused is what says that it is about the person, anything else is a failure."""


@dataclass(frozen=True, kw_only=True)
class Webhook:
    """What one request brought."""

    updates: tuple[ReceivedUpdate, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    words: tuple[ReplyWord, ...] = ()
    """What is said of our replies."""
    failures: tuple[int, ...] = ()
    """Codes of messages that failed after the platform had taken them, and that carry no ticket of ours."""
    set_aside: tuple[SetAside, ...] = ()
    """What nothing can be made of."""


def read_webhook(body: Any, phone_number_id: str, now: datetime) -> Webhook:
    """Return what concerns our number in a parsed body, whatever its shape."""
    updates: list[ReceivedUpdate] = []
    receipts: list[Receipt] = []
    replies: list[ReplyWord] = []
    failures: list[int] = []
    odd: list[SetAside] = []
    for value in _values(body, phone_number_id, odd):
        people = _people(value)
        for message in _told(value, "messages", odd):
            update = _update(message, people, now)
            if isinstance(update, ReceivedUpdate):
                updates.append(update)
            else:
                odd.append(_letter(update, message))
        for wish in _told(value, "user_preferences", odd):
            if wish.get("value") != "stop":
                continue
            update = _wish(wish, people, now)
            if isinstance(update, ReceivedUpdate):
                updates.append(update)
            else:
                odd.append(_letter(update, wish))
        for status in _told(value, "statuses", odd):
            said = _said(status)
            match said:
                case Receipt():
                    receipts.append(said)
                case ReplyWord():
                    replies.append(said)
                case int():
                    failures.append(said)
    return Webhook(
        updates=tuple(updates),
        receipts=tuple(receipts),
        words=tuple(replies),
        failures=tuple(failures),
        set_aside=tuple(odd[:MAX_SET_ASIDE]),
    )


def unreadable_body(length: int) -> SetAside:
    """Return what is counted of a body that is no JSON."""
    letter = DeadLetter(channel=Channel.WHATSAPP, reason=Reason.NOT_JSON, shape=shape_of(None), length=length)
    return SetAside(channel=Channel.WHATSAPP, letter=letter)


def _values(body: Any, phone_number_id: str, odd: list[SetAside]) -> Iterator[Mapping[str, Any]]:
    """Return what is told to our number; what has another form than documented is set aside."""
    entries = body.get("entry") if isinstance(body, Mapping) else None
    if not isinstance(entries, list):
        odd.append(_letter(Reason.NO_SHAPE, body))
    for entry in _each(entries, odd):
        changes = entry.get("changes")
        if not isinstance(changes, list):
            odd.append(_letter(Reason.NO_SHAPE, entry))
        for change in _each(changes, odd):
            if words(change, "field") in SILENT_FIELDS:
                continue
            value = part(change, "value")
            number = words(part(value, "metadata"), "phone_number_id")
            # One app may serve several numbers; the others' messages are not ours to answer.
            if number == phone_number_id:
                yield value
            elif number is None:
                odd.append(_letter(Reason.NO_SHAPE, change))


def _told(value: Mapping[str, Any], name: str, odd: list[SetAside]) -> Iterator[Mapping[str, Any]]:
    found = value.get(name)
    if found is not None and not isinstance(found, list):
        odd.append(_letter(Reason.NO_SHAPE, value))
    yield from _each(found, odd)


def _each(found: Any, odd: list[SetAside]) -> Iterator[Mapping[str, Any]]:
    """Return the objects of a list; whatever else stands in it is set aside."""
    for each in found if isinstance(found, list) else ():
        if isinstance(each, Mapping):
            yield each
        else:
            odd.append(_letter(Reason.NO_SHAPE, each))


def _letter(reason: Reason, told: Any) -> SetAside:
    """Return what is counted of something that nothing can be made of."""
    try:
        length = len(json.dumps(told))
    except RecursionError:
        length = 0
    letter = DeadLetter(channel=Channel.WHATSAPP, reason=reason, shape=shape_of(told), length=length)
    return SetAside(channel=Channel.WHATSAPP, letter=letter)


def _objects(found: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(found, list):
        yield from (each for each in found if isinstance(each, Mapping))


def _people(value: Mapping[str, Any]) -> list[tuple[Identity, ...]]:
    return [identities(each.get("user_id"), each.get("wa_id")) for each in _objects(value.get("contacts"))]


def _who(told: Mapping[str, Any], people: list[tuple[Identity, ...]]) -> tuple[Identity, ...]:
    """Return who sent something: by its own fields, and the contact that they belong to."""
    named = identities(told.get("from_user_id") or told.get("user_id"), told.get("from") or told.get("wa_id"))
    if not named:
        return people[0] if len(people) == 1 else ()
    return next((each for each in people if set(each) & set(named)), named)


def _update(message: Mapping[str, Any], people: list[tuple[Identity, ...]], now: datetime) -> ReceivedUpdate | Reason:
    who = _who(message, people)
    if not who:
        return Reason.NO_CHAT
    id_ = words(message, "id")
    at = _moment(message.get("timestamp"), now)
    if at is None:
        return Reason.TOO_OLD
    kept = {key: message[key] for key in message if key not in {"from", "from_user_id", "id", "timestamp"}}
    # Without an id a repeat is told by all that it says.
    name = id_ or json.dumps(message, sort_keys=True)
    return _inbound(who, f"message {name}", at, now, {"message": kept, "id": id_ or None})


def _wish(wish: Mapping[str, Any], people: list[tuple[Identity, ...]], now: datetime) -> ReceivedUpdate | Reason:
    """Take "stop sending me marketing", pressed in WhatsApp itself, for an opt-out."""
    who = _who(wish, people)
    if not who:
        return Reason.NO_CHAT
    at = _moment(wish.get("timestamp"), now)
    if at is None:
        return Reason.TOO_OLD
    return _inbound(who, f"stop {who[0].person} {at.timestamp()}", at, now, {"stop": True})


def _inbound(
    who: tuple[Identity, ...], name: str, at: datetime, now: datetime, content: Mapping[str, Any]
) -> ReceivedUpdate:
    payload = {**content, "person": who[0].person, "at": at.timestamp()}
    if len(who) > 1:
        payload["former"] = who[1].person
    return ReceivedUpdate(
        channel=Channel.WHATSAPP,
        update_id=_update_id(name, at),
        position=_position(at, now),
        person=who[0].person,
        payload=json.dumps(payload).encode(),
    )


def _update_id(name: str, at: datetime) -> str:
    """Return what drops repeats for as long as it is kept: a day and a hash.

    Meta's own ids hold the person's phone number, and this id outlives the update.
    """
    digest = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:ID_DIGITS]
    return f"{int(at.timestamp()) // SECONDS_A_DAY:06d}-{digest}"


def _position(at: datetime, now: datetime) -> int:
    """Order by the platform's second, then by arrival."""
    delay = int((now - at).total_seconds() * 1000)
    return int(at.timestamp()) * 1_000_000 + min(max(delay, 0), 999_999)


def _moment(timestamp: Any, now: datetime) -> datetime | None:
    """Return when something was sent, None for what is too old; what cannot be read, or is to come, counts as now."""
    try:
        at = datetime.fromtimestamp(int(timestamp), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return now
    return min(at, now) if at >= now - OLDEST else None


def _said(status: Mapping[str, Any]) -> Receipt | ReplyWord | int | None:
    """Return what became of a reminder or a reply, or the code of a failed message that carries no ticket of ours."""
    word = status.get("status")
    became = STATUSES.get(word) if isinstance(word, str) else None
    if became is None:
        return None
    code = _code(status) if became is DeliveryStatus.FAILED else None
    failure = attempt_of(code) if code is not None else None
    ticket = status.get("biz_opaque_callback_data")
    if not isinstance(ticket, str) or not is_id(ticket):
        return code
    reply = read_reply_ticket(ticket)
    if reply is not None:
        return ReplyWord(
            ticket=reply, failure=failure, is_window_closed=failure is not None and is_window_closed(failure)
        )
    reason = str(code) if code is not None else None
    return Receipt(ticket=ticket, status=_failed(failure, became), reason=reason, attempt=failure)


def _failed(failure: SendResult | None, became: DeliveryStatus) -> DeliveryStatus:
    if failure is None:
        return became
    if failure.outcome is SendOutcome.REFUSED and failure.trouble is Trouble.PERSON:
        return DeliveryStatus.REFUSED
    return FAILURES.get(failure.outcome, became)


def _code(status: Mapping[str, Any]) -> int:
    codes = [code_of(each) for each in _objects(status.get("errors"))]
    return next((code for code in codes if code is not None), 0)
