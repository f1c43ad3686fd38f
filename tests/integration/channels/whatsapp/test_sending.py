"""What one sending on WhatsApp tells, over real HTTP: messenger, reminders and the list of templates."""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.application.campaigns.ports import Addressee
from bot.application.messaging.ports import Message
from bot.application.messaging.record_replies import read_reply_ticket
from bot.channels.whatsapp.bulk_sender import WhatsAppBulkSender
from bot.channels.whatsapp.codes import CODES, answer_of, attempt_of
from bot.channels.whatsapp.graph_client import GraphClient, GraphError
from bot.channels.whatsapp.messenger import WhatsAppMessenger
from bot.channels.whatsapp.payloads import message_json
from bot.channels.whatsapp.platform_templates import TemplateCheck
from bot.channels.whatsapp.webhook_reader import read_webhook
from bot.core.campaigns.platform_template import REMINDER, REQUIRED_TEMPLATES, PlatformTemplate
from bot.core.messaging.send_outcome import SendOutcome, SendResult, Trouble
from bot.core.replies.reply import Button, text
from bot.core.replies.whatsapp_layout import WhatsAppMessage
from bot.core.vocabulary import Channel
from tests.fakes.clock import FakeClock
from tests.fakes.whatsapp.graph_api import ACCOUNT_ID, NUMBER_ID, TOKEN, VERSION, FakeGraph, Person

pytestmark = [pytest.mark.whatsapp]
HOUR = 3_600.0
FAR = 4e9
BUTTONS = (Button(label="Sanksi", payload="s:x"), Button(label="Dasar", payload="d:x"))


class Registry:
    """Knows our templates as approved."""

    async def templates(self) -> Sequence[PlatformTemplate]:
        return [replace(each, status="APPROVED") for each in REQUIRED_TEMPLATES]

    async def replace(self, templates: Sequence[PlatformTemplate], now: datetime) -> None:
        raise NotImplementedError

    async def synced_at(self) -> datetime | None:
        return None


@pytest.fixture
def graph() -> Iterator[FakeGraph]:
    with FakeGraph(sends_statuses=False) as fake:
        yield fake


@pytest.fixture
async def client(graph: FakeGraph) -> AsyncIterator[GraphClient]:
    made = GraphClient(graph.url, VERSION, TOKEN, NUMBER_ID, ACCOUNT_ID)
    yield made
    await made.close()


@pytest.fixture
def messenger(client: GraphClient, now: datetime) -> WhatsAppMessenger:
    return WhatsAppMessenger(client, TemplateCheck(Registry()), FakeClock(now))


@pytest.fixture
def ani(graph: FakeGraph) -> Person:
    person = graph.add("62812")
    person.open_until = FAR
    return person


def message(buttons: tuple[Button, ...] = BUTTONS, *, until: float = FAR, **more: Any) -> Message:
    body = message_json(WhatsAppMessage(paragraphs=(text("Boleh & tidak"),), buttons=buttons))
    payload = json.dumps({"person": "wa_id:62812", "until": until, "body": body}).encode()
    return Message(id=7, channel=Channel.WHATSAPP, attempts=2, payload=payload, owed_at=12.5, **more)


def told(attempt: SendResult) -> tuple[SendOutcome, Trouble | None]:
    return attempt.outcome, attempt.trouble


async def test_a_reply_carries_a_ticket_that_names_its_sending_and_nobody(
    graph: FakeGraph, messenger: WhatsAppMessenger, ani: Person
) -> None:
    attempt = await messenger.send(message())
    [sent] = graph.sent(ani)
    assert attempt == SendResult(outcome=SendOutcome.ACCEPTED, platform_id=sent.id)
    ticket = read_reply_ticket(sent.body["biz_opaque_callback_data"])
    assert ticket is not None
    assert (ticket.message, ticket.moment, ticket.attempt) == (7, 12_500, 2)
    assert "62812" not in sent.body["biz_opaque_callback_data"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("<html>Selamat datang di hotel</html>", 200),
        ("{}", 200),
        ('{"messages": []}', 200),
        ('{"messages": [{"id": 5}]}', 200),
        ('{"messages": [{"id": ""}]}', 200),
        ('{"messages": {"id": "wamid.1"}}', 200),
        ('{"messages": [{"id": "wamid.1"}]}', 302),
        ("<html>", 404),
        ("<html>", 502),
    ],
)
async def test_what_names_no_message_is_not_accepted(
    graph: FakeGraph, client: GraphClient, messenger: WhatsAppMessenger, ani: Person, body: str, status: int
) -> None:
    graph.garble(body, status=status, location=f"{graph.url}/{VERSION}/{ACCOUNT_ID}/message_templates", times=2)
    broadcast = WhatsAppBulkSender(client, TemplateCheck(Registry()), FakeClock(datetime.fromtimestamp(0, UTC)))
    body_of = json.loads(message().payload)["body"]
    forms = json.dumps({"free": None, "template": body_of, "name": REMINDER.name}).encode()
    attempts = [await messenger.send(message()), await broadcast.send(Addressee(person="wa_id:62812"), forms)]
    assert [told(each) for each in attempts] == [(SendOutcome.UNKNOWN, Trouble.PLATFORM)] * 2


def test_an_error_with_200_is_judged_by_its_code() -> None:
    body = json.dumps({"error": {"code": 131000}}).encode()
    assert told(answer_of(200, body)) == (SendOutcome.NOT_TAKEN, Trouble.PLATFORM)


@pytest.mark.parametrize("code", [True, None, "x", [1], -1, 10**30, "131026"])
def test_a_code_of_any_kind_is_judged(code: object) -> None:
    outcome = answer_of(400, json.dumps({"error": {"code": code}}).encode()).outcome
    assert outcome is (SendOutcome.UNREACHABLE if code == "131026" else SendOutcome.REFUSED)


def test_every_code_says_whose_trouble_it_is_by_both_ways() -> None:
    for code in CODES:
        by_answer = answer_of(401, json.dumps({"error": {"code": code}}).encode())
        assert by_answer.trouble is CODES[code].trouble
        if code:
            assert attempt_of(code).trouble is CODES[code].trouble
    assert attempt_of(987_654) == SendResult(outcome=SendOutcome.REFUSED, reason="987654")


# Forms


@pytest.mark.parametrize("code", [100, 131008, 131009])
async def test_what_is_refused_for_its_form_goes_once_more_as_words(
    graph: FakeGraph, messenger: WhatsAppMessenger, ani: Person, code: int
) -> None:
    graph.fail(code)
    assert (await messenger.send(message())).outcome is SendOutcome.ACCEPTED
    [sent] = graph.sent(ani)
    assert (sent.body["type"], sent.text) == ("text", "Boleh & tidak\n\n• Sanksi\n• Dasar")


async def test_words_alone_have_no_simpler_form(graph: FakeGraph, messenger: WhatsAppMessenger, ani: Person) -> None:
    graph.fail(131009)
    assert told(await messenger.send(message(()))) == (SendOutcome.REFUSED, Trouble.MESSAGE)
    assert graph.sent(ani) == []


async def test_a_closed_window_is_reopened_by_the_template(
    graph: FakeGraph, messenger: WhatsAppMessenger, ani: Person
) -> None:
    graph.fail(131047)
    for each in (message(), message(until=0.0), message(is_reopening=True)):
        assert (await messenger.send(each)).outcome is SendOutcome.ACCEPTED
    assert [sent.body["type"] for sent in graph.sent(ani)] == ["template"] * 3


async def test_what_the_account_owes_keeps_no_free_answer_back(
    graph: FakeGraph, messenger: WhatsAppMessenger, ani: Person
) -> None:
    graph.fail(131042)
    assert told(await messenger.send(message(until=0.0))) == (SendOutcome.HELD, Trouble.TEMPLATE)
    assert (await messenger.send(message())).outcome is SendOutcome.ACCEPTED


# Templates


@pytest.mark.parametrize("body", ["<html>", "{}", '{"data": {}}', '{"data": null}', "[]", '{"error": {}}'])
async def test_an_answer_without_a_list_never_is_no_templates(graph: FakeGraph, client: GraphClient, body: str) -> None:
    graph.template_answer = body
    with pytest.raises(GraphError):
        await client.templates()


# What is said later


def test_words_about_replies_and_reminders_are_told_apart_by_their_tickets(
    graph: FakeGraph, ani: Person, now: datetime
) -> None:
    def status(ticket: str | None, word: str, code: int | None = None) -> dict[str, Any]:
        made: dict[str, Any] = {"id": "wamid.1", "status": word, "timestamp": "1", "recipient_id": "62812"}
        errors = {"errors": [{"code": code}]} if code is not None else {}
        return made | errors | ({"biz_opaque_callback_data": ticket} if ticket else {})

    statuses = [
        status("r7.12500.2", "delivered"),
        status("r7.12500.2", "failed", 131047),
        status("r7.12500.2", "failed"),
        status("5.abc", "failed", 131000),
        status(None, "failed", 131026),
    ]
    webhook = read_webhook(graph.body_of({"statuses": statuses}), NUMBER_ID, now)
    assert [word.failure and word.failure.outcome for word in webhook.words] == [
        None,
        SendOutcome.REFUSED,
        SendOutcome.REFUSED,
    ]
    assert [word.is_window_closed for word in webhook.words] == [False, True, False]
    assert [receipt.attempt and receipt.attempt.outcome for receipt in webhook.receipts] == [SendOutcome.NOT_TAKEN]
    assert webhook.failures == (131026,)
