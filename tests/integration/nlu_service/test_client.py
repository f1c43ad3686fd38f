"""The client of the NLU against a server that speaks HTTP on loopback."""

import gzip
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web

from bot.core.errors import InvalidInputError, PermanentError, TemporaryError
from bot.nlu_secret import FILE_NAME, nlu_secret, proof_of
from bot.nlu_service.client import EMBEDDED_AT_ONCE, MAX_ANSWER, NluClient, Standing
from tests.fakes.nlu_server import PARSE
from tests.support.bot_process import NLU_SECRET

pytestmark = pytest.mark.learning

SECRET = "pertanyaan rahasia"
MODEL = "model-tiruan"


@dataclass
class Server:
    """Returns each text its length as a vector, or whatever it is told to."""

    url: str = ""
    answer: web.Response | None = None
    batches: list[int] = field(default_factory=list)
    secret: str = NLU_SECRET
    proof: str | None = None
    """What is answered instead of the proof."""
    asked: list[str] = field(default_factory=list)
    """Every body that came."""

    async def health(self, request: web.Request) -> web.Response:
        proof = proof_of(self.secret, request.query["nonce"], MODEL) if self.proof is None else self.proof
        return web.json_response({"status": "ready", "model": MODEL, "proof": proof})

    async def parse(self, request: web.Request) -> web.Response:
        self.asked.append(await request.text())
        return self.answer or web.json_response(PARSE)

    async def embed(self, request: web.Request) -> web.Response:
        texts = (await request.json())["texts"]
        self.batches.append(len(texts))
        return self.answer or web.json_response({"vectors": [[len(text), 0.5] for text in texts]})


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """Return a server on a free port."""
    made = Server()
    app = web.Application()
    app.router.add_get("/health", made.health)
    app.router.add_post("/model/parse", made.parse)
    app.router.add_post("/embed", made.embed)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    made.url = f"http://{host}:{port}"
    yield made
    await runner.cleanup()


@pytest.fixture
async def client(server: Server) -> AsyncIterator[NluClient]:
    """Return a client of it."""
    made = NluClient(server.url, NLU_SECRET)
    yield made
    await made.close()


async def test_vectors_come_in_the_order_of_the_texts_and_few_are_asked_for_at_once(
    server: Server, client: NluClient
) -> None:
    texts = ["x" * number for number in range(1, 2 * EMBEDDED_AT_ONCE + 4)]
    assert await client.embed(texts) == [[len(text), 0.5] for text in texts]
    assert server.batches == [EMBEDDED_AT_ONCE, EMBEDDED_AT_ONCE, 3]
    assert await client.embed([]) == []


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, "{}"), (200, "bukan json"), (200, "{}"), (200, '{"vectors": []}'), (200, '{"vectors": [["a"]]}')],
)
async def test_an_answer_without_vectors_is_a_temporary_error_without_the_text(
    server: Server, client: NluClient, status: int, body: str
) -> None:
    server.answer = web.Response(status=status, text=body, content_type="application/json")
    with pytest.raises(TemporaryError) as raised:
        await client.embed([SECRET])
    assert SECRET not in repr(raised.value)
    assert raised.value.__cause__ is None


async def test_a_server_that_is_not_there_is_a_temporary_error() -> None:
    client = NluClient("http://127.0.0.1:9", NLU_SECRET)
    with pytest.raises(TemporaryError):
        await client.embed([SECRET])
    await client.close()


# Who answers


async def test_a_nlu_of_ours_proves_itself_and_parses(server: Server, client: NluClient) -> None:
    assert await client.standing() is Standing.OURS
    assert (await client.parse(SECRET)).intent == "di_luar_cakupan"
    assert await client.answers()


@pytest.mark.parametrize("proof", ["", "00", "x" * 64, None])
async def test_nothing_that_was_written_goes_to_whom_does_not_prove_itself(
    server: Server, client: NluClient, proof: str | None
) -> None:
    server.secret, server.proof = "another secret of somebody", proof
    assert await client.standing() is Standing.FOREIGN
    assert await client.model() is None
    with pytest.raises(TemporaryError):
        await client.parse(SECRET)
    with pytest.raises(TemporaryError):
        await client.embed([SECRET])
    assert (server.asked, server.batches) == ([], [])


async def test_a_proof_that_was_overheard_is_worth_nothing(server: Server, client: NluClient) -> None:
    server.proof = proof_of(NLU_SECRET, "0" * 32, MODEL)
    assert await client.standing() is Standing.FOREIGN


async def test_nobody_at_the_address_is_nobody() -> None:
    client = NluClient("http://127.0.0.1:9", NLU_SECRET)
    assert await client.standing() is Standing.NOBODY
    await client.close()


@pytest.mark.parametrize(
    "answer",
    [
        web.Response(status=302, headers={"Location": "http://127.0.0.1:9/"}),
        web.Response(body=gzip.compress(json.dumps(PARSE).encode()), headers={"Content-Encoding": "gzip"}),
        web.Response(body=gzip.compress(b" " * 100_000_000), headers={"Content-Encoding": "gzip"}),
        web.Response(text=json.dumps(PARSE) + " " * MAX_ANSWER),
        web.Response(text="[" * 50_000),
        web.Response(text="[]"),
        web.Response(text=json.dumps(PARSE | {"entities": None})),
    ],
    ids=["redirect", "compressed", "bomb", "too large", "nested", "list", "null"],
)
async def test_an_answer_out_of_bounds_is_a_temporary_error(
    server: Server, client: NluClient, answer: web.Response
) -> None:
    server.answer = answer
    with pytest.raises(TemporaryError):
        await client.parse(SECRET)
    assert not await client.answers()


# The secret


def test_the_secret_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    key = tmp_path / "keys" / "master.key"
    made = nlu_secret(None, key, "http://127.0.0.1:5005")
    assert nlu_secret(None, key, "http://localhost:5005") == made
    assert (key.parent / FILE_NAME).stat().st_mode & 0o777 == 0o600
    assert len(made) >= 32


def test_a_secret_that_others_may_read_is_refused_with_what_to_run(tmp_path: Path) -> None:
    key = tmp_path / "master.key"
    nlu_secret(None, key, "http://127.0.0.1:5005")
    (tmp_path / FILE_NAME).chmod(0o644)
    with pytest.raises(PermanentError, match="chmod 600"):
        nlu_secret(None, key, "http://127.0.0.1:5005")


@pytest.mark.parametrize(
    ("chosen", "url"),
    [
        (None, "http://10.0.0.5:5005"),
        (None, "https://nlu.example"),
        (NLU_SECRET, "http://nlu.example:5005"),
        (NLU_SECRET, "http://8.8.8.8:5005"),
        ("pendek", "http://127.0.0.1:5005"),
        ("dengan spasi di dalamnya", "http://127.0.0.1:5005"),
    ],
)
def test_another_machine_is_reached_only_with_a_secret_and_where_nobody_listens(
    chosen: str | None, url: str, tmp_path: Path
) -> None:
    with pytest.raises(InvalidInputError):
        nlu_secret(chosen, tmp_path / "master.key", url)


@pytest.mark.parametrize("url", ["https://nlu.example", "http://10.0.0.5:5005", "http://[::1]:5005"])
def test_a_chosen_secret_is_used_as_it_is(url: str, tmp_path: Path) -> None:
    assert nlu_secret(NLU_SECRET, tmp_path / "master.key", url) == NLU_SECRET
    assert not (tmp_path / FILE_NAME).exists()
