"""What is kept of WhatsApp on the real store: windows, receipts, the portfolio's limit, ids that change."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.application.campaigns.ports import Addressee
from bot.application.campaigns.record_receipts import Receipt, ticket_of
from bot.application.messaging.ports import ReceivedUpdate, WorkKind
from bot.core.campaigns.consent import ReminderPreferences
from bot.core.campaigns.delivery import Delivery, DeliveryStatus, UnknownDeliveryPolicy
from bot.core.campaigns.platform_template import REMINDER, REOPEN, PlatformTemplate, TemplateProblem, unfit
from bot.core.campaigns.segment import Segment, SkipReason
from bot.core.dialogue.conversation import Conversation
from bot.core.vocabulary import Channel
from bot.storage.campaigns.campaign_runs import plan_step
from bot.storage.campaigns.campaigns import campaigns
from bot.storage.campaigns.platform_templates import DatabaseTemplates
from bot.storage.campaigns.receipts import DatabaseReceipts
from bot.storage.campaigns.sending import DatabaseLedger, SendingLimits
from bot.storage.unit_of_work import DatabaseQueues, DatabaseStore
from tests.integration.campaigns.engine.harness import add_campaign, noon
from tests.support.database import rows

pytestmark = pytest.mark.whatsapp
NOW = noon()
LIMIT = 3


def limits(people: int = LIMIT) -> dict[Channel, SendingLimits]:
    return {Channel.WHATSAPP: SendingLimits(interval=0.001, people_a_day=people)}


async def subscribe(store: DatabaseStore, *people: str) -> None:
    async with store.unit() as unit:
        for person in people:
            await unit.subscribe(
                Channel.WHATSAPP, person, ReminderPreferences(method="button", text_version="uji"), NOW
            )


async def claimed(store: DatabaseStore, people: int = LIMIT):  # type: ignore[no-untyped-def]
    """Start a campaign; returns the ledger, the chunk and the keys in it."""
    await add_campaign(store, UnknownDeliveryPolicy.RESEND)
    while await plan_step(store, NOW, ()):
        pass
    ledger = DatabaseLedger(store, "a", limits(people))
    async with ledger.unit() as unit:
        found = await unit.claim(NOW)
    assert found is not None
    chunk, waiting = found
    return ledger, chunk, [key for key, _ in waiting]


async def statuses(engine: AsyncEngine) -> list[str]:
    return sorted(str(status) for (status,) in await rows(engine, "SELECT status FROM delivery"))


async def in_inbox(store: DatabaseStore, person: str = "bsuid:A") -> tuple[DatabaseQueues, object]:
    queues = DatabaseQueues(store)
    update = ReceivedUpdate(channel=Channel.WHATSAPP, update_id="1", position=1, person=person, payload=b"{}")
    await queues.accept([update])
    claim = await queues.claim(WorkKind.INBOX, "pekerja", Channel.WHATSAPP)
    assert claim is not None
    return queues, claim


# Workers of one channel


async def test_a_conversation_waits_for_the_workers_of_its_channel(store: DatabaseStore) -> None:
    queues = DatabaseQueues(store)
    await queues.accept(
        [ReceivedUpdate(channel=Channel.WHATSAPP, update_id="1", position=1, person="bsuid:A", payload=b"{}")]
    )
    assert await queues.claim(WorkKind.INBOX, "a", Channel.TELEGRAM) is None
    assert await queues.claim(WorkKind.INBOX, "a", Channel.WHATSAPP) is not None


async def test_a_message_is_not_kept_waiting_for_one_that_might_be_missing(store: DatabaseStore) -> None:
    queues, claim = await in_inbox(store)
    update = await queues.next_update(claim)  # type: ignore[arg-type]
    assert getattr(update, "update_id", None) == "1"


# Windows


async def test_a_window_is_known_to_reminders_until_it_ends(store: DatabaseStore, engine: AsyncEngine) -> None:
    await subscribe(store, "bsuid:A", "bsuid:B")
    queues, claim = await in_inbox(store)
    until = datetime.now(UTC) + timedelta(hours=3)  # noqa: TID251 - windows are judged by the machine's clock
    async with queues.unit_under(claim) as unit:  # type: ignore[arg-type]
        await unit.open_window(Channel.WHATSAPP, "bsuid:A", until)
        await unit.open_window(Channel.WHATSAPP, "bsuid:A", until - timedelta(hours=1))
        await unit.open_window(Channel.WHATSAPP, "bsuid:B", until - timedelta(hours=9))
    ledger, chunk, keys = await claimed(store)
    async with ledger.unit() as sending:
        admitted = await sending.admit(chunk, keys, set(keys), NOW)
    open_until = {to.person: to.open_until for to in admitted.values()}
    assert open_until["bsuid:A"] == pytest.approx(until, abs=timedelta(seconds=1))
    assert open_until["bsuid:B"] is None
    await store.purge(until + timedelta(minutes=1))
    assert await rows(engine, "SELECT key FROM service_window") == []


async def test_erasing_takes_the_window_along(store: DatabaseStore, engine: AsyncEngine) -> None:
    queues, claim = await in_inbox(store)
    async with queues.unit_under(claim) as unit:  # type: ignore[arg-type]
        await unit.open_window(Channel.WHATSAPP, "bsuid:A", NOW + timedelta(days=1))
        await unit.erase_person(Channel.WHATSAPP, "bsuid:A", NOW)
    assert await rows(engine, "SELECT key FROM service_window") == []


# The portfolio's limit


async def test_no_more_people_are_written_to_in_a_day_than_the_portfolio_may(
    store: DatabaseStore, engine: AsyncEngine
) -> None:
    await subscribe(store, *(f"bsuid:{number}" for number in range(5)))
    ledger, chunk, keys = await claimed(store)
    async with ledger.unit() as unit:
        admitted = await unit.admit(chunk, keys, set(keys), NOW)
    assert sum(isinstance(to, Addressee) for to in admitted.values()) == LIMIT
    assert list(admitted.values()).count(SkipReason.PORTFOLIO_LIMIT) == 2
    assert await statuses(engine) == ["sending"] * LIMIT + ["waiting"] * 2
    left = [key for key, to in admitted.items() if to is SkipReason.PORTFOLIO_LIMIT]
    async with ledger.unit() as unit:
        again = await unit.admit(chunk, left, set(left), NOW)
    assert set(again.values()) == {SkipReason.PORTFOLIO_LIMIT}


async def test_who_was_written_to_today_counts_once(store: DatabaseStore) -> None:
    await subscribe(store, "bsuid:A")
    ledger, chunk, keys = await claimed(store, 1)
    for _ in range(2):
        async with ledger.unit() as unit:
            admitted = await unit.admit(chunk, keys, (), NOW)
            assert isinstance(admitted[keys[0]], Addressee)
            await unit.record(chunk.id, [(keys[0], Delivery(status=DeliveryStatus.WAITING))])


# Receipts


async def test_receipts_in_any_order_and_number_leave_the_furthest(store: DatabaseStore, engine: AsyncEngine) -> None:
    await subscribe(store, "bsuid:A")
    ledger, chunk, [key] = await claimed(store)
    receipts = DatabaseReceipts(store, lambda: NOW)
    ticket = ticket_of(chunk.id, key)
    async with ledger.unit() as unit:
        await unit.admit(chunk, [key], {key}, NOW)
    told = [DeliveryStatus.READ, DeliveryStatus.SENT, DeliveryStatus.DELIVERED, DeliveryStatus.READ]
    await receipts.record([Receipt(ticket=ticket, status=each) for each in told])
    for each in told:
        assert await receipts.record([Receipt(ticket=ticket, status=each)]) == 0
    assert await statuses(engine) == ["read"]
    async with ledger.unit() as unit:
        # The record of the send itself comes late and changes nothing.
        await unit.record(chunk.id, [(key, Delivery(status=DeliveryStatus.SENT))])
    assert await statuses(engine) == ["read"]


async def test_a_receipt_settles_what_a_crash_left_in_doubt_and_nothing_is_sent_again(
    store: DatabaseStore, engine: AsyncEngine
) -> None:
    await subscribe(store, "bsuid:A")
    ledger, chunk, [key] = await claimed(store)
    async with ledger.unit() as unit:
        await unit.admit(chunk, [key], {key}, NOW)
        await unit.record(chunk.id, [(key, Delivery(status=DeliveryStatus.WAITING, doubts=1, reason="crash"))])
    receipts = DatabaseReceipts(store, lambda: NOW)
    await receipts.record([Receipt(ticket=ticket_of(chunk.id, key), status=DeliveryStatus.DELIVERED)])
    async with ledger.unit() as unit:
        assert await unit.admit(chunk, [key], (), NOW) == {}
    assert await statuses(engine) == ["delivered"]


async def test_an_opt_out_at_the_platform_ends_ours(store: DatabaseStore, engine: AsyncEngine) -> None:
    await subscribe(store, "bsuid:A", "bsuid:B")
    ledger, chunk, keys = await claimed(store)
    async with ledger.unit() as unit:
        await unit.admit(chunk, keys, set(keys), NOW)
    receipts = DatabaseReceipts(store, lambda: NOW)
    await receipts.record(
        [Receipt(ticket=ticket_of(chunk.id, keys[0]), status=DeliveryStatus.WITHDRAWN, reason="131050")]
    )
    assert len(await rows(engine, "SELECT key FROM opt_in")) == 1
    assert await rows(engine, "SELECT kind, rows FROM privacy_event") == [("withdrawn", 1)]


@pytest.mark.parametrize("ticket", ["", "7", "x.y", "7.AAAA", "-1." + "A" * 43, "7." + "A" * 43])
async def test_a_ticket_of_nobody_changes_nothing(store: DatabaseStore, ticket: str) -> None:
    assert await DatabaseReceipts(store, lambda: NOW).record([Receipt(ticket=ticket, status=DeliveryStatus.READ)]) == 0


# Ids that change


async def test_who_was_known_by_number_is_found_under_the_user_id(store: DatabaseStore, engine: AsyncEngine) -> None:
    await subscribe(store, "wa_id:62812")
    await claimed(store)
    async with store.unit() as unit:
        await unit.save_conversation(Channel.WHATSAPP, "wa_id:62812", Conversation(topic="tim_sukses"), NOW)
    queues, claim = await in_inbox(store)
    async with queues.unit_under(claim) as held:  # type: ignore[arg-type]
        await held.rename_person(Channel.WHATSAPP, "wa_id:62812", "bsuid:A")
        assert await held.subscription(Channel.WHATSAPP, "bsuid:A") is not None
        assert await held.subscription(Channel.WHATSAPP, "wa_id:62812") is None
    assert await rows(engine, "SELECT key FROM conversation") == []
    assert await rows(engine, "SELECT d.key FROM delivery d JOIN opt_in o ON o.key = d.key") != []
    async with queues.unit_under(claim) as held:  # type: ignore[arg-type]
        await held.withdraw_opt_ins(Channel.WHATSAPP, "bsuid:A", NOW)
    async with campaigns(store) as campaign_unit:
        assert await campaign_unit.count(Segment()) == {}


# Templates


async def test_the_registry_keeps_what_was_told_last(store: DatabaseStore) -> None:
    registry = DatabaseTemplates(store)
    assert await registry.synced_at() is None
    await registry.replace([REMINDER, REOPEN], NOW)
    approved = PlatformTemplate(
        name=REMINDER.name,
        language="id",
        category="UTILITY",
        status="APPROVED",
        body="x",
        parameters=3,
        buttons=("a", "b"),
    )
    await registry.replace([approved], NOW)
    assert await registry.templates() == [approved]
    assert await registry.synced_at() == NOW


@pytest.mark.parametrize(
    ("status", "parameters", "name", "why"),
    [
        ("APPROVED", 3, REMINDER.name, None),
        ("PAUSED", 3, REMINDER.name, TemplateProblem.NOT_APPROVED),
        ("APPROVED", 2, REMINDER.name, TemplateProblem.OTHER_SHAPE),
        ("APPROVED", 3, "lain", TemplateProblem.MISSING),
    ],
)
def test_a_template_is_used_only_when_approved_and_of_the_shape_we_fill(
    status: str, parameters: int, name: str, why: TemplateProblem | None
) -> None:
    known = PlatformTemplate(
        name=name,
        language="id",
        category="UTILITY",
        status=status,
        body="",
        parameters=parameters,
        buttons=("a", "b"),
    )
    assert unfit(REMINDER, (known,)) is why
