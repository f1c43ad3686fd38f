"""A campaign from the first word to its report, by commands, and what the ledger does with it."""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.admin.accounts.credentials import Argon2Passwords
from bot.application.campaigns.ports import Addressee
from bot.application.campaigns.record_receipts import ticket_of
from bot.bootstrap.services import open_services
from bot.core.accounts.users import Role
from bot.core.campaigns.campaign import CampaignEvent, CampaignStatus
from bot.core.campaigns.consent import TimeZone
from bot.core.campaigns.delivery import Delivery, DeliveryStatus, UnknownDeliveryPolicy
from bot.core.campaigns.segment import MAX_A_WEEK, Segment
from bot.core.vocabulary import Channel, Stage
from bot.settings import Settings
from bot.storage.campaigns.campaign_runs import drop_expired, fold_finished, plan_step
from bot.storage.campaigns.campaigns import campaigns
from bot.storage.campaigns.sending import DatabaseLedger, SendingLimits
from bot.storage.campaigns.tables import CampaignRow, ChunkRow
from bot.storage.engine.engine import make_engine
from bot.storage.unit_of_work import DatabaseAdminStore, DatabaseStore
from tests.integration.accounts.test_user_commands import run, type_in
from tests.integration.campaigns.engine.harness import TOPIC, add_campaign, add_opt_ins, noon
from tests.support.admin_browser import PASSWORD
from tests.support.database import database_store, execute, rows

pytestmark = pytest.mark.broadcast

NOW = noon()
ROLES = {"ani": Role.BROADCASTER, "budi": Role.APPROVER, "cici": Role.CURATOR}


@dataclass(kw_only=True)
class Terminal:
    """Commands typed by people who know their secrets."""

    environment: dict[str, str]
    secrets: dict[str, str]

    async def _add_people(self) -> None:
        async with open_services(Settings.from_env(self.environment)) as parts, parts.admin_store.unit() as unit:
            hashed = await Argon2Passwords(memory_kib=64).hash(PASSWORD)
            for name, role in ROLES.items():
                user = await unit.accounts.add(name, name.title(), frozenset({role}), None, hashed)
                await unit.accounts.set_password(user, hashed, must_change=False)
                await unit.accounts.set_secret(user, self.secrets[name], 0)

    async def _forget_codes(self) -> None:
        """Let a code work again: the tests do not wait half a minute for the next one."""
        engine = make_engine(self.environment["SINETRAL_DATABASE_URL"])
        await execute(engine, 'UPDATE "user" SET last_step = 0')
        await engine.dispose()

    def add_people(self) -> None:
        asyncio.run(self._add_people())

    def type(self, user: str, *words: str, password: str = PASSWORD, code: str | None = None) -> tuple[int, str]:
        """Run a command for a person on a terminal; returns exit code and what was shown."""
        asyncio.run(self._forget_codes())
        lines = [password, code if code is not None else pyotp.TOTP(self.secrets[user]).now()]
        return type_in(self.environment, lines, "campaign", *words, "--as", user)

    def read(self, *words: str) -> str:
        """Run a command that asks nothing."""
        done = run(self.environment, "campaign", *words)
        assert done.returncode == 0, done.stderr
        return done.stdout.decode()


@pytest.fixture
def terminal(seeded_sqlite: str, tmp_path: Path) -> Terminal:
    made = Terminal(
        environment=os.environ
        | {
            "SINETRAL_DATABASE_URL": seeded_sqlite,
            "SINETRAL_KEY_FILE": str(tmp_path / "keys" / "master.key"),
        },
        secrets={name: pyotp.random_base32() for name in ROLES},
    )
    made.add_people()
    return made


def drafted(terminal: Terminal, *options: str) -> str:
    words = ("create", "Uji", "--topic", TOPIC, "--schedule", "tiap hari 08.00 WIB", *options)
    code, shown = terminal.type("ani", *words)
    assert code == 0, shown
    found = re.search(r"Draf (\w+) dibuat", shown)
    assert found, shown
    return found[1]


@pytest.mark.full
def test_the_way_from_a_draft_to_a_schedule_needs_the_secrets_of_two_people(terminal: Terminal) -> None:
    id_ = drafted(terminal)
    assert "Foto bersama" in terminal.read("preview", id_)
    assert "bukan menunggu" in terminal.type("budi", "approve", id_)[1]
    assert terminal.type("ani", "submit", id_)[0] == 0
    assert "harus dari orang lain" in terminal.type("ani", "approve", id_)[1]
    assert terminal.type("cici", "return", id_, "terlalu panjang")[0] == 2
    assert terminal.type("budi", "return", id_, "terlalu panjang")[0] == 0
    assert "terlalu panjang" in terminal.read("report", id_)
    assert terminal.type("ani", "submit", id_)[0] == 0
    assert terminal.type("budi", "approve", id_)[0] == 0
    assert "Dijadwalkan" in terminal.type("ani", "run", id_)[1]
    assert terminal.type("ani", "pause", id_)[0] == 0
    assert "Dilanjutkan" in terminal.type("ani", "run", id_)[1]
    assert terminal.type("ani", "stop", id_)[0] == 0
    assert terminal.type("ani", "run", id_)[0] == 2
    assert "stopped" in terminal.read("report", id_)
    assert terminal.read("report", id_, "--csv").strip() == "kampanye,putaran,kanal,status,alasan,jumlah"
    assert run(terminal.environment, "audit", "verify").returncode == 0


@pytest.mark.full
def test_without_the_right_secrets_or_role_nothing_is_changed(terminal: Terminal) -> None:
    words = ("create", "Uji", "--topic", TOPIC, "--schedule", "sekarang")
    assert terminal.type("ani", *words, password="salah sama sekali")[0] == 2
    assert terminal.type("ani", *words, code="000000")[0] == 2
    assert terminal.type("budi", *words)[0] == 2
    assert terminal.type("cici", *words)[0] == 2
    refused = run(terminal.environment, "campaign", *words, "--as", "ani", stdin=f"{PASSWORD}\n\n".encode())
    assert refused.returncode == 2
    nobody = run(terminal.environment, "campaign", *words)
    assert (nobody.returncode, b"--as" in nobody.stderr) == (2, True)
    assert terminal.read("report") == ""


@pytest.mark.full
def test_a_moment_that_has_passed_is_said_and_not_sent(terminal: Terminal) -> None:
    words = ("create", "Uji", "--topic", TOPIC, "--schedule", "2020-01-06 08.00 WIB")
    id_ = re.findall(r"Draf (\w+) dibuat", terminal.type("ani", *words)[1])[0]
    terminal.type("ani", "submit", id_)
    terminal.type("budi", "approve", id_)
    assert "terlambat" in terminal.type("ani", "run", id_)[1]


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


async def built(store: DatabaseStore, people: int, mode: UnknownDeliveryPolicy = UnknownDeliveryPolicy.RESEND) -> str:
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
    assert {zone for _, zone in quiet} == {TimeZone.WIB, TimeZone.WITA}


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


@pytest.mark.parametrize("mode", list(UnknownDeliveryPolicy))
async def test_what_a_vanished_sender_leaves_of_a_stopped_campaign_is_a_persons_to_settle(
    store: DatabaseStore, engine: AsyncEngine, mode: UnknownDeliveryPolicy
) -> None:
    id_ = await built(store, 3, mode)
    async with ledger(store, "a").unit() as unit:
        claimed = await unit.claim(NOW)
        assert claimed is not None
        chunk, [(key, _), *_] = claimed
        await unit.admit(chunk, [key], {key}, NOW)
    async with campaigns(store) as campaign_unit:
        await campaign_unit.change(id_, CampaignEvent.STOP)
    await ledger(store, "b").plan(NOW)
    # Its sender may live: it is asked for what became of it until its lease ends.
    assert await rows(engine, "SELECT count(*) FROM delivery WHERE status = 'sending'") == [(1,)]
    await execute(engine, "UPDATE chunk SET leased_until = 1 WHERE owner IS NOT NULL")
    await ledger(store, "b").plan(NOW)
    assert await rows(engine, "SELECT reason, doubts FROM delivery WHERE status = 'in_doubt'") == [("crash", 1)]
    async with campaigns(store) as campaign_unit:
        assert await campaign_unit.settle_doubts(id_, resend=False) == 1
    assert not await ledger(store, "b").plan(NOW)
    found = await rows(engine, "SELECT status, count(*) FROM delivery GROUP BY status ORDER BY status")
    assert found == [("sent", 1), ("waiting", 2)]


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
        for number in range(1, MAX_A_WEEK + 1):
            admitted = Addressee(person="1", ticket=ticket_of(chunk.id, key, number))
            assert await unit.admit(chunk, [key], {key}, NOW) == {key: admitted}
            await unit.record(chunk.id, [(key, Delivery(status=DeliveryStatus.WAITING))])
        assert await unit.admit(chunk, [key], {key}, NOW) == {key: "weekly_limit"}


async def test_the_week_after_brings_reminders_again(store: DatabaseStore) -> None:
    await built(store, 1)
    async with store.session() as session:
        await session.execute(update(CampaignRow).values(deadline=(NOW + timedelta(days=8)).timestamp()))
    async with ledger(store, "a").unit() as unit:
        claimed = await unit.claim(NOW)
        assert claimed is not None
        chunk, [(key, _)] = claimed
        for week in range(2):
            for _ in range(MAX_A_WEEK):
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
    id_ = await add_campaign(store, UnknownDeliveryPolicy.RESEND)
    await plan_step(store, NOW + timedelta(hours=72), ())
    async with campaigns(store) as unit:
        campaign = await unit.get(id_)
        assert (campaign.status, campaign.missed, await unit.results(id_)) == (CampaignStatus.DONE, 1, {})


async def test_what_was_approved_and_changed_since_is_not_sent(store: DatabaseStore) -> None:
    await add_opt_ins(store, range(1, 4))
    id_ = await add_campaign(store, UnknownDeliveryPolicy.RESEND)
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
    assert all(len(row) == 9 for row in columns)
    assert "10000000" not in repr(columns)


async def test_planning_and_watching_wait_for_no_writer(store: DatabaseStore) -> None:
    id_ = await built(store, 3)
    async with store.session() as writer:
        await writer.execute(update(ChunkRow).values(not_before=NOW.timestamp()))
        async with asyncio.timeout(3):
            assert not await ledger(store, "a").plan(NOW)
            async with DatabaseAdminStore(store).reading() as unit:
                assert sum(each.messages for each in (await unit.campaigns.results(id_))[1]) == 3


async def test_a_plan_still_does_what_is_due(store: DatabaseStore, engine: AsyncEngine) -> None:
    await add_opt_ins(store, range(1, 4))
    id_ = await add_campaign(store, UnknownDeliveryPolicy.RESEND)
    seen = []
    for _ in range(3):
        await ledger(store, "a").plan(NOW)
        async with campaigns(store) as unit:
            seen.append((await unit.get(id_)).status)
    assert seen == [CampaignStatus.RUNNING] * 3
    await execute(engine, "UPDATE delivery SET status = 'sent'")
    await execute(engine, "UPDATE chunk SET is_done = :done", done=True)
    await ledger(store, "a").plan(NOW)
    async with campaigns(store) as unit:
        assert (await unit.get(id_)).status is CampaignStatus.DONE


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
