"""An NLU client that never connects."""

from collections.abc import Sequence

from bot.core.dialogue.conversation import Parse
from bot.nlu_service.client import NluClient
from tests.fakes.embedder import FakeEmbedder
from tests.fakes.interpreter import FakeInterpreter


class FakeNlu(NluClient):
    """Asks the fake interpreter."""

    def __init__(self, interpreter: FakeInterpreter) -> None:
        """Take the interpreter."""
        super().__init__("http://127.0.0.1:9", "uji-rahasia-nlu-0123456789")
        self.interpreter = interpreter

    async def parse(self, text: str) -> Parse:
        """Return the scripted parse."""
        return await self.interpreter.parse(text)

    async def answers(self) -> bool:
        """Say whether the interpreter is up."""
        return not self.interpreter.is_down

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return the fake's vectors."""
        return await FakeEmbedder(is_down=self.interpreter.is_down).embed(texts)

    async def model(self) -> str | None:
        """Return a model unless the interpreter is down."""
        return None if self.interpreter.is_down else "fake-model"
