"""Long polling: raw answers, committed before they are confirmed; no answer and no update can end or hold it."""

import asyncio
import json
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from telegram import Bot
from telegram.error import InvalidToken, NetworkError

from bot.application.messaging.channel_state import ChannelState, Trouble
from bot.application.messaging.ports import IngestUpdates, SetAside, Taken
from bot.channels.json_fields import number, parsed, part
from bot.channels.telegram.http_request import AiohttpRequest
from bot.channels.telegram.updates import ALLOWED_UPDATES, letter, to_taken, update_id_of
from bot.core.messaging.dead_letters import OTHER, Reason, Shape
from bot.core.vocabulary import Channel

logger = logging.getLogger(__name__)

POLL_SECONDS = 25
MAX_UPDATES = 100
"""In one answer (Bot API, getUpdates)."""
HIGHEST_UPDATE_ID = 2**31 - 1
"""Telegram counts updates in 31 bits; an offset beyond them would confirm everything that is still to come."""
FIRST_PAUSE_SECONDS = 1.0
MAX_PAUSE_SECONDS = 10.0
MAX_TOKEN_PAUSE_SECONDS = 60.0
"""A token that is not accepted stays so until a person changes it."""
AFTER_CONFLICT_SECONDS = 10.0
UPDATE_DEPTH = 3
"""An update stands in the list of an answer, which is an object."""
_OPENING, _CLOSING, _QUOTE, _BACKSLASH = b"[{", b"]}", ord('"'), ord("\\")
_ID = re.compile(rb'(?<!\\)"update_id"\s*:\s*(\d{1,10})\b')


class Refused(Enum):
    """Why an answer brought no updates."""

    TOKEN = auto()
    CONFLICT = auto()
    """Somebody else takes our updates."""
    BUSY = auto()
    """The platform names when to come again, or is out of order."""
    UNREADABLE = auto()
    """It says that all is well, and not in Telegram's words."""


@dataclass(frozen=True, kw_only=True)
class TooDeep:
    """An update that is nested deeper than can be read."""

    update_id: int | None
    length: int
    """Bytes."""


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """An answer without updates."""

    why: Refused
    seconds: float = 0.0
    """What the platform asks to wait."""


def read_answer(status: int, body: bytes) -> Sequence[Any] | Refusal:
    """Return the updates of an answer, as they came, or why there are none."""
    if status in (401, 404):
        return Refusal(why=Refused.TOKEN)
    if status == 409:
        return Refusal(why=Refused.CONFLICT)
    try:
        answer = parsed(body)
    except ValueError:
        answer = None
    except RecursionError:
        found_alone = [_read_alone(each) for each in pieces(body)] if status == 200 else []
        return found_alone or Refusal(why=Refused.UNREADABLE)
    if status != 200:
        return Refusal(why=Refused.BUSY, seconds=float(number(part(answer, "parameters"), "retry_after") or 0))
    if not isinstance(answer, Mapping) or answer.get("ok") is not True or not isinstance(answer.get("result"), list):
        return Refusal(why=Refused.UNREADABLE)
    found: list[Any] = answer["result"]
    return found


def pieces(body: bytes) -> list[bytes]:
    """Return the updates of an answer as they stand in it, without reading them."""
    found: list[bytes] = []
    containers: list[int] = []
    start, is_string, is_escaped = 0, False, False
    for place, byte in enumerate(body):
        if is_string:
            is_string = is_escaped or byte != _QUOTE
            is_escaped = byte == _BACKSLASH and not is_escaped
        elif byte == _QUOTE:
            is_string = True
        elif byte in _OPENING:
            containers.append(byte)
            start = place if len(containers) == UPDATE_DEPTH else start
        elif byte in _CLOSING and containers:
            is_update = len(containers) == UPDATE_DEPTH and containers[1] == _OPENING[0]
            containers.pop()
            if is_update:
                found.append(body[start : place + 1])
    return found


def _read_alone(piece: bytes) -> Any:
    try:
        return parsed(piece)
    except ValueError:
        return None
    except RecursionError:
        found = _ID.search(piece)
        return TooDeep(update_id=int(found.group(1)) if found else None, length=len(piece))


def offset_after(updates: Sequence[Any]) -> int | None:
    """Return what confirms a batch: one more than its highest id; None when no update in it has one."""
    ids = [each.update_id if isinstance(each, TooDeep) else update_id_of(each) for each in updates]
    usable = [each for each in ids if each is not None and each <= HIGHEST_UPDATE_ID]
    return max(usable) + 1 if usable else None


def _to_taken(update: Any) -> Taken:
    if not isinstance(update, TooDeep):
        return to_taken(update)
    told = letter(Reason.NO_SHAPE, Shape(kind=OTHER), update.length)
    known = str(update.update_id) if update.update_id is not None else None
    return SetAside(channel=Channel.TELEGRAM, update_id=known, letter=told)


async def poll(bot: Bot, request: AiohttpRequest, ingest: IngestUpdates, state: ChannelState) -> None:
    """Fetch updates for ever, whatever fails; an update is confirmed by the call after its commit.

    Args:
        request: of a connection of its own, so that a long poll keeps no reply waiting.
    """
    poller = _Poller(bot, request, ingest, state)
    await poller.take_webhook_down()
    while True:
        try:
            pause = await poller.round()
        except Exception as error:  # the top of a task that runs for ever
            logger.error("polling failed", extra={"error": type(error).__name__})
            pause = poller.failed(_trouble(error))
        if pause > 0:
            await asyncio.sleep(pause)


def _trouble(error: Exception) -> Trouble:
    if isinstance(error, InvalidToken):
        return "token"
    return "no_connection" if isinstance(error, NetworkError) else "error"


class _Poller:
    """What polling knows from one call to the next."""

    def __init__(self, bot: Bot, request: AiohttpRequest, ingest: IngestUpdates, state: ChannelState) -> None:
        self._bot = bot
        self._request = request
        self._take_in = ingest
        self._state = state
        self._offset: int | None = None
        self._failures = 0
        self._is_stuck = False
        """Whether the last batch could not be confirmed, and was counted already."""

    async def round(self) -> float:
        """Ask once, and keep what came; returns the seconds until the next call."""
        status, body = await self._request.ask(f"{self._bot.base_url}/getUpdates", self._asked(), POLL_SECONDS + 5)
        answer = read_answer(status, body)
        if isinstance(answer, Refusal):
            return await self._refused(answer)
        return await self._keep(answer)

    def failed(self, trouble: Trouble, longest: float = MAX_PAUSE_SECONDS) -> float:
        """Note a failure; returns how long to wait, longer after each."""
        self._state.failed(trouble)
        pause = min(FIRST_PAUSE_SECONDS * 2.0 ** min(self._failures, 10), longest)
        self._failures += 1
        return pause

    async def take_webhook_down(self) -> None:
        """Take down a webhook, which excludes polling; what is pending stays."""
        try:
            await self._bot.delete_webhook()
        except Exception as error:  # if there is one, the next call says so
            logger.warning("the webhook could not be taken down", extra={"error": type(error).__name__})

    def _asked(self) -> dict[str, str]:
        asked = {
            # After a trouble the first call returns at once, so that its end is soon known.
            "timeout": "0" if self._state.trouble else str(POLL_SECONDS),
            "limit": str(MAX_UPDATES),
            "allowed_updates": json.dumps(ALLOWED_UPDATES),
        }
        return asked | ({"offset": str(self._offset)} if self._offset is not None else {})

    async def _keep(self, updates: Sequence[Any]) -> float:
        """Commit a batch, then let the next call confirm it."""
        after = offset_after(updates)
        is_stuck = bool(updates) and after is None
        taken = [] if is_stuck and self._is_stuck else list(map(_to_taken, updates))
        if taken:
            try:
                await self._take_in(taken)
            except Exception as error:  # nothing is confirmed, so that Telegram gives it again
                logger.error("updates could not be kept", extra={"error": type(error).__name__})
                return self.failed("database")
        self._is_stuck = is_stuck
        # An empty answer confirms all before it. Asking without an offset then lets no strange id, and no new count
        # of Telegram's after a week of silence, hide what comes.
        self._offset = after
        if is_stuck:
            logger.error("updates without an id cannot be confirmed", extra={"count": len(updates)})
            return self.failed("error")
        self._failures = 0
        self._state.worked()
        return 0.0

    async def _refused(self, refusal: Refusal) -> float:
        match refusal.why:
            case Refused.TOKEN:
                logger.error("Telegram does not accept the token")
                return self.failed("token", MAX_TOKEN_PAUSE_SECONDS)
            case Refused.CONFLICT:
                return await self._settle_conflict()
            case Refused.BUSY:
                logger.warning("Telegram cannot be asked for updates now")
                return max(self.failed("no_connection"), refusal.seconds)
            case Refused.UNREADABLE:
                logger.error("an answer of Telegram could not be read")
                return self.failed("error")

    async def _settle_conflict(self) -> float:
        """Find out who takes our updates: a webhook is taken down, another process is only told of."""
        info = await self._bot.get_webhook_info()
        if info.url:
            logger.error("somebody set a webhook, which takes all updates; it is taken down")
            pause = self.failed("webhook_set")
            await self._bot.delete_webhook()
            return pause
        logger.error("another process polls with the same token; only one may")
        self.failed("other_poller")
        return AFTER_CONFLICT_SECONDS
