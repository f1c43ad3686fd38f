"""Consent in chat on the real store: what is kept as its proof, and what ending it takes away."""

from datetime import datetime

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.application.dialogue.handle_message import HandleMessage
from bot.core.campaigns.consent import Agency, TimeZone
from bot.core.campaigns.delivery import UnknownDeliveryPolicy
from bot.core.campaigns.segment import Segment
from bot.core.replies import texts
from bot.core.replies.canned import STOP_BUTTON
from bot.core.replies.payload import ActionKind, ButtonAction, encode
from bot.core.vocabulary import Channel
from bot.storage.campaigns.campaign_runs import plan_step
from bot.storage.campaigns.campaigns import campaigns
from bot.storage.engine.key_ring import KeyRing
from bot.storage.retention import leave_old_keys
from bot.storage.unit_of_work import DatabaseStore
from tests.fakes.clock import FakeClock
from tests.fakes.interpreter import FakeInterpreter
from tests.integration.campaigns.engine.harness import add_campaign, noon
from tests.support.database import database_store, execute, rows

pytestmark = pytest.mark.broadcast

PERSON = "700100200"
BKD = Agency(code="bkd-maluku", name="BKD Maluku", region="Maluku", zone=TimeZone.WIT)
OLD, NEW = bytes(range(32)), bytes(range(1, 33))


@pytest.fixture
def handle(store: DatabaseStore, now: datetime) -> HandleMessage:
    return HandleMessage(interpreter=FakeInterpreter(), store=store, clock=FakeClock(now))


async def consent(store: DatabaseStore, handle: HandleMessage) -> None:
    async with campaigns(store) as unit:
        await unit.add_agency(BKD)
    await handle.on_press(Channel.TELEGRAM, PERSON, encode(ButtonAction(act=ActionKind.CONSENT, target=BKD.code)))


async def test_consent_keeps_its_proof_and_what_was_chosen(
    store: DatabaseStore, engine: AsyncEngine, handle: HandleMessage, now: datetime
) -> None:
    await consent(store, handle)
    await handle.on_press(Channel.TELEGRAM, PERSON, encode(ButtonAction(act=ActionKind.SETTING, target="role-PPPK")))
    kept = await rows(engine, "SELECT method, text_version, agency, region, role, zone, stages FROM opt_in")
    assert kept == [("link", texts.CONSENT_VERSION, BKD.code, "Maluku", "PPPK", "WIT", None)]
    [(opted_in_at,)] = await rows(engine, "SELECT opted_in_at FROM opt_in")
    assert str(opted_in_at).startswith(now.strftime("%Y-%m-%d %H:%M"))
    everything = repr(await rows(engine, "SELECT * FROM opt_in"))
    assert PERSON not in everything


async def test_who_comes_back_can_be_reached_again(
    store: DatabaseStore, engine: AsyncEngine, handle: HandleMessage
) -> None:
    await consent(store, handle)
    await execute(engine, "UPDATE opt_in SET unreachable_since = '2026-11-01 00:00:00'")
    async with campaigns(store) as unit:
        assert await unit.count(Segment()) == {}
    await handle.on_press(Channel.TELEGRAM, PERSON, encode(ButtonAction(act=ActionKind.CONSENT)))
    async with campaigns(store) as unit:
        assert await unit.count(Segment()) == {(Channel.TELEGRAM, TimeZone.WIT): 1}


@pytest.mark.parametrize("way", ["button", "word", "command"])
async def test_one_tap_or_word_takes_the_address_away(
    way: str, store: DatabaseStore, engine: AsyncEngine, handle: HandleMessage
) -> None:
    await consent(store, handle)
    if way == "button":
        await handle.on_press(Channel.TELEGRAM, PERSON, STOP_BUTTON.payload)
    else:
        await handle.on_text(Channel.TELEGRAM, PERSON, "berhenti" if way == "word" else "/berhenti")
    assert await rows(engine, "SELECT key FROM opt_in") == []


async def test_erasing_takes_the_deliveries_along(
    store: DatabaseStore, engine: AsyncEngine, handle: HandleMessage
) -> None:
    await consent(store, handle)
    await add_campaign(store, UnknownDeliveryPolicy.RESEND)
    while await plan_step(store, noon(), ()):
        pass
    assert len(await rows(engine, "SELECT key FROM delivery")) == 1
    await handle.on_text(Channel.TELEGRAM, PERSON, "/hapus")
    assert await rows(engine, "SELECT key FROM delivery") == []


async def test_a_new_key_keeps_choices_and_the_campaign_under_way(engine: AsyncEngine, now: datetime) -> None:
    old = database_store(engine, KeyRing(OLD))
    await consent(old, HandleMessage(interpreter=FakeInterpreter(), store=old, clock=FakeClock(now)))
    await add_campaign(old, UnknownDeliveryPolicy.RESEND)
    while await plan_step(old, noon(), ()):
        pass
    await execute(engine, "DELETE FROM conversation")
    await execute(engine, "DELETE FROM log_spool")
    new = database_store(engine, KeyRing(NEW, OLD))
    assert await leave_old_keys(new, now) == 1
    assert await rows(engine, "SELECT agency, role, zone FROM opt_in") == [(BKD.code, None, "WIT")]
    assert await rows(engine, "SELECT d.key FROM delivery d JOIN opt_in o ON o.key = d.key") != []
