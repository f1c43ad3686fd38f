"""The client of the NLU against a server that speaks HTTP on loopback."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from bot.core.errors import TemporaryError
from bot.nlu_client import EMBEDDED_AT_ONCE, NluClient

pytestmark = pytest.mark.learning

SECRET = "pertanyaan rahasia"


@dataclass
class Server:
    """Gives each text its length as a vector, or whatever it is told to."""

    url: str = ""
    answer: web.Response | None = None
    batches: list[int] = field(default_factory=list)

    async def embed(self, request: web.Request) -> web.Response:
        texts = (await request.json())["texts"]
        self.batches.append(len(texts))
        return self.answer or web.json_response({"vectors": [[len(text), 0.5] for text in texts]})


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """Give a server on a free port."""
    made = Server()
    app = web.Application()
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
    """Give a client of it."""
    made = NluClient(server.url)
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
    client = NluClient("http://127.0.0.1:9")
    with pytest.raises(TemporaryError):
        await client.embed([SECRET])
    await client.close()
