"""In a group: nothing is kept, and what concerns one person leads to the private chat."""

import json
from datetime import datetime

import pytest

from bot.application.dialogue.handle_message import IncomingTurn, handle_turn
from bot.application.messaging.ports import IncomingMessage
from bot.channels.telegram.rendering import write
from bot.channels.telegram.updates import BotIdentity, read
from bot.core.dialogue.conversation import Command, TurnInput
from bot.core.dialogue.decision import Decision
from bot.core.guidance.book import GuidanceBook
from bot.core.replies import texts
from bot.core.vocabulary import Channel
from tests.fakes.interpreter import parsed
from tests.fakes.store import FakeStore
from tests.unit.core.dialogue.policy_talk import words_of

GROUP = "-100"
ASKED = IncomingMessage(
    person=GROUP, heard="", is_private_chat=False, address=b'{"chat_id": -100, "reply_to": 1, "thread": null}'
)


async def said(store: FakeStore, heard: TurnInput, now: datetime) -> Decision:
    async with store.unit() as unit:
        return await handle_turn(
            unit, IncomingTurn(channel=Channel.TELEGRAM, person=GROUP, heard=heard, keeps_state=False), now
        )


def link(decision: Decision) -> dict[str, str]:
    [row] = json.loads(write(decision.reply, ASKED, "SiNetralBot")[-1])["keyboard"]
    [button] = row
    assert isinstance(button, dict)
    return button


@pytest.mark.parametrize("heard", [Command.SUBSCRIBE, parsed(("berlangganan", 0.95))])
async def test_reminders_are_had_in_the_private_chat_and_the_button_leads_to_them(
    book: GuidanceBook, now: datetime, heard: TurnInput
) -> None:
    decision = await said(FakeStore(book), heard, now)
    assert words_of(decision) == texts.GROUP_REMINDERS
    assert link(decision) == {
        "text": texts.BUTTON_PRIVATE_REMINDERS,
        "url": "https://t.me/SiNetralBot?start=langganan",
    }


@pytest.mark.parametrize(
    ("heard", "told"),
    [
        (Command.ERASE, texts.GROUP_ERASE),
        (Command.STOP, texts.GROUP_STOP),
        (parsed(("berhenti_langganan", 0.95)), texts.GROUP_STOP),
    ],
)
async def test_a_group_is_not_erased_and_nobody_is_unsubscribed_in_it(
    book: GuidanceBook, now: datetime, heard: TurnInput, told: str
) -> None:
    store = FakeStore(book)
    store.opt_ins.add((Channel.TELEGRAM, GROUP))
    decision = await said(store, heard, now)
    assert (words_of(decision), decision.erase, decision.withdraw) == (told, False, False)
    assert (store.erased, store.opt_ins) == (0, {(Channel.TELEGRAM, GROUP)})


@pytest.mark.parametrize("heard", [Command.PRIVACY, parsed(("privasi_data", 0.95))])
async def test_privacy_in_a_group_says_what_holds_there(book: GuidanceBook, now: datetime, heard: TurnInput) -> None:
    decision = await said(FakeStore(book), heard, now)
    assert words_of(decision).endswith(texts.GROUP_PRIVACY)
    assert link(decision)["url"] == "https://t.me/SiNetralBot?start=grup"


def test_who_follows_the_way_out_of_a_group_is_greeted() -> None:
    update = {
        "update_id": 1,
        "message": {
            "message_id": 1,
            "date": 1_700_000_000,
            "chat": {"id": 5, "type": "private", "first_name": "A"},
            "from": {"id": 5, "is_bot": False, "first_name": "A"},
            "text": "/start grup",
        },
    }
    inbound = read(json.dumps(update).encode(), BotIdentity(id=1, username="SiNetralBot"))
    assert isinstance(inbound, IncomingMessage)
    assert inbound.heard == "/start grup"
