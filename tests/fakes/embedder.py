"""Vectors that are near for texts of the same words."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.core.errors import TemporaryError

VECTOR_WIDTH = 128


@dataclass
class FakeEmbedder:
    """Returns texts with the same first word the same vector, and others vectors far from it."""

    is_down: bool = False
    name: str = "fake-model"
    embedded: list[str] = field(default_factory=list)

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return one vector a text."""
        if self.is_down:
            raise TemporaryError("the fake NLU is down")
        self.embedded += texts
        return [self._vector(text.split()[0]) for text in texts]

    async def model(self) -> str | None:
        """Return the model's name unless it is down."""
        return None if self.is_down else self.name

    def _vector(self, word: str) -> list[float]:
        digest = hashlib.blake2b(word.encode(), digest_size=VECTOR_WIDTH // 8).digest()
        return [1.0 if byte >> bit & 1 else -1.0 for byte in digest for bit in range(8)]
