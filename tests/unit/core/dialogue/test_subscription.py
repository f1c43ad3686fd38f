"""Consent, choices, and the way out, in chat."""

import json
from dataclasses import replace
from datetime import datetime

import pytest

from bot.application.dialogue.handle_message import HandleMessage
from bot.application.messaging.ports import IncomingMessage, ReachabilityChanged
from bot.channels.telegram.updates import BotIdentity, read
from bot.core.campaigns.campaign import Campaign, CampaignStatus
from bot.core.campaigns.consent import Agency, ReminderPreferences, TimeZone
from bot.core.campaigns.delivery import UnknownDeliveryPolicy
from bot.core.campaigns.reminder import reminder
from bot.core.campaigns.segment import Segment
from bot.core.dialogue.conversation import Command, Conversation, Press
from bot.core.dialogue.decision import Decision
from bot.core.dialogue.subscription import decide_subscription
from bot.core.dialogue.utterance import classify_utterance
from bot.core.guidance.book import GuidanceBook
from bot.core.guidance.entry import GuidanceEntry
from bot.core.replies import texts
from bot.core.replies.canned import STOP_BUTTON
from bot.core.replies.payload import ActionKind, ButtonAction, decode, encode
from bot.core.replies.reply import as_text
from bot.core.vocabulary import Channel, Stage
from tests.fakes.clock import FakeClock
from tests.fakes.interpreter import FakeInterpreter, parsed
from tests.fakes.store import FakeStore

pytestmark = pytest.mark.broadcast

BKD = Agency(code="bkd-maluku", name="BKD Maluku", region="Maluku", zone=TimeZone.WIT)
AGENCIES = {BKD.code: BKD}
ANI = ReminderPreferences(method="button", text_version=texts.CONSENT_VERSION)


def press(act: ActionKind, subject: str = "", current: ReminderPreferences | None = None) -> Decision:
    heard = Press(payload=encode(ButtonAction(act=act, target=subject)))
    decision = decide_subscription(Conversation(), heard, current, AGENCIES)
    assert decision is not None
    return decision


def test_asking_for_reminders_keeps_nothing_before_consent() -> None:
    for decision in (
        press(ActionKind.SUBSCRIBE),
        press(ActionKind.SUBSCRIBE, BKD.code),
        press(ActionKind.SETTING, "zone-WIT"),
    ):
        assert decision.subscribe is None
        assert decision.reply.buttons[0].label == texts.BUTTON_CONSENT


def test_consent_under_the_link_of_an_agency_brings_its_region_and_clock() -> None:
    asked = press(ActionKind.SUBSCRIBE, BKD.code)
    choice = decode(asked.reply.buttons[0].payload)
    assert choice is not None
    agreed = press(choice.act, choice.target).subscribe
    assert agreed == replace(ANI, method="link", agency=BKD.code, region="Maluku", zone=TimeZone.WIT)


def test_an_unknown_agency_is_no_agency() -> None:
    assert press(ActionKind.CONSENT, "bkd-entah").subscribe == ANI


def test_what_a_person_chooses_is_kept_at_once() -> None:
    assert press(ActionKind.SETTING, "zone-WITA", ANI).subscribe == replace(ANI, zone=TimeZone.WITA)
    assert press(ActionKind.SETTING, "role-PPPK", ANI).subscribe == replace(ANI, role="PPPK")
    fewer = press(ActionKind.SETTING, f"stage-{Stage.CAMPAIGN.value}", ANI).subscribe
    assert fewer == replace(ANI, stages=frozenset(Stage) - {Stage.CAMPAIGN})
    only = replace(ANI, stages=frozenset({Stage.CAMPAIGN}))
    assert press(ActionKind.SETTING, f"stage-{Stage.CAMPAIGN.value}", only).subscribe == ANI


@pytest.mark.parametrize("word", ["/berhenti", "berhenti", "STOP", "Berhenti.", "unsubscribe"])
def test_one_word_ends_it_without_the_nlu(word: str) -> None:
    assert classify_utterance(word) is Command.STOP


def test_every_button_fits_its_limits(book: GuidanceBook) -> None:
    replies = [
        press(ActionKind.SUBSCRIBE),
        press(ActionKind.CONSENT, BKD.code),
        press(ActionKind.SETTING, "stage-", ANI),
    ]
    replies.append(press(ActionKind.SETTING, "agency-", ANI))
    for button in (button for decision in replies for button in decision.reply.buttons):
        assert len(button.label) <= 20
        assert len(button.payload.encode()) <= 64


def test_every_reminder_cites_its_source_and_has_the_way_out(book: GuidanceBook, now: datetime) -> None:
    for topic in book.topics.values():
        entry = book.answer_on(topic.id, now.date())
        assert isinstance(entry, GuidanceEntry)
        made = reminder(topic, entry)
        assert made.buttons[-1] == STOP_BUTTON
        shown = "\n".join(line for paragraph in made.paragraphs for line in paragraph.lines)
        assert entry.short in shown
        assert entry.bases()[0].instrument in shown
        assert "berhenti" in shown


async def test_in_a_chat_consent_settings_and_end_are_kept(book: GuidanceBook, now: datetime) -> None:
    store = FakeStore(book=book, known_agencies=dict(AGENCIES))
    interpreter = FakeInterpreter(parses={"ingatkan saya": parsed(("berlangganan", 0.95))})
    handle = HandleMessage(interpreter=interpreter, store=store, clock=FakeClock(now))
    asked = await handle.on_text(Channel.TELEGRAM, "1", "ingatkan saya")
    await handle.on_press(Channel.TELEGRAM, "1", asked.reply.buttons[0].payload)
    await handle.on_press(Channel.TELEGRAM, "1", encode(ButtonAction(act=ActionKind.SETTING, target="zone-WIT")))
    assert store.subscriptions == {(Channel.TELEGRAM, "1"): replace(ANI, zone=TimeZone.WIT)}
    await handle.on_press(Channel.TELEGRAM, "1", STOP_BUTTON.payload)
    assert store.subscriptions == {}


async def test_where_nothing_can_be_sent_nobody_is_subscribed(book: GuidanceBook, now: datetime) -> None:
    store = FakeStore(book=book)
    handle = HandleMessage(interpreter=FakeInterpreter(), store=store, clock=FakeClock(now))
    await handle.on_press(Channel.WEB, "1", encode(ButtonAction(act=ActionKind.CONSENT)))
    told = await handle.on_text(Channel.WEB, "1", "/langganan")
    assert store.subscriptions == {}
    assert texts.NO_REMINDERS in told.reply.paragraphs[0].lines


def test_a_deep_link_of_an_agency_asks_for_consent() -> None:
    chat = b'{"id": 5, "type": "private", "first_name": "A"}'
    update = (
        b'{"update_id": 1, "message": {"message_id": 1, "date": 1, "chat": %s,'
        b' "text": "/start langganan_BKD-Maluku"}}' % chat
    )
    inbound = read(update, BotIdentity(id=1, username="uji_bot"))
    assert isinstance(inbound, IncomingMessage)
    assert inbound.heard == Press(payload=encode(ButtonAction(act=ActionKind.SUBSCRIBE, target="bkd-maluku")))


@pytest.mark.parametrize(
    ("kind", "status", "expected"),
    [
        ("private", "kicked", ReachabilityChanged(person="5", is_reachable=False)),
        ("private", "member", ReachabilityChanged(person="5", is_reachable=True)),
        ("group", "kicked", None),
    ],
)
def test_a_block_makes_a_person_unreachable_and_a_group_is_nobody(
    kind: str, status: str, expected: ReachabilityChanged | None
) -> None:
    user = {"id": 1, "is_bot": True, "first_name": "Bot"}
    chat = {"id": 5, "type": kind, "first_name": "A", "title": "A"}
    new = {"user": user, "status": status} | ({"until_date": 0} if status == "kicked" else {})
    changed = {"chat": chat, "from": user, "date": 1, "old_chat_member": {"user": user, "status": "member"}}
    update = {"update_id": 1, "my_chat_member": changed | {"new_chat_member": new}}
    assert read(json.dumps(update).encode(), BotIdentity(id=1, username="uji_bot")) == expected


@pytest.mark.parametrize(
    ("is_subscribed", "words"), [(True, texts.TRIAL), (False, texts.TRIAL_NO_CONSENT)], ids=["subscribed", "not"]
)
async def test_a_test_link_sends_a_reminder_only_to_who_subscribed(
    is_subscribed: bool, words: str, book: GuidanceBook, now: datetime
) -> None:
    store = FakeStore(book=book)
    handle = HandleMessage(interpreter=FakeInterpreter(), store=store, clock=FakeClock(now))
    if is_subscribed:
        await handle.on_press(Channel.TELEGRAM, "1", encode(ButtonAction(act=ActionKind.CONSENT)))
    store.trials["kunci"] = (campaign_of("foto_bersama_calon"), None)
    told = await handle.on_press(Channel.TELEGRAM, "1", encode(ButtonAction(act=ActionKind.TRIAL, target="kunci")))
    assert told.reply.paragraphs[0].lines == (words,)
    assert ("Foto bersama" in as_text(told.reply)) == is_subscribed
    gone = await handle.on_press(Channel.TELEGRAM, "1", encode(ButtonAction(act=ActionKind.TRIAL, target="lain")))
    assert gone.reply.paragraphs[0].lines == (texts.TRIAL_UNKNOWN,)


async def test_a_test_link_says_why_a_reminder_cannot_be_sent(book: GuidanceBook, now: datetime) -> None:
    store = FakeStore(book=book)
    handle = HandleMessage(interpreter=FakeInterpreter(), store=store, clock=FakeClock(now))
    await handle.on_press(Channel.TELEGRAM, "1", encode(ButtonAction(act=ActionKind.CONSENT)))
    store.trials["kunci"] = (campaign_of("tidak_ada"), None)
    told = await handle.on_press(Channel.TELEGRAM, "1", encode(ButtonAction(act=ActionKind.TRIAL, target="kunci")))
    assert "tidak ada topik" in as_text(told.reply)


def campaign_of(topic: str) -> Campaign:
    return Campaign(
        id="k",
        name="Uji",
        status=CampaignStatus.DRAFT,
        topic=topic,
        version=None,
        message=None,
        segment=Segment(),
        schedule="sekarang",
        valid_hours=24,
        in_doubt=UnknownDeliveryPolicy.RESEND,
        weekly_limit=3,
        created_by="ani",
    )
