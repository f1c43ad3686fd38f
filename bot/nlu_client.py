"""The HTTP client of the NLU process; Rasa's JSON stops here."""

import logging
import time
from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp

from bot.core.conversation import Bands, Entity, Parse, Question, Ranked
from bot.core.errors import TemporaryError
from bot.core.evidence import OUT_OF_SCOPE_AT
from bot.core.hearing import other_words, word_count

logger = logging.getLogger(__name__)

PARSE_SECONDS = 2.5
"""So that a person is told within three seconds that the NLU is down."""
PROBE = "halo"
"""What is parsed to see whether anything is."""
EMBED_SECONDS = 10.0
EMBEDDED_AT_ONCE = 16
"""Texts: about a tenth of a second of the NLU's one thread, so that nobody's question waits long behind them."""


class _Outage:
    """Logs an outage at its two ends, with how many questions fell between; never what was asked."""

    def __init__(self) -> None:
        self._failures = 0
        self._began = 0.0

    def failed(self, error: Exception) -> None:
        if self._failures == 0:
            self._began = time.monotonic()
            logger.error("the NLU gives no answers", extra={"error": type(error).__name__})
        self._failures += 1

    def worked(self) -> None:
        if self._failures:
            seconds = round(time.monotonic() - self._began)
            logger.warning("the NLU answers again", extra={"count": self._failures, "seconds": seconds})
        self._failures = 0


class NluClient:
    """The real `Interpreter` and `Embedder`; close it when done."""

    def __init__(self, url: str) -> None:
        """Take the address of the NLU process, without a path."""
        self._url = url
        self._session: aiohttp.ClientSession | None = None
        self._outage = _Outage()

    async def parse(self, text: str) -> Parse:
        """Interpret one text."""
        try:
            parse = await self._parse(text)
        except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, TypeError) as error:
            self._outage.failed(error)
            # The cause may hold the text, so it is not chained.
            raise TemporaryError(f"the NLU gave no parse ({type(error).__name__})") from None
        self._outage.worked()
        return parse

    async def answers(self) -> bool:
        """Say whether a parse can be had now: an NLU that is up and hangs at its work is of no use."""
        try:
            await self._parse(PROBE)
        except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, TypeError):
            return False
        return True

    async def _parse(self, text: str) -> Parse:
        async with self._opened().post(f"{self._url}/model/parse", json={"text": text}) as response:
            response.raise_for_status()
            answer = await response.json()
        return parse_from_json(answer, text)

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
        doubt=float(answer.get("doubt", OUT_OF_SCOPE_AT)),
        model=str(answer["model"]),
        words=word_count(text),
        other_words=other_words(text, [(int(each["start"]), int(each["end"])) for each in answer["entities"]]),
        questions=tuple(
            Question(
                intent=str(each["name"]),
                confidence=float(each["confidence"]),
                out_of_scope=float(each["out_of_scope"]),
            )
            for each in answer.get("questions", ())
        ),
    )
