"""Values of the fake Bot API: errors, records and settings."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

Json = dict[str, Any]

# python-telegram-bot constants.FloodLimit; docs/limits.md, "Telegram Bot API".
ALL_CHATS_PER_SECOND = 30
PAID_PER_SECOND = 1000
CHAT_BURST = 3
GROUP_PER_MINUTE = 20


class Refused(Enum):
    """Why the fake rejected a call by its own rules; injected faults are not among them."""

    REQUEST = "request"  # 400, 401, 404: the bot asked for something wrong
    UNREACHABLE = "unreachable"  # 400 chat not found, 403: nobody there to write to
    CONFLICT = "conflict"  # 409: two pollers, or polling beside a webhook
    RATE = "rate"  # 429: more than the limits allow
    IMPATIENT = "impatient"  # 429: called again before retry_after had passed


class Order(Enum):
    """In which order waiting updates reach the bot."""

    QUEUED = "queued"  # oldest first; a chat's next waits for the last, as Telegram does
    MIXED = "mixed"  # chats at random, each chat still in order
    SHUFFLED = "shuffled"  # nothing kept, not even within a chat


class ApiError(Exception):
    """An answer that is not ok."""

    def __init__(
        self,
        code: int,
        description: str,
        *,
        kind: Refused | None = Refused.REQUEST,
        retry_after: int | None = None,
        migrate_to: int | None = None,
    ) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.kind = kind
        self.parameters: dict[str, int] = {}
        if retry_after is not None:
            self.parameters["retry_after"] = retry_after
        if migrate_to is not None:
            self.parameters["migrate_to_chat_id"] = migrate_to

    def body(self) -> Json:
        """Return the answer as Telegram writes it."""
        body: Json = {"ok": False, "error_code": self.code, "description": self.description}
        return body | ({"parameters": self.parameters} if self.parameters else {})


def bad_request(description: str) -> ApiError:
    """Make the commonest error."""
    return ApiError(400, f"Bad Request: {description}")


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How fast the bot may write; 0 lifts a limit."""

    per_second: int = ALL_CHATS_PER_SECOND
    paid_per_second: int = PAID_PER_SECOND
    chat_interval: float = 1.0  # seconds between messages to one chat
    chat_burst: int = CHAT_BURST
    group_per_minute: int = GROUP_PER_MINUTE
    blocks_whole_token: bool = False  # a chat's or group's 429 stops every chat
    counted: frozenset[str] = frozenset({"sendMessage"})


NO_LIMITS = Limits(per_second=0, paid_per_second=0, chat_interval=0, group_per_minute=0)


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request of the bot."""

    number: int
    at: float  # time.monotonic()
    method: str
    params: Json  # decoded: numbers, booleans and objects, whatever way they came
    status: int | None = None  # HTTP status answered; 0 = connection cut; None = not answered yet
    result: Any = None

    @property
    def chat_id(self) -> int:
        """The chat it is about, or 0."""
        value = self.params.get("chat_id", 0)
        return value if isinstance(value, int) else 0


@dataclass(frozen=True, kw_only=True)
class Violation:
    """One call that Telegram would have rejected."""

    at: float
    kind: Refused
    method: str
    chat_id: int
    code: int
    description: str
    params: Json = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Button:
    """One button under a message."""

    text: str
    data: str | None = None
    url: str | None = None


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One message of the bot as a person sees it."""

    chat_id: int
    message_id: int
    text: str
    rows: tuple[tuple[Button, ...], ...]
    reply_to: int | None
    thread: int | None
    at: float  # time.monotonic()
    raw: Json = field(repr=False)

    @property
    def buttons(self) -> tuple[Button, ...]:
        """All buttons, row after row."""
        return tuple(button for row in self.rows for button in row)


def sent_from(message: Json, at: float) -> Sent:
    """Read a message object of the bot's own."""
    markup = message.get("reply_markup", {}).get("inline_keyboard", [])
    rows = tuple(
        tuple(Button(text=one["text"], data=one.get("callback_data"), url=one.get("url")) for one in row)
        for row in markup
    )
    return Sent(
        chat_id=message["chat"]["id"],
        message_id=message["message_id"],
        text=message["text"],
        rows=rows,
        reply_to=message.get("reply_to_message", {}).get("message_id"),
        thread=message.get("message_thread_id"),
        at=at,
        raw=message,
    )


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """What a person did; update_id 0 means that Telegram does not tell the bot."""

    update_id: int
    chat_id: int
    message_id: int = 0
    query_id: str = ""


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One attempt to hand an update to the bot."""

    update_id: int
    at: float  # time.monotonic() at its end
    attempt: int
    way: str  # "poll" or "webhook"
    status: int  # HTTP status of the webhook, 0 = no answer; 200 for a poll
    seconds: float = 0.0
    body: bytes = field(default=b"", repr=False)  # what the webhook answered
