"""The webhook in this process: what is forged gets nowhere, what is fuzzed breaks nothing, and nothing grows."""

import copy
import json
import os
import random
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot.application.campaigns.record_receipts import Receipt, Ticket, read_ticket, ticket_of
from bot.application.messaging.ports import IncomingMessage, ReceivedUpdate, SetAside, Taken
from bot.application.messaging.record_replies import ReplyTicket, ReplyWord
from bot.channels.whatsapp.batch_committer import BatchCommitter
from bot.channels.whatsapp.updates import read
from bot.channels.whatsapp.webhook import MAX_BODY, WEBHOOK_PATH, signature, webhook_routes
from bot.core.campaigns.delivery import DeliveryStatus
from bot.core.dialogue.conversation import Press
from bot.core.messaging.dead_letters import Reason
from bot.core.messaging.send_outcome import SendOutcome
from bot.core.vocabulary import Unreadable
from tests.fakes.clock import FakeClock
from tests.fakes.whatsapp.graph_api import APP_SECRET, NUMBER_ID, VERIFY_TOKEN, signed_headers

pytestmark = [pytest.mark.whatsapp]
BODIES = [pytest.param(500, id="500"), pytest.param(10_000, id="10000", marks=pytest.mark.full)]
MAX_GROWTH = 50 * 1024 * 1024
UPDATES = Path(__file__).parents[3] / "data" / "updates" / "whatsapp"


class Kept:
    """Remembers what was committed; can refuse."""

    def __init__(self) -> None:
        self.updates: list[ReceivedUpdate] = []
        self.set_aside: list[SetAside] = []
        self.receipts: list[Receipt] = []
        self.is_broken = False

    async def ingest(self, updates: Sequence[Taken]) -> None:
        if self.is_broken:
            raise ConnectionError
        self.updates += [each for each in updates if isinstance(each, ReceivedUpdate)]
        self.set_aside += [each for each in updates if isinstance(each, SetAside)]

    async def record(self, receipts: Sequence[Receipt]) -> int:
        self.receipts += receipts
        return len(receipts)


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def client(kept: Kept, now: datetime) -> Iterator[TestClient]:
    """Return a client that raises what the server would hide behind a 500."""
    group = BatchCommitter(kept.ingest, kept)
    routes = webhook_routes(group, APP_SECRET, VERIFY_TOKEN, NUMBER_ID, FakeClock(now))
    with TestClient(Starlette(routes=routes)) as opened:
        yield opened


def fixture(name: str) -> dict[str, Any]:
    """Return a recorded webhook, made anonymous."""
    found = json.loads(_written(name))
    assert isinstance(found, dict)
    return found


@cache
def _written(name: str) -> str:
    return (UPDATES / f"{name}.json").read_text(encoding="utf-8")


@cache
def fixtures() -> list[str]:
    return sorted(path.stem for path in UPDATES.glob("*.json"))


def post(client: TestClient, body: object, headers: dict[str, str] | None = None) -> httpx2.Response:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(WEBHOOK_PATH, content=data, headers=signed_headers(data) if headers is None else headers)


# The handshake


@pytest.mark.parametrize(
    ("mode", "token", "status"),
    [
        ("subscribe", VERIFY_TOKEN, 200),
        ("subscribe", "", 403),
        ("subscribe", VERIFY_TOKEN + "x", 403),
        ("subscribe", "kata-é", 403),
        ("unsubscribe", VERIFY_TOKEN, 403),
    ],
)
def test_the_handshake_is_for_whom_knows_the_word(client: TestClient, mode: str, token: str, status: int) -> None:
    asked = {"hub.mode": mode, "hub.verify_token": token, "hub.challenge": "12345"}
    answer = client.get(WEBHOOK_PATH, params=asked)
    assert answer.status_code == status
    assert answer.text == ("12345" if status == 200 else "")


def test_the_challenge_is_never_a_page(client: TestClient) -> None:
    asked = {"hub.mode": "subscribe", "hub.verify_token": VERIFY_TOKEN, "hub.challenge": "<script>1</script>"}
    answer = client.get(WEBHOOK_PATH, params=asked)
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["x-content-type-options"] == "nosniff"


# What is taken


def test_a_signed_message_is_committed_before_200(client: TestClient, kept: Kept) -> None:
    assert post(client, fixture("text")).status_code == 200
    [update] = kept.updates
    inbound = read(update.payload)
    assert isinstance(inbound, IncomingMessage)
    assert (inbound.heard, inbound.person) == ("boleh ga like postingan calon?", "bsuid:ID.13491208655302741918")
    assert inbound.former == "wa_id:6281200000001"


def test_no_id_of_a_person_or_message_outlives_the_update(client: TestClient, kept: Kept) -> None:
    post(client, fixture("text"))
    [update] = kept.updates
    # Meta's ids of messages hold the phone number.
    assert "wamid" not in update.update_id
    assert "62812" not in update.update_id
    assert b"Sari" not in update.payload


@pytest.mark.parametrize("name", fixtures())
def test_every_recorded_kind_is_taken_and_read(client: TestClient, kept: Kept, name: str) -> None:
    assert post(client, fixture(name)).status_code == 200
    for update in kept.updates:
        read(update.payload)
    assert kept.updates or kept.receipts or name in {"unknown_field", "status_of_reply", "template_update"}


@pytest.mark.parametrize(
    ("name", "heard"),
    [
        ("button_reply", Press(payload="s:tim_sukses")),
        ("list_reply", Press(payload="g:kampanye")),
        ("template_button", Press(payload="b")),
        ("audio", Unreadable.VOICE),
        ("unknown_type", Unreadable.UNSUPPORTED),
    ],
)
def test_what_was_said_is_understood(client: TestClient, kept: Kept, name: str, heard: object) -> None:
    post(client, fixture(name))
    inbound = read(kept.updates[0].payload)
    assert isinstance(inbound, IncomingMessage)
    assert inbound.heard == heard


def test_an_opt_out_pressed_in_whatsapp_is_carried_out_without_an_answer(client: TestClient, kept: Kept) -> None:
    post(client, fixture("user_preferences"))
    inbound = read(kept.updates[0].payload)
    assert isinstance(inbound, IncomingMessage)
    assert (inbound.heard, inbound.is_answered) == (Press(payload="b"), False)


def test_a_repeat_has_the_same_id_and_two_messages_have_two(client: TestClient, kept: Kept) -> None:
    post(client, fixture("text"))
    post(client, fixture("text"))
    other = fixture("text")
    other["entry"][0]["changes"][0]["value"]["messages"][0]["id"] += "x"
    post(client, other)
    first, again, third = (update.update_id for update in kept.updates)
    assert first == again != third


def test_receipts_name_their_message_by_our_ticket(client: TestClient, kept: Kept) -> None:
    key = bytes(range(32))
    body = fixture("status_of_campaign")
    [status] = body["entry"][0]["changes"][0]["value"]["statuses"]
    status["biz_opaque_callback_data"] = ticket_of(7, key)
    expected = {
        "sent": DeliveryStatus.SENT,
        "delivered": DeliveryStatus.DELIVERED,
        "read": DeliveryStatus.READ,
        "warned": None,
    }
    for word in expected:
        status["status"] = word
        post(client, body)
    assert [each.status for each in kept.receipts] == [each for each in expected.values() if each is not None]
    assert read_ticket(kept.receipts[0].ticket) == Ticket(chunk=7, key=key, number=1)


@pytest.mark.parametrize(
    ("code", "became"),
    [
        (131026, DeliveryStatus.UNREACHABLE),
        (131050, DeliveryStatus.WITHDRAWN),
        (131049, DeliveryStatus.REFUSED),
        (131053, DeliveryStatus.FAILED),
    ],
)
def test_a_failure_is_told_by_what_its_code_means(
    client: TestClient, kept: Kept, code: int, became: DeliveryStatus
) -> None:
    body = fixture("status_of_campaign")
    [status] = body["entry"][0]["changes"][0]["value"]["statuses"]
    status |= {"status": "failed", "errors": [{"code": code, "title": "x"}]}
    post(client, body)
    assert [(each.status, each.reason) for each in kept.receipts] == [(became, str(code))]


class KeptWords:
    """Remembers what was said of replies; can refuse."""

    def __init__(self) -> None:
        self.words: list[ReplyWord] = []
        self.is_broken = False

    async def record(self, words: Sequence[ReplyWord]) -> int:
        if self.is_broken:
            raise ConnectionError
        self.words += words
        return 0


def test_what_is_said_of_a_reply_is_committed_before_200(kept: Kept, now: datetime) -> None:
    said = KeptWords()
    group = BatchCommitter(kept.ingest, kept, said)
    routes = webhook_routes(group, APP_SECRET, VERIFY_TOKEN, NUMBER_ID, FakeClock(now))
    body = fixture("status_of_campaign")
    [status] = body["entry"][0]["changes"][0]["value"]["statuses"]
    status |= {"status": "failed", "errors": [{"code": 131000}], "biz_opaque_callback_data": "r7.12500.1"}
    with TestClient(Starlette(routes=routes)) as opened:
        said.is_broken = True
        assert post(opened, body).status_code == 503
        said.is_broken = False
        assert post(opened, body).status_code == 200
    [word] = said.words
    assert (word.ticket, kept.receipts) == (ReplyTicket(message=7, moment=12_500, attempt=1), [])
    assert word.failure is not None
    assert word.failure.outcome is SendOutcome.NOT_TAKEN


def test_another_numbers_messages_are_not_ours(client: TestClient, kept: Kept) -> None:
    body = fixture("text")
    body["entry"][0]["changes"][0]["value"]["metadata"]["phone_number_id"] = "999"
    assert post(client, body).status_code == 200
    assert kept.updates == []


def test_what_could_not_be_kept_is_delivered_again(client: TestClient, kept: Kept) -> None:
    kept.is_broken = True
    assert post(client, fixture("text")).status_code == 503
    kept.is_broken = False
    assert post(client, fixture("text")).status_code == 200
    assert len(kept.updates) == 1


# What is not


@pytest.mark.parametrize(
    "given",
    [None, "", "sha256=", "sha256=" + "0" * 64, "sha1=abc", "é", "sha256=" + "f" * 4_096],
)
def test_without_the_right_signature_nothing_is_taken(client: TestClient, kept: Kept, given: str | None) -> None:
    headers = {} if given is None else {"X-Hub-Signature-256": given.encode()}
    answer = client.post(WEBHOOK_PATH, content=json.dumps(fixture("text")), headers=headers)  # type: ignore[arg-type]
    assert (answer.status_code, kept.updates) == (403, [])


def test_the_signature_covers_every_byte(client: TestClient, kept: Kept) -> None:
    data = json.dumps(fixture("text")).encode()
    headers = signed_headers(data)
    for changed in (data + b" ", data.replace(b"calon", b"Calon"), data[:-1]):
        assert client.post(WEBHOOK_PATH, content=changed, headers=headers).status_code == 403
    upper = {"X-Hub-Signature-256": signature(data, APP_SECRET).upper()}
    assert client.post(WEBHOOK_PATH, content=data, headers=upper).status_code == 403
    assert kept.updates == []


def test_a_body_too_large_is_refused(client: TestClient, kept: Kept) -> None:
    assert post(client, b"a" * (MAX_BODY + 1)).status_code == 413
    assert kept.updates == []


@pytest.mark.parametrize("body", [b"", b"zwartbolk", b"[" * 100_000])
def test_what_is_no_json_is_acknowledged_and_counted(client: TestClient, kept: Kept, body: bytes) -> None:
    assert post(client, body).status_code == 200
    [aside] = kept.set_aside
    assert aside.letter is not None
    assert (aside.letter.reason, aside.letter.length, kept.updates) == (Reason.NOT_JSON, len(body), [])


def test_a_message_without_a_sender_is_acknowledged_and_counted(client: TestClient, kept: Kept) -> None:
    body = fixture("text")
    value = body["entry"][0]["changes"][0]["value"]
    value["messages"][0] = {"type": "text", "text": {"body": "halo"}}
    value.pop("contacts")
    assert post(client, body).status_code == 200
    assert [each.letter.reason for each in kept.set_aside if each.letter is not None] == [Reason.NO_CHAT]


@pytest.mark.parametrize("bodies", BODIES)
def test_forged_bodies_are_all_refused(
    client: TestClient, kept: Kept, bodies: int, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = _seed(capsys, "forged")
    chance = random.Random(seed)
    answers = set()
    for _ in range(bodies):
        data = _fuzzed(chance)
        answers.add(client.post(WEBHOOK_PATH, content=data, headers=_forged(chance, data)).status_code)
    assert (answers, kept.updates, kept.receipts) == ({403}, [], [])


@pytest.mark.parametrize("bodies", BODIES)
def test_fuzzed_bodies_are_acknowledged_and_read_without_harm(
    client: TestClient, kept: Kept, bodies: int, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(_seed(capsys, "fuzzed"))
    answers, taken = set(), 0
    for number in range(bodies):
        if number == bodies // 10:
            before = _resident()
        answers.add(post(client, _fuzzed(chance)).status_code)
        for update in kept.updates:
            read(update.payload)
            assert len(update.update_id) < 200
            update.person.encode()
        taken += len(kept.updates)
        kept.updates.clear()
        kept.receipts.clear()
    assert answers == {200}
    assert taken
    assert _resident() - before < MAX_GROWTH


def _resident() -> int:
    """Return the bytes of memory that this process holds."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _seed(capsys: pytest.CaptureFixture[str], what: str) -> int:
    seed = int.from_bytes(os.urandom(4), "big")
    with capsys.disabled():
        print(f"\n{what} WhatsApp bodies: seed {seed}")
    return seed


def _forged(chance: random.Random, data: bytes) -> dict[str, str]:
    right = signature(data, APP_SECRET)
    at = chance.randrange(len("sha256="), len(right))
    other = chance.choice("0123456789abcdef".replace(right[at], ""))
    wrong = ["", right[:at], right[:at] + other + right[at + 1 :]]
    wrong += [signature(data, "lain"), signature(data + b" ", APP_SECRET)]
    return {"X-Hub-Signature-256": chance.choice(wrong)}


JUNK: list[Any] = [None, True, -1, 2**70, 1.5, "", "x" * 300, [], {}, [[[]]], {"id": {}}, {"id": "9"}, "\ud800", [None]]


def _fuzzed(chance: random.Random) -> bytes:
    """Return a recorded body with parts replaced, cut, or something else altogether."""
    whole = fixture(chance.choice(fixtures()))
    for _ in range(chance.randrange(1, 4)):
        target: Any = whole
        for _ in range(chance.randrange(9)):
            inner = list(target.values()) if isinstance(target, dict) else target
            inner = [value for value in inner if isinstance(value, dict | list) and value]
            target = chance.choice(inner) if inner else target
        keys = list(target) if isinstance(target, dict) else list(range(len(target)))
        if not keys:
            continue
        key = chance.choice(keys)
        if chance.random() < 0.7:
            target[key] = copy.deepcopy(chance.choice(JUNK))
        else:
            target.pop(key)
    body = json.dumps(whole).encode()
    kind = chance.random()
    if kind < 0.1:
        return body[: chance.randrange(len(body))]
    if kind < 0.15:
        return bytes(chance.randrange(256) for _ in range(chance.randrange(200)))
    return b"[" * 5_000 if kind < 0.17 else body
