"""How many unanswered texts of a source are kept in a day: whoever floods the curators' list hides no other question.

It is remembered in memory alone, under a hash that another start cannot make: nothing of it stands beside the texts,
where it could tell whose they are.
"""

import hashlib
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import date

from bot.core.vocabulary import Channel

MAX_TEXTS_A_DAY = 20
"""Of a person, or of an address on the web; who really asks is answered, or gives up, long before."""
MAX_SOURCES = 100_000
"""Remembered; the one that was silent longest is forgotten first."""
HASH_BYTES = 16


@dataclass(kw_only=True)
class LimitTexts:
    """Counts the texts kept of each source, within one process."""

    most: int = MAX_TEXTS_A_DAY
    _secret: bytes = field(default_factory=lambda: secrets.token_bytes(HASH_BYTES))
    _day: date | None = None
    _kept: OrderedDict[bytes, int] = field(default_factory=OrderedDict)

    def may_keep(self, channel: Channel, source: str, today: date) -> bool:
        """Say whether one more text of a source may be kept, and count it if so.

        Args:
            source: who is behind it, as far as the channel knows.
        """
        if channel is Channel.TERMINAL:
            # Whoever has a shell here writes into the database as they like.
            return True
        if today != self._day:
            self._day = today
            self._kept.clear()
        key = self._key(channel, source)
        kept = self._kept.get(key, 0)
        if kept >= self.most:
            return False
        self._kept[key] = kept + 1
        self._kept.move_to_end(key)
        if len(self._kept) > MAX_SOURCES:
            self._kept.popitem(last=False)
        return True

    def _key(self, channel: Channel, source: str) -> bytes:
        named = f"{channel.value} {source}".encode("utf-8", "replace")
        return hashlib.blake2b(named, key=self._secret, digest_size=HASH_BYTES).digest()
