"""How fast a bot may write, and how long it must be quiet after too much."""

import math
import time
from collections import defaultdict, deque

from tests.fakes.telegram.types import ApiError, Limits, Refused

TOKEN = 0  # the scope of the whole bot; no chat has this number


class Gate:
    """Counts messages; once one is refused, its scope stays shut until retry_after has passed."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._recent: dict[str, deque[float]] = defaultdict(deque)
        self._due: dict[int, float] = {}
        self._shut_until: dict[int, float] = {}

    def shut(self, seconds: float, scope: int = TOKEN) -> None:
        """Refuse the scope for a while."""
        self._shut_until[scope] = max(self._shut_until.get(scope, 0.0), time.monotonic() + seconds)

    def pass_one(self, method: str, chat_id: int, *, is_paid: bool) -> None:
        """Let one message through, or say how long to wait.

        Raises:
            ApiError: 429 with retry_after in whole seconds.
        """
        if method not in self.limits.counted:
            return
        now = time.monotonic()
        left = max(self._shut_until.get(scope, 0.0) - now for scope in (TOKEN, chat_id))
        if left > 0:
            raise too_many(left, Refused.IMPATIENT)
        for wait, scope in self._waits(now, chat_id, is_paid=is_paid):
            if wait > 0:
                refusal = too_many(wait, Refused.RATE)
                self.shut(refusal.parameters["retry_after"], TOKEN if self.limits.blocks_whole_token else scope)
                raise refusal
        self._count(now, chat_id, is_paid=is_paid)

    def _waits(self, now: float, chat_id: int, *, is_paid: bool) -> list[tuple[float, int]]:
        limits = self.limits
        rate = limits.paid_per_second if is_paid else limits.per_second
        spare = limits.chat_interval * limits.chat_burst
        waits = [
            (self._window(self._all(is_paid), now, rate, 1.0), TOKEN),
            (max(self._due.get(chat_id, now), now) + limits.chat_interval - spare - now, chat_id),
        ]
        if chat_id < 0:
            waits.append((self._window(str(chat_id), now, limits.group_per_minute, 60.0), chat_id))
        return waits

    def _window(self, key: str, now: float, most: int, seconds: float) -> float:
        times = self._recent[key]
        while times and times[0] <= now - seconds:
            times.popleft()
        if not most or len(times) < most:
            return 0.0
        return times[-most] + seconds - now

    def _count(self, now: float, chat_id: int, *, is_paid: bool) -> None:
        self._recent[self._all(is_paid)].append(now)
        self._due[chat_id] = max(self._due.get(chat_id, now), now) + self.limits.chat_interval
        if chat_id < 0:
            self._recent[str(chat_id)].append(now)

    @staticmethod
    def _all(is_paid: bool) -> str:
        return "paid" if is_paid else "free"


def too_many(wait: float, kind: Refused | None) -> ApiError:
    """Make Telegram's 429."""
    seconds = max(1, math.ceil(wait))
    return ApiError(429, f"Too Many Requests: retry after {seconds}", kind=kind, retry_after=seconds)
