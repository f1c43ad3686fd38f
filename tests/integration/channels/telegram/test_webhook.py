"""The webhook route in this process: what is forged gets nowhere, what is fuzzed breaks nothing."""

import json
import random
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot.application.messaging.ports import IncomingMessage, ReceivedUpdate, SetAside, Taken
from bot.channels.telegram.updates import BotIdentity, read, to_inbound_update
from bot.channels.telegram.webhook import MAX_BODY, SECRET_HEADER, WEBHOOK_PATH, webhook_route
from bot.core.messaging.dead_letters import Reason

pytestmark = [pytest.mark.telegram]
SECRET = "rahasia-uji_123"
BODIES = [pytest.param(500, id="500"), pytest.param(10_000, id="10000", marks=pytest.mark.full)]
MYSELF = BotIdentity(id=7, username="sinetral_uji_bot")


class Accepted:
    """Remembers what was committed."""

    def __init__(self) -> None:
        self.updates: list[ReceivedUpdate] = []
        self.set_aside: list[SetAside] = []
        self.is_broken = False

    async def ingest(self, updates: Sequence[Taken]) -> None:
        if self.is_broken:
            raise ConnectionError
        self.updates += [each for each in updates if isinstance(each, ReceivedUpdate)]
        self.set_aside += [each for each in updates if isinstance(each, SetAside)]


@pytest.fixture
def accepted() -> Accepted:
    return Accepted()


@pytest.fixture
def client(accepted: Accepted) -> Iterator[TestClient]:
    """Return a client that raises what the server would hide behind a 500."""
    route = webhook_route(accepted.ingest, SECRET)
    with TestClient(Starlette(routes=[route])) as opened:
        yield opened


def update(**content: Any) -> dict[str, Any]:
    chat = {"id": 11, "type": "private", "first_name": "Sari"}
    message = {"message_id": 1, "date": 1_700_000_000, "chat": chat, "from": chat | {"is_bot": False}}
    return {"update_id": 5, "message": message | content}


GOOD = json.dumps(update(text="halo")).encode()


def test_an_authentic_update_is_committed_before_200(client: TestClient, accepted: Accepted) -> None:
    answer = client.post(WEBHOOK_PATH, json=update(text="halo"), headers={SECRET_HEADER: SECRET})
    assert (answer.status_code, [each.update_id for each in accepted.updates]) == (200, ["5"])


@pytest.mark.parametrize("secret", [None, "", "x", SECRET[:-1], SECRET + "x", SECRET.upper(), "rahasia\u00e9".encode()])
def test_without_the_secret_nothing_is_taken(
    client: TestClient, accepted: Accepted, secret: str | bytes | None
) -> None:
    headers = {} if secret is None else {SECRET_HEADER: secret}
    assert client.post(WEBHOOK_PATH, json=update(text="halo"), headers=headers).status_code == 403  # type: ignore[arg-type]
    assert accepted.updates == []


def test_a_body_too_large_is_acknowledged_and_counted(client: TestClient, accepted: Accepted) -> None:
    answer = client.post(WEBHOOK_PATH, content=b"a" * (MAX_BODY + 1), headers={SECRET_HEADER: SECRET})
    assert (answer.status_code, accepted.updates) == (200, [])
    assert [each.letter and each.letter.reason for each in accepted.set_aside] == [Reason.TOO_LARGE]


@pytest.mark.parametrize("bodies", BODIES)
def test_forged_bodies_are_all_refused(client: TestClient, accepted: Accepted, bodies: int) -> None:
    chance = random.Random(20261123)
    answers = [
        client.post(WEBHOOK_PATH, content=_fuzzed(chance), headers={SECRET_HEADER: _forged(chance)}).status_code
        for _ in range(bodies)
    ]
    assert (set(answers), accepted.updates) == ({403}, [])


@pytest.mark.parametrize("bodies", BODIES)
def test_fuzzed_bodies_are_acknowledged_and_read_without_harm(
    client: TestClient, accepted: Accepted, bodies: int
) -> None:
    chance = random.Random(20261124)
    answers = [
        client.post(WEBHOOK_PATH, content=_fuzzed(chance), headers={SECRET_HEADER: SECRET}).status_code
        for _ in range(bodies)
    ]
    assert set(answers) == {200}
    assert accepted.updates
    for each in accepted.updates:
        assert to_inbound_update(json.loads(each.payload)) == each


@pytest.mark.parametrize("body", [b"", b"zwartbolk", b"[" * 100_000, b"\xff\xfe", GOOD[:20]])
def test_what_is_no_json_is_acknowledged_and_counted(client: TestClient, accepted: Accepted, body: bytes) -> None:
    assert client.post(WEBHOOK_PATH, content=body, headers={SECRET_HEADER: SECRET}).status_code == 200
    [aside] = accepted.set_aside
    assert aside.letter is not None
    assert (aside.letter.reason, aside.letter.length, accepted.updates) == (Reason.NOT_JSON, len(body), [])


def test_an_odd_byte_or_number_does_not_hide_the_words(client: TestClient, accepted: Accepted) -> None:
    body = GOOD.replace(b'"Sari"', b'"S\xffri"').replace(b"1700000000", b"9" * 9_000)
    client.post(WEBHOOK_PATH, content=body, headers={SECRET_HEADER: SECRET})
    found = read(accepted.updates[0].payload, MYSELF)
    assert isinstance(found, IncomingMessage)
    assert found.heard == "halo"


def test_what_could_not_be_kept_is_delivered_again(client: TestClient, accepted: Accepted) -> None:
    accepted.is_broken = True
    assert client.post(WEBHOOK_PATH, content=GOOD, headers={SECRET_HEADER: SECRET}).status_code == 503
    accepted.is_broken = False
    assert client.post(WEBHOOK_PATH, content=GOOD, headers={SECRET_HEADER: SECRET}).status_code == 200
    assert len(accepted.updates) == 1


def test_an_update_of_an_unknown_kind_is_read_as_nothing() -> None:
    assert read(json.dumps({"update_id": 1, "poll_of_the_future": {"id": 3}}).encode(), MYSELF) is None


def _forged(chance: random.Random) -> str:
    at = chance.randrange(len(SECRET))
    return chance.choice(["", SECRET[:at], SECRET[:at] + "Q" + SECRET[at + 1 :], SECRET * 2])


def _fuzzed(chance: random.Random) -> bytes:
    """Return a body that is an update with one part replaced, cut, or something else altogether."""
    whole = update(text="halo", entities=[{"type": "mention", "offset": 0, "length": 3}])
    whole["update_id"] = chance.randrange(2**40)
    junk: list[Any] = [None, True, -1, 2**70, 1.5, "", "x" * 300, [], {}, [[[]]], {"id": {}}, {"id": "9"}, "\ud800"]
    target: Any = whole
    for _ in range(chance.randrange(3)):
        inner = [value for value in target.values() if isinstance(value, dict)]
        target = chance.choice(inner) if inner else target
    key = chance.choice(list(target))
    if chance.random() < 0.5:
        target[key] = chance.choice(junk)
    else:
        target.pop(key)
    body = json.dumps(whole).encode()
    kind = chance.random()
    if kind < 0.2:
        return body[: chance.randrange(len(body))]
    if kind < 0.3:
        return bytes(chance.randrange(256) for _ in range(chance.randrange(200)))
    if kind < 0.33:
        return b"[" * 5_000
    return body
