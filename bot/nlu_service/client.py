"""The HTTP client of the NLU process; Rasa's JSON stops here."""

import hmac
import json
import logging
import secrets
import time
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

import aiohttp

from bot.core.dialogue.conversation import Bands, Entity, IntentScore, Parse, SubQuestion
from bot.core.dialogue.utterance import other_words, word_count
from bot.core.errors import TemporaryError
from bot.http_client import NO_COMPRESSION, read_bounded
from bot.nlu_secret import proof_of

logger = logging.getLogger(__name__)

PARSE_SECONDS = 2.5
"""So that a person is told within three seconds that the NLU is down."""
PROBE = "halo"
"""What is parsed to see whether anything is."""
EMBED_SECONDS = 10.0
EMBEDDED_AT_ONCE = 16
"""Texts: about a tenth of a second of the NLU's one thread, so that nobody's question waits long behind them."""


MAX_ANSWER = 256 * 1024
"""Bytes: 16 vectors are some 130 KB, a parse some 10."""
PROVED_SECONDS = 1.0
"""How long a proof is believed; after it, or after any trouble, no text is sent before the next one."""
NONCE_BYTES = 16
UNREADABLE = (aiohttp.ClientError, TimeoutError, ValueError, KeyError, TypeError, RecursionError)


class Standing(StrEnum):
    """Who answers at the NLU's address."""

    OURS = "ours"
    """It proved that it knows our secret."""
    FOREIGN = "foreign"
    NOBODY = "nobody"


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

    def __init__(self, url: str, secret: str) -> None:
        """Take the address of the NLU process, without a path, and what it must know."""
        self._url = url
        self._secret = secret
        self._proved_at = float("-inf")
        self._session: aiohttp.ClientSession | None = None
        self._outage = _Outage()

    async def parse(self, text: str) -> Parse:
        """Interpret one text."""
        try:
            parse = await self._parse(text)
        except UNREADABLE as error:
            self._proved_at = float("-inf")
            self._outage.failed(error)
            # The cause may hold the text, so it is not chained.
            raise TemporaryError(f"the NLU gave no parse ({type(error).__name__})") from None
        self._outage.worked()
        return parse

    async def answers(self) -> bool:
        """Say whether a parse can be had now: an NLU that is up and hangs at its work is of no use."""
        try:
            await self._parse(PROBE)
        except UNREADABLE:
            self._proved_at = float("-inf")
            return False
        return True

    async def _parse(self, text: str) -> Parse:
        return parse_from_json(await self._ask("/model/parse", {"text": text}, PARSE_SECONDS), text)

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return the vectors of texts, few at a time."""
        vectors: list[list[float]] = []
        for start in range(0, len(texts), EMBEDDED_AT_ONCE):
            vectors += await self._embed(texts[start : start + EMBEDDED_AT_ONCE])
        return vectors

    async def _embed(self, texts: Sequence[str]) -> list[list[float]]:
        try:
            answer = await self._ask("/embed", {"texts": list(texts)}, EMBED_SECONDS)
            vectors = [[float(each) for each in vector] for vector in answer["vectors"]]
            if len(vectors) != len(texts):
                raise ValueError("not one vector a text")
        except UNREADABLE as error:
            self._proved_at = float("-inf")
            raise TemporaryError(f"the NLU gave no vectors ({type(error).__name__})") from None
        return vectors

    async def model(self) -> str | None:
        """Return the content id of the model being served, None while none is, or not by a NLU of ours."""
        try:
            return await self._proved_model()
        except UNREADABLE:
            return None

    async def standing(self) -> Standing:
        """Say who answers at the address; one that does not prove itself is never ours."""
        try:
            await self._proved_model()
        except aiohttp.ClientConnectorError:
            return Standing.NOBODY
        except UNREADABLE:
            return Standing.FOREIGN
        return Standing.OURS

    async def _proved_model(self) -> str:
        """Let the NLU prove that it knows the secret; a nonce is used once, so that no proof can be kept."""
        nonce = secrets.token_hex(NONCE_BYTES)
        limit = aiohttp.ClientTimeout(total=PARSE_SECONDS)
        address = f"{self._url}/health?nonce={nonce}"
        async with self._opened().get(address, timeout=limit, allow_redirects=False) as response:
            answer = await _object_of(response)
        model, proof = answer["model"], answer["proof"]
        if not isinstance(model, str) or not isinstance(proof, str):
            raise TypeError("no proof")
        if not hmac.compare_digest(proof.encode(), proof_of(self._secret, nonce, model).encode()):
            raise ValueError("a foreign NLU")
        self._proved_at = time.monotonic()
        return model

    async def _ask(self, path: str, body: Mapping[str, object], seconds: float) -> Mapping[str, Any]:
        """Send what was written to a NLU that has just proved itself, and to nobody else."""
        if time.monotonic() - self._proved_at > PROVED_SECONDS:
            await self._proved_model()
        async with self._opened().post(
            f"{self._url}{path}",
            json=body,
            headers={"Authorization": f"Bearer {self._secret}"},
            timeout=aiohttp.ClientTimeout(total=seconds),
            allow_redirects=False,
        ) as response:
            return await _object_of(response)

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=PARSE_SECONDS),
                headers=NO_COMPRESSION,
                # What was compressed all the same stays as it came, and is no JSON.
                auto_decompress=False,
            )
        return self._session


async def _object_of(response: aiohttp.ClientResponse) -> Mapping[str, Any]:
    """Return the JSON object that was answered.

    Raises:
        aiohttp.ClientPayloadError: when it is too large.
        ValueError: when it is no success, or none.
    """
    if response.status != 200:
        raise ValueError("no success")
    answer = json.loads(await read_bounded(response, MAX_ANSWER))
    if not isinstance(answer, dict):
        raise TypeError("no object")
    return answer


def parse_from_json(answer: Mapping[str, Any], text: str) -> Parse:
    """Make the value of the NLU's answer (`docs/architecture.md`, The NLU).

    Raises:
        KeyError, TypeError, ValueError: when it has another form.
    """
    ranking = tuple(
        IntentScore(intent=str(each["name"]), confidence=float(each["confidence"])) for each in answer["intent_ranking"]
    )
    if not ranking:
        raise ValueError("empty ranking")
    bands = Bands(**{name: float(answer["bands"][name]) for name in ("answer", "clarify", "out_of_scope")})
    return Parse(
        intent_ranking=ranking,
        entities=tuple(Entity(kind=str(each["entity"]), value=str(each["value"])) for each in answer["entities"]),
        bands=bands,
        out_of_scope=float(answer["out_of_scope"]),
        out_of_scope_caution=float(answer.get("doubt", bands.out_of_scope)),
        model=str(answer["model"]),
        words=word_count(text),
        other_words=other_words(text, [(int(each["start"]), int(each["end"])) for each in answer["entities"]]),
        sub_questions=tuple(
            SubQuestion(
                intent=str(each["name"]),
                confidence=float(each["confidence"]),
                out_of_scope=float(each["out_of_scope"]),
            )
            for each in answer.get("questions", ())
        ),
    )
