"""Reminders on WhatsApp: the same engine, free text within windows, templates outside, the portfolio's limit."""

import asyncio
import os
import secrets
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import insert

from bot.core.campaigns.campaign import CampaignEvent, CampaignStatus
from bot.core.campaigns.delivery import DeliveryStatus, UnknownDeliveryPolicy
from bot.core.campaigns.platform_template import REMINDER
from bot.core.campaigns.reminder import reminder
from bot.core.campaigns.segment import Segment
from bot.core.vocabulary import Channel
from bot.storage.campaigns.campaigns import campaigns
from bot.storage.campaigns.consents import opt_in_binding
from bot.storage.campaigns.platform_templates import DatabaseTemplates
from bot.storage.campaigns.rows import reply_to_json
from bot.storage.campaigns.tables import CampaignRow, OptInRow
from bot.storage.engine.engine import make_engine
from bot.storage.engine.key_ring import keys_from_file
from bot.storage.messaging.tables import ServiceWindowRow
from bot.storage.unit_of_work import DatabaseStore
from tests.fakes.whatsapp.graph_api import FakeGraph, Person
from tests.integration.campaigns.engine.harness import TOPIC, add_campaign, noon, shift
from tests.support.database import seeded

pytestmark = [pytest.mark.whatsapp, pytest.mark.broadcast, pytest.mark.full]
PER_SECOND = 50
Made = TypeVar("Made")
STATUS = DeliveryStatus


@dataclass(kw_only=True)
class Sending:
    """A database with a campaign, a fake WhatsApp, and processes that send."""

    address: str
    folder: Path
    graph: FakeGraph
    people_a_day: int = 1_000_000

    def run(self, work: Callable[[DatabaseStore], Awaitable[Made]]) -> Made:
        """Do something on the database."""

        async def with_store() -> Made:
            engine = make_engine(self.address)
            keys = keys_from_file(self.folder / "keys" / "master.key")
            try:
                return await work(DatabaseStore(engine, keys, lambda: secrets.token_hex(16)))
            finally:
                await engine.dispose()

        return asyncio.run(with_store())

    def prepare(self, people: int, open_windows: int = 0) -> list[Person]:
        """Let people opt in, some of whom wrote today, and approve a campaign that is due."""
        made = [self.graph.add(None, f"ID.18{number:07d}") for number in range(people)]

        async def fill(store: DatabaseStore) -> None:
            rows, windows = [], []
            for number, person in enumerate(made):
                name = f"bsuid:{person.bsuid}"
                key = store.key_of(Channel.WHATSAPP, name)
                sealed = store.seal_bytes(name.encode(), opt_in_binding(key))
                rows.append(
                    {
                        "key": key,
                        "channel": Channel.WHATSAPP,
                        "address": sealed,
                        "opted_in_at": noon(),
                        "text_version": "uji",
                        "zone": "WIB",
                    }
                )
                if number < open_windows:
                    person.open_until = time.time() + 20 * 3600
                    # The processes' calendar stands at noon, their windows with it.
                    windows.append({"key": key, "open_until": max(person.open_until, noon().timestamp() + 3600)})
            async with store.session() as session:
                await session.execute(insert(OptInRow), rows)
                if windows:
                    await session.execute(insert(ServiceWindowRow), windows)
            self.campaign = await add_campaign(store, UnknownDeliveryPolicy.RESEND)
            async with store.unit() as unit:
                book = await unit.guidance()
            message = reply_to_json(reminder(book.topics[TOPIC], book.entries[TOPIC]))
            async with store.session() as session:
                row = await session.get(CampaignRow, self.campaign)
                assert row is not None
                row.message = message
            await DatabaseTemplates(store).replace([replace(REMINDER, status="APPROVED")], noon())

        self.run(fill)
        return made

    @contextmanager
    def worker(self) -> Iterator["subprocess.Popen[bytes]"]:
        """Run one process that sends, and takes no webhooks."""
        environment = os.environ | {
            **self.graph.environment,
            "SINETRAL_DATABASE_URL": self.address,
            "SINETRAL_KEY_FILE": str(self.folder / "keys" / "master.key"),
            "SINETRAL_WHATSAPP_PER_SECOND": str(PER_SECOND),
            "SINETRAL_WHATSAPP_PEOPLE_A_DAY": str(self.people_a_day),
            "CLOCK_SHIFT": str(shift()),
        }
        with (self.folder / "worker.log").open("ab") as output:
            command = [sys.executable, "-m", "tests.integration.campaigns.engine.worker"]
            process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.wait(timeout=20)

    def counts(self) -> Mapping[DeliveryStatus, int]:
        """Return how the messages stand."""

        async def look(store: DatabaseStore) -> Mapping[DeliveryStatus, int]:
            found: Counter[DeliveryStatus] = Counter()
            async with campaigns(store) as unit:
                for counted in (await unit.results(self.campaign)).values():
                    for each in counted:
                        found[each.status] += each.messages
            return dict(found)

        return self.run(look)

    def resume(self) -> None:
        """Let a paused campaign go on, as a person does."""

        async def happen(store: DatabaseStore) -> None:
            async with campaigns(store) as unit:
                await unit.change(self.campaign, CampaignEvent.RESUME, note=None)

        self.run(happen)

    def wait_done(self, seconds: float = 60.0) -> None:
        """Wait until the campaign is over."""
        self.wait_for(CampaignStatus.DONE, seconds)

    def wait_for(self, wanted: CampaignStatus, seconds: float = 60.0) -> None:
        """Wait until the campaign stands so."""

        async def look(store: DatabaseStore) -> CampaignStatus:
            async with campaigns(store) as unit:
                return (await unit.get(self.campaign)).status

        until = time.monotonic() + seconds
        while self.run(look) is not wanted:
            log = (self.folder / "worker.log").read_text()
            assert time.monotonic() < until, (self.counts(), log[-2000:], self.graph.refused[-3:])
            time.sleep(0.3)


@pytest.fixture
def sending(tmp_path: Path) -> Iterator[Sending]:
    with seeded("sqlite", tmp_path) as address, FakeGraph(per_second=80, sends_statuses=False) as graph:
        yield Sending(address=address, folder=tmp_path, graph=graph)


def test_free_text_goes_into_open_windows_and_a_template_elsewhere(sending: Sending) -> None:
    people = sending.prepare(40, open_windows=10)
    with sending.worker():
        sending.wait_done()
    assert sending.graph.refused == []
    kinds = {person.id: sending.graph.sent(person)[0].body["type"] for person in people}
    assert Counter(kinds.values())["template"] >= 30
    assert {kinds[person.id] for person in people[10:]} == {"template"}
    assert all(len(sending.graph.sent(person)) == 1 for person in people)
    assert sending.counts() == {STATUS.SENT: 40}
    assert all(len(each.buttons) == 2 for each in sending.graph.sent())


def test_the_portfolio_limit_stops_the_rest_without_losing_them(sending: Sending) -> None:
    sending.people_a_day = 12
    sending.prepare(30)
    with sending.worker():
        sending.graph.wait_until(lambda: len(sending.graph.sent()) >= 12, timeout=30)
        time.sleep(2.0)
    assert len(sending.graph.sent()) == 12
    assert sending.counts() == {STATUS.SENT: 12, STATUS.WAITING: 18}


def test_every_error_does_what_its_code_calls_for(sending: Sending) -> None:
    people = sending.prepare(8)
    codes = {131026: people[0], 131050: people[1], 131049: people[2], 131016: people[3], 131056: people[4]}
    for code, person in codes.items():
        sending.graph.fail(code, person=person)
    sending.graph.fail(130429, status=429, person=people[5])
    with sending.worker():
        sending.wait_done()
    assert sending.counts() == {STATUS.SENT: 5, STATUS.UNREACHABLE: 1, STATUS.WITHDRAWN: 1, STATUS.REFUSED: 1}

    async def opted_in(store: DatabaseStore) -> int:
        async with campaigns(store) as unit:
            return sum((await unit.count(Segment())).values())

    # Who opted out at the platform has no opt-in left; 131026 is believed only when it comes a second time.
    assert sending.run(opted_in) == 7


def test_a_person_who_got_too_much_is_left_alone_longer_each_time(sending: Sending) -> None:
    crowded, other = sending.prepare(2)
    sending.graph.fail(131056, times=2, status=429, person=crowded)
    with sending.worker():
        sending.wait_done()
    (late,), (prompt,) = sending.graph.sent(crowded), sending.graph.sent(other)
    # 4^0, then 4^1 seconds (`docs/limits.md`).
    assert late.at - prompt.at >= 5.0


@pytest.mark.parametrize("code", [190, 368])
def test_a_number_that_is_not_served_loses_nothing(sending: Sending, code: int) -> None:
    sending.prepare(5)
    sending.graph.fail(code, times=1, status=401 if code == 190 else 403)
    with sending.worker():
        if code == 190:
            # Platforms refuse good tokens in short incidents: it goes on by itself.
            sending.wait_done()
            assert sending.counts() == {STATUS.SENT: 5}
            return
        sending.wait_for(CampaignStatus.PAUSED)
        counts = sending.counts()
        assert set(counts) <= {STATUS.SENT, STATUS.SENDING, STATUS.WAITING}
        assert (sum(counts.values()), counts[STATUS.WAITING] >= 1) == (5, True)
        sending.resume()
        sending.wait_done()
    assert sending.counts() == {STATUS.SENT: 5}


def test_without_an_approved_template_nobody_is_written_to_outside_their_window(sending: Sending) -> None:
    sending.graph.templates = {}
    people = sending.prepare(6, open_windows=2)

    async def forget(store: DatabaseStore) -> None:
        await DatabaseTemplates(store).replace([], noon())

    sending.run(forget)

    async def state(store: DatabaseStore) -> tuple[CampaignStatus, str]:
        async with campaigns(store) as unit:
            campaign = (await unit.all())[0]
        return campaign.status, campaign.note or ""

    with sending.worker():
        deadline = time.monotonic() + 60
        while sending.run(state)[0] is not CampaignStatus.PAUSED:
            assert time.monotonic() < deadline
            time.sleep(0.2)
    assert "templat belum ada di WhatsApp" in sending.run(state)[1]
    assert sending.graph.refused == []
    assert all(sending.graph.sent(person) == [] for person in people[2:])
    assert set(sending.counts()) <= {STATUS.SENT, STATUS.WAITING}


@pytest.mark.faults
def test_a_kill_loses_nothing_and_repeats_little(sending: Sending) -> None:
    people = sending.prepare(200)
    with sending.worker() as first:
        sending.graph.wait_until(lambda: len(sending.graph.sent()) >= 60, timeout=30)
        first.kill()
    with sending.worker():
        sending.wait_done(90)
    arrived = Counter(each.person for each in sending.graph.sent())
    assert set(arrived) == {person.id for person in people}
    assert sum(arrived.values()) - len(people) <= PER_SECOND
    assert max(arrived.values()) <= 2
