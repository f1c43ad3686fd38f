"""The HTTP client of the NLU process; Rasa's JSON stops here."""

from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp

from bot.core.conversation import Bands, Entity, Parse, Question, Ranked
from bot.core.errors import TemporaryError
from bot.core.hearing import other_words, word_count

PARSE_SECONDS = 2.5
"""So that a person is told within three seconds that the NLU is down."""
EMBED_SECONDS = 10.0
EMBEDDED_AT_ONCE = 16
"""Texts: about a tenth of a second of the NLU's one thread, so that nobody's question waits long behind them."""


class NluClient:
    """The real `Interpreter` and `Embedder`; close it when done."""

    def __init__(self, url: str) -> None:
        """Take the address of the NLU process, without a path."""
        self._url = url
        self._session: aiohttp.ClientSession | None = None

    async def parse(self, text: str) -> Parse:
        """Interpret one text."""
        try:
            async with self._opened().post(f"{self._url}/model/parse", json={"text": text}) as response:
                response.raise_for_status()
                answer = await response.json()
            return parse_from_json(answer, text)
        except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, TypeError) as error:
            # The cause may hold the text, so it is not chained.
            raise TemporaryError(f"the NLU gave no parse ({type(error).__name__})") from None

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Give the vectors of texts, few at a time."""
        vectors: list[list[float]] = []
        for start in range(0, len(texts), EMBEDDED_AT_ONCE):
            vectors += await self._embed(texts[start : start + EMBEDDED_AT_ONCE])
        return vectors

    async def _embed(self, texts: Sequence[str]) -> list[list[float]]:
        limit = aiohttp.ClientTimeout(total=EMBED_SECONDS)
        body = {"texts": list(texts)}
        try:
            async with self._opened().post(f"{self._url}/embed", json=body, timeout=limit) as response:
                response.raise_for_status()
                vectors = [[float(each) for each in vector] for vector in (await response.json())["vectors"]]
            if len(vectors) != len(texts):
                raise ValueError("not one vector a text")
        except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, TypeError) as error:
            raise TemporaryError(f"the NLU gave no vectors ({type(error).__name__})") from None
        return vectors

    async def model(self) -> str | None:
        """Give the content id of the model being served, None while none is."""
        try:
            async with self._opened().get(f"{self._url}/health") as response:
                response.raise_for_status()
                return str((await response.json())["model"])
        except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, TypeError):
            return None

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PARSE_SECONDS))
        return self._session


def parse_from_json(answer: Mapping[str, Any], text: str) -> Parse:
    """Make the value of the NLU's answer (`design.md`, NLU); raises `KeyError`, `TypeError` or `ValueError`."""
    ranking = tuple(
        Ranked(intent=str(each["name"]), confidence=float(each["confidence"])) for each in answer["intent_ranking"]
    )
    if not ranking:
        raise ValueError("empty ranking")
    return Parse(
        ranking=ranking,
        entities=tuple(Entity(kind=str(each["entity"]), value=str(each["value"])) for each in answer["entities"]),
        bands=Bands(answer=float(answer["bands"]["answer"]), clarify=float(answer["bands"]["clarify"])),
        out_of_scope=float(answer["out_of_scope"]),
        model=str(answer["model"]),
        words=word_count(text),
        other_words=other_words(text, [(int(each["start"]), int(each["end"])) for each in answer["entities"]]),
        questions=tuple(
            Question(
                intent=str(each["name"]),
                confidence=float(each["confidence"]),
                out_of_scope=float(each["out_of_scope"]),
            )
            for each in answer["questions"]
        ),
    )
