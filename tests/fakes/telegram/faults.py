"""Faults on demand: wrong answers, silence, cut connections."""

import random
from dataclasses import dataclass

HTML_502 = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
PHRASES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden: bot was blocked by the user",
    404: "Not Found: method not found",
    409: "Conflict: terminated by other getUpdates request",
    429: "Too Many Requests",
    500: "Internal Server Error",
}


@dataclass(kw_only=True)
class Fault:
    """What goes wrong with the next calls that it is meant for."""

    method: str  # "*" for every method
    left: int | None  # how many more calls; None = until cleared
    share: float = 1.0  # 0..1 of the calls
    chat_id: int | None = None
    status: int | None = None
    description: str = ""
    retry_after: int = 1  # of a 429
    hang: float = 0.0
    is_cut: bool = False
    is_after: bool = False  # the method acts first: the message is out, the reply is late or lost
    raw: str | None = None  # answered instead of JSON of Telegram's own
    location: str = ""  # of a redirect
    migrate_to: int | None = None  # of a 400: the chat's new id

    def is_for(self, method: str, chat_id: int) -> bool:
        """Say whether it is meant for this call."""
        return self.left != 0 and self.method in {"*", method} and self.chat_id in {None, chat_id}


class Faults:
    """The faults in force, first come first used."""

    def __init__(self) -> None:
        self.planned: list[Fault] = []
        self.used = 0
        self._random = random.Random(0)

    def plan(self, fault: Fault, seed: int = 0) -> None:
        """Add a fault; the seed decides which calls a share hits."""
        self._random = random.Random(seed)
        self.planned.append(fault)

    def take(self, method: str, chat_id: int) -> Fault | None:
        """Return the fault that hits this call, and count it."""
        for fault in self.planned:
            if fault.is_for(method, chat_id) and (fault.share >= 1 or self._random.random() < fault.share):
                fault.left = None if fault.left is None else fault.left - 1
                self.used += 1
                return fault
        return None
