"""A campaign from the first word to its report, by commands, and what the ledger does with it."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.application.campaigns import Addressee
from bot.application.record_receipts import ticket_of
from bot.cli import run
from bot.core.campaign import CampaignStatus, Segment, Zone
from bot.core.conversation import Channel, Stage
from bot.core.delivery import Delivery, DeliveryStatus, InDoubt
from bot.storage.campaign_tables import CampaignRow
from bot.storage.campaigns import campaigns, drop_expired, fold_finished, plan_step
from bot.storage.engine import make_engine
from bot.storage.sending import DatabaseLedger, SendingLimits
from bot.storage.store import DatabaseStore
from tests.broadcast.harness import TOPIC, add_campaign, add_opt_ins, noon
from tests.database import database_store, execute, rows

pytestmark = pytest.mark.broadcast

Command = Callable[..., tuple[int, str, str]]
NOW = noon()


@pytest.fixture
def command(
    seeded_sqlite: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Run `sinetral campaign`; gives exit code, output and complaints."""
    monkeypatch.setenv("SINETRAL_DATABASE_URL", seeded_sqlite)
    monkeypatch.setenv("SINETRAL_KEY_FILE", str(tmp_path / "keys" / "master.key"))

    def call(*words: str, user: str = "ani") -> tuple[int, str, str]:
        code = run(["campaign", *words, "--as", user])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def drafted(command: Command, *options: str) -> str:
    code, out, err = command("create", "Uji", "--topic", TOPIC, "--schedule", "tiap hari 08.00 WIB", *options)
    assert (code, err) == (0, "")
    return out.split()[1]


def test_the_way_from_a_draft_to_a_schedule_needs_a_second_person(command: Command) -> None:
    id_ = drafted(command)
    assert "Foto bersama" in command("preview", id_)[1]
    assert command("approve", id_, user="budi")[0] == 2
    assert command("submit", id_)[0] == 0
    assert "orang kedua" in command("approve", id_)[2]
    assert command("approve", id_, user="budi")[0] == 0
    assert "Dijadwalkan" in command("run", id_)[1]
    assert command("pause", id_)[0] == 0
    assert "Dilanjutkan" in command("run", id_)[1]
    assert command("stop", id_)[0] == 0
    assert command("run", id_)[0] == 2
    assert "stopped" in command("report", id_)[1]
    assert command("report", id_, "--csv")[1].strip() == "kampanye,putaran,kanal,status,alasan,jumlah"


def test_a_moment_that_has_passed_is_said_and_not_sent(command: Command) -> None:
    code, out, _ = command("create", "Uji", "--topic", TOPIC, "--schedule", "2020-01-06 08.00 WIB")
    id_ = out.split()[1]
    assert code == 0
    command("submit", id_)
    command("approve", id_, user="budi")
    assert "terlambat" in command("run", id_)[2]


@pytest.mark.parametrize(
    "options",
    [
        ("--topic", "entah", "--schedule", "sekarang"),
        ("--topic", TOPIC, "--schedule", "besok"),
        ("--topic", TOPIC, "--schedule", "sekarang", "--weekly", "9"),
    ],
)
def test_a_draft_that_cannot_be_sent_is_refused(command: Command, options: tuple[str, ...]) -> None:
    assert command("create", "Uji", *options)[0] == 2


# The ledger


@pytest.fixture(
    params=[
        pytest.param("seeded_sqlite", id="sqlite"),
        pytest.param("seeded_postgres", id="postgres", marks=pytest.mark.full),
    ]
)
def address(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


@pytest.fixture
async def engine(address: str) -> AsyncIterator[AsyncEngine]:
    made = make_engine(address)
    yield made
    await made.dispose()


@pytest.fixture
def store(engine: AsyncEngine) -> DatabaseStore:
    return database_store(engine)


def ledger(store: DatabaseStore, owner: str) -> DatabaseLedger:
    return DatabaseLedger(store, owner, {Channel.TELEGRAM: SendingLimits(interval=0.001)})


async def built(store: DatabaseStore, people: int, mode: InDoubt = InDoubt.RESEND) -> str:
    await add_opt_ins(store, range(1, people + 1))
    id_ = await add_campaign(store, mode)
    while await plan_step(store, NOW, ()):
        pass
    return id_


async def test_the_count_before_approval_is_the_number_of_deliveries(store: DatabaseStore, engine: AsyncEngine) -> None:
    id_ = await built(store, 30)
    async with campaigns(store) as unit:
        counted = await unit.count(Segment())
        assert sum(counted.values()) == 30
        assert sum(each.messages for each in (await unit.results(id_))[1]) == 30
        assert await unit.count(Segment(channels=frozenset({Channel.WHATSAPP}))) == {}
    await execute(engine, "UPDATE opt_in SET stages = ',kampanye,' WHERE zone = 'WIT'")
    async with campaigns(store) as unit:
        quiet = await unit.count(Segment(stages=frozenset({Stage.QUIET_PERIOD})))
    assert {zone for _, zone in quiet} == {Zone.WIB, Zone.WITA}


async def test_a_chunk_is_one_owners_and_a_lost_one_is_fenced(store: DatabaseStore, engine: AsyncEngine) -> None:
    await built(store, 1)
    async with ledger(store, "a").unit() as unit:
        claimed = await unit.claim(NOW)
        assert claimed is not None
        chunk, waiting = claimed
        await unit.admit(chunk, [waiting[0][0]], {waiting[0][0]}, NOW)
    async with ledger(store, "b").unit() as unit:
        assert await unit.claim(NOW) is None
    await execute(engine, "UPDATE chunk SET leased_until = 0")
    async with ledger(store, "b").unit() as unit:
        taken = await unit.claim(NOW)
        assert taken is not None
        assert [delivery.doubts for _, delivery in taken[1]] == [1]
    async with ledger(store, "a").unit() as unit:
        assert await unit.renew([chunk.id]) == {}


async def test_a_chunk_with_something_open_cannot_be_closed(store: DatabaseStore, engine: AsyncEngine) -> None:
    await built(store, 1)
    async with ledger(store, "a").unit() as unit:
        claimed = await unit.claim(NOW)
        assert claimed is not None
        await unit.finish(claimed[0].id)
    [(is_done,)] = await rows(engine, "SELECT is_done FROM chunk")
    assert not is_done


async def test_nobody_gets_more_in_a_week_than_they_agreed_to(store: DatabaseStore, engine: AsyncEngine) -> None:
    await built(store, 1)
    async with ledger(store, "a").unit() as unit:
        claimed = await unit.claim(NOW)
        assert claimed is not None
        chunk, [(key, _)] = claimed
        admitted = Addressee(person="1", ticket=ticket_of(chunk.id, key))
        for _ in range(chunk.weekly_limit):
            assert await unit.admit(chunk, [key], {key}, NOW) == {key: admitted}
            await unit.record(chunk.id, [(key, Delivery(status=DeliveryStatus.WAITING))])
        assert await unit.admit(chunk, [key], {key}, NOW) == {key: "weekly_limit"}


async def test_the_week_after_brings_reminders_again(store: DatabaseStore) -> None:
    await built(store, 1)
    async with ledger(store, "a").unit() as unit:
        claimed = await unit.claim(NOW)
        assert claimed is not None
        chunk, [(key, _)] = claimed
        for week in range(2):
            for _ in range(chunk.weekly_limit):
                admitted = await unit.admit(chunk, [key], {key}, NOW + timedelta(days=7 * week))
                assert isinstance(admitted[key], Addressee)
                await unit.record(chunk.id, [(key, Delivery(status=DeliveryStatus.WAITING))])


async def test_who_cannot_be_reached_is_asked_no_more(store: DatabaseStore) -> None:
    await built(store, 2)
    async with ledger(store, "a").unit() as unit:
        claimed = await unit.claim(NOW)
        assert claimed is not None
        chunk, [(key, _), *_] = claimed
        await unit.admit(chunk, [key], {key}, NOW)
        await unit.record(chunk.id, [(key, Delivery(status=DeliveryStatus.UNREACHABLE, reason="blocked"))])
    async with campaigns(store) as campaign_unit:
        assert sum((await campaign_unit.count(Segment())).values()) == 1


async def test_what_the_night_makes_too_late_is_dropped_and_told(store: DatabaseStore) -> None:
    id_ = await built(store, 6)
    async with store.session() as session:
        await session.execute(update(CampaignRow).values(deadline=(NOW - timedelta(hours=1)).timestamp()))
    assert await drop_expired(store, NOW) == 6
    await plan_step(store, NOW, ())
    async with campaigns(store) as unit:
        assert {each.status for each in (await unit.results(id_))[1]} == {DeliveryStatus.LATE}
        assert (await unit.get(id_)).status is CampaignStatus.DONE


async def test_a_run_that_comes_after_its_deadline_is_missed_and_not_sent(store: DatabaseStore) -> None:
    await add_opt_ins(store, range(1, 4))
    id_ = await add_campaign(store, InDoubt.RESEND)
    await plan_step(store, NOW + timedelta(hours=72), ())
    async with campaigns(store) as unit:
        campaign = await unit.get(id_)
        assert (campaign.status, campaign.missed, await unit.results(id_)) == (CampaignStatus.DONE, 1, {})


async def test_what_was_approved_and_changed_since_is_not_sent(store: DatabaseStore) -> None:
    await add_opt_ins(store, range(1, 4))
    id_ = await add_campaign(store, InDoubt.RESEND)
    async with store.session() as session:
        await session.execute(update(CampaignRow).values(guidance_version=99))
    await plan_step(store, NOW, ())
    async with campaigns(store) as unit:
        campaign = await unit.get(id_)
    assert (campaign.status, campaign.run) == (CampaignStatus.PAUSED, 0)
    assert campaign.note


async def test_when_a_campaign_is_over_only_numbers_are_left(store: DatabaseStore, engine: AsyncEngine) -> None:
    id_ = await built(store, 6)
    await execute(engine, "UPDATE delivery SET status = 'sent'")
    await execute(engine, "UPDATE campaign SET status = 'done'")
    assert await fold_finished(store, NOW, 8) == 0
    assert await fold_finished(store, NOW + timedelta(days=12), 8) == 6
    assert await rows(engine, "SELECT key FROM delivery") == []
    async with campaigns(store) as unit:
        [counted] = (await unit.results(id_))[1]
    assert (counted.status, counted.messages) == (DeliveryStatus.SENT, 6)


async def test_no_address_lies_beside_a_delivery(store: DatabaseStore, engine: AsyncEngine) -> None:
    await built(store, 3)
    columns = await rows(engine, "SELECT * FROM delivery")
    assert all(len(row) == 6 for row in columns)
    assert "10000000" not in repr(columns)


async def test_a_hold_stops_every_process_and_replies_as_well(store: DatabaseStore) -> None:
    async with ledger(store, "a").unit() as unit:
        assert (await unit.reserve(Channel.TELEGRAM, 5)).delays
        await unit.hold(Channel.TELEGRAM, 30)
    async with ledger(store, "b").unit() as unit:
        slots = await unit.reserve(Channel.TELEGRAM, 5)
    assert slots.delays == ()
    assert 29 < slots.held_for < 31


async def test_sends_are_reserved_no_farther_ahead_than_the_horizon(store: DatabaseStore) -> None:
    delays: list[float] = []
    for owner in "abcd":
        async with ledger(store, owner).unit() as unit:
            delays += (await unit.reserve(Channel.TELEGRAM, 90)).delays
    assert max(delays) < 0.25
