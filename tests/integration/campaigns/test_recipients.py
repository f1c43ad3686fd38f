"""What SQL narrows recipients by is what the rule says of each of them."""

import itertools
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.core.campaigns.segment import Segment, SendWindow, skip_reason
from bot.core.vocabulary import Channel, Stage
from bot.storage.campaigns.consents import opt_in_binding
from bot.storage.campaigns.recipients import segment_filter, to_recipient
from bot.storage.campaigns.tables import OptInRow
from bot.storage.engine.engine import make_engine
from tests.integration.campaigns.engine.harness import noon
from tests.support.database import database_store

pytestmark = pytest.mark.broadcast

NOW = noon()
SEGMENTS = [
    Segment(),
    Segment(agencies=frozenset({"bkd", "bkn"})),
    Segment(regions=frozenset({"Jawa"})),
    Segment(roles=frozenset({"PNS"})),
    Segment(stages=frozenset({Stage.CAMPAIGN})),
    Segment(stages=frozenset({Stage.CAMPAIGN, Stage.QUIET_PERIOD}), channels=frozenset({Channel.WHATSAPP})),
    Segment(agencies=frozenset({"bkd"}), roles=frozenset({"PNS", "PPPK"}), stages=frozenset({Stage.VOTING_DAY})),
]


@pytest.fixture(params=["seeded_sqlite", pytest.param("seeded_postgres", id="postgres", marks=pytest.mark.full)])
def address(request: pytest.FixtureRequest) -> str:
    """Return the address of a database of each kind."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture
async def engine(address: str) -> AsyncIterator[AsyncEngine]:
    """Return its engine."""
    made = make_engine(address)
    yield made
    await made.dispose()


async def test_sql_narrows_to_exactly_those_whom_the_rule_lets_through(engine: AsyncEngine) -> None:
    store = database_store(engine)
    kinds = itertools.product(
        (Channel.TELEGRAM, Channel.WHATSAPP),
        (None, "bkd", "bkn"),
        (None, "PNS"),
        (None, ",kampanye,", ",masa_tenang,hari_pemungutan,", ",,"),
        ((None, None), (NOW, None), (NOW, 1), (NOW, 2)),
    )
    async with store.session() as session:
        for number, (channel, agency, role, stages, (since, times)) in enumerate(kinds):
            key = store.key_of(channel, str(number))
            session.add(
                OptInRow(
                    key=key,
                    channel=channel,
                    address=store.seal_bytes(str(number).encode(), opt_in_binding(key)),
                    opted_in_at=NOW,
                    text_version="uji",
                    agency=agency,
                    region="Jawa" if number % 2 else None,
                    role=role,
                    stages=stages,
                    unreachable_since=since,
                    unreachable_times=times,
                )
            )
    for segment in SEGMENTS:
        terms = SendWindow(segment=segment, deadline=NOW + timedelta(days=1))
        async with store.session() as session:
            rows = (await session.execute(select(OptInRow.__table__))).all()
            narrowed = set(await session.scalars(select(OptInRow.key).where(*segment_filter(segment))))
        assert narrowed == {row.key for row in rows if skip_reason(to_recipient(row), terms, 0, NOW) is None}
