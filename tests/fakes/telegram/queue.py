"""Updates that wait for the bot: what is confirmed, what is next, what is repeated."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.fakes.telegram.rules import ONLY_WHEN_ASKED, UPDATE_KINDS
from tests.fakes.telegram.types import Delivery, Json, Order

FIRST_UPDATE_ID = 710_000_001


@dataclass(kw_only=True, eq=False)
class Waiting:
    """One update on its way; a repeat is one that the bot may already have."""

    update_id: int
    chat_id: int
    body: Json
    is_repeat: bool = False
    attempts: int = 0
    not_before: float = 0.0
    is_in_flight: bool = False


@dataclass(frozen=True, kw_only=True)
class Backoff:
    """Seconds before a webhook is tried again; Telegram's own figures are not published."""

    first: float = 0.1
    factor: float = 2.0
    most: float = 2.0
    attempts: int | None = None  # given up after so many; None = never

    def wait(self, attempts: int) -> float:
        """Return the pause after so many failed attempts."""
        return min(self.first * self.factor ** min(attempts - 1, 30), self.most)


class UpdateQueue:
    """Holds updates until confirmed, by a higher offset or by a webhook's 2xx."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._next_id = FIRST_UPDATE_ID
        self._random = random.Random(0)
        self._copies = 1
        self._share = 1.0
        self.order = Order.QUEUED
        self.is_held = False
        self.allowed = UPDATE_KINDS - ONLY_WHEN_ASKED
        self.backoff = Backoff()
        self.waiting: list[Waiting] = []
        self.history: dict[int, Waiting] = {}
        self.deliveries: list[Delivery] = []

    def plan(self, order: Order, copies: int, share: float, seed: int) -> None:
        """Choose the order, and how many times in all a share of the updates is delivered."""
        self.order, self._copies, self._share = order, copies, share
        self._random = random.Random(seed)

    def add(self, kind: str, content: Json, chat_id: int) -> int:
        """Queue an update; returns its id, or 0 where the bot did not ask for this kind."""
        if kind not in self.allowed:
            return 0
        update_id = self._next_id
        self._next_id += 1
        one = Waiting(update_id=update_id, chat_id=chat_id, body={"update_id": update_id, kind: content})
        self.history[update_id] = one
        self.waiting.append(one)
        if self.order is Order.SHUFFLED:
            self._repeat_by_plan(one)
        self._changed()
        return update_id

    def repeat(self, update_id: int, times: int = 1) -> None:
        """Deliver an update again, confirmed or not."""
        old = self.history[update_id]
        self.waiting += [
            Waiting(update_id=update_id, chat_id=old.chat_id, body=old.body, is_repeat=True) for _ in range(times)
        ]
        self._changed()

    def forget(self) -> None:
        """Drop everything that waits."""
        self.waiting.clear()
        self._changed()

    # Polling

    def confirm_below(self, offset: int) -> None:
        """Forget what a poll confirms; a negative offset keeps only the newest."""
        if offset < 0:
            kept = sorted(one.update_id for one in self.waiting if not one.is_repeat)[offset:]
            offset = kept[0] if kept else 0
        before = len(self.waiting)
        # A repeat stays until it was handed out: that is what makes it one.
        self.waiting = [one for one in self.waiting if one.update_id >= offset or (one.is_repeat and not one.attempts)]
        if len(self.waiting) != before:
            self._changed()

    def batch(self, limit: int) -> list[Json]:
        """Hand out the oldest updates, rearranged only among themselves so that an offset confirms none unseen."""
        if self.is_held:
            return []
        # Only what was handed out before is a repeat; a newer one would draw the offset past updates unseen.
        repeats = {one.update_id: one for one in self.waiting if one.is_repeat and self.history[one.update_id].attempts}
        fresh = [one for one in self.waiting if not one.is_repeat and one.update_id not in repeats]
        chosen = self._arranged(([*repeats.values(), *sorted(fresh, key=lambda one: one.update_id)])[:limit])
        for one in chosen:
            self._handed_out(
                one,
                Delivery(
                    update_id=one.update_id, at=time.monotonic(), attempt=one.attempts + 1, way="poll", status=200
                ),
            )
            if one.is_repeat:
                self.waiting.remove(one)
        if chosen:
            self._changed()
        return [one.body for one in chosen]

    def _arranged(self, batch: list[Waiting]) -> list[Waiting]:
        if self.order is Order.SHUFFLED:
            self._random.shuffle(batch)
        if self.order is Order.MIXED:
            chats = [one.chat_id for one in batch]
            self._random.shuffle(chats)
            lanes = {chat: iter([one for one in batch if one.chat_id == chat]) for chat in chats}
            return [next(lanes[chat]) for chat in chats]
        return batch

    # Webhook

    def take(self) -> Waiting | None:
        """Return the next update to post, if one may go now."""
        now = time.monotonic()
        ready = [] if self.is_held else [one for one in self._heads() if one.not_before <= now]
        if not ready:
            return None
        one = ready[0] if self.order is Order.QUEUED else self._random.choice(ready)
        one.is_in_flight = True
        return one

    def seconds_to_next(self) -> float | None:
        """Say when a failed post may be tried again; None while there is none."""
        times = [one.not_before for one in self._heads()]
        return None if self.is_held or not times else max(0.0, min(times) - time.monotonic())

    def posted(self, one: Waiting, delivery: Delivery) -> None:
        """Settle a post: confirmed by 2xx, else waiting for its next turn."""
        one.is_in_flight = False
        self._handed_out(one, delivery)
        is_over = self.backoff.attempts is not None and one.attempts >= self.backoff.attempts
        if 200 <= delivery.status <= 299 or is_over:
            self.waiting = [other for other in self.waiting if other is not one]
        else:
            one.not_before = time.monotonic() + self.backoff.wait(one.attempts)
        self._changed()

    def _heads(self) -> list[Waiting]:
        """List what may be posted; each chat's oldest alone, unless everything is shuffled."""
        if self.order is Order.SHUFFLED:
            return [one for one in self.waiting if not one.is_in_flight]
        heads: dict[object, Waiting] = {}
        for one in self.waiting:
            heads.setdefault(one if one.is_repeat else one.chat_id, one)
        return [one for one in heads.values() if not one.is_in_flight]

    def _handed_out(self, one: Waiting, delivery: Delivery) -> None:
        one.attempts += 1
        self.deliveries.append(delivery)
        if one.attempts == 1 and not one.is_repeat and self.order is not Order.SHUFFLED:
            self._repeat_by_plan(one)

    def _repeat_by_plan(self, one: Waiting) -> None:
        if self._copies > 1 and self._random.random() < self._share:
            self.repeat(one.update_id, self._copies - 1)
