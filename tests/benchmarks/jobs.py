"""`python -m tests.benchmarks.jobs [--rows N] [--only NAME,...]`: how long a reply waits beside jobs over many rows.

A reply is here what it is to the database: a short transaction that writes. One begins every ten milliseconds while the
job runs, on a SQLite file of its own.
"""

import argparse
import asyncio
import secrets
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from bot.core.campaigns.campaign import CampaignStatus
from bot.core.campaigns.delivery import DeliveryStatus, UnknownDeliveryPolicy
from bot.core.campaigns.segment import Segment
from bot.core.dialogue.conversation import Conversation
from bot.core.dialogue.decision import ConfidenceBand, DecisionKind, Feedback
from bot.core.errors import DatabaseDownError
from bot.core.figures.query_log import LogRow
from bot.core.vocabulary import Channel
from bot.storage.campaigns.campaign_runs import drop_expired, fold_finished, hold_abandoned, plan_step
from bot.storage.campaigns.consents import opt_in_binding
from bot.storage.campaigns.rows import segment_to_json
from bot.storage.campaigns.tables import CampaignRow, ChunkRow, DeliveryRow, OptInRow
from bot.storage.dialogue.tables import ConversationRow
from bot.storage.engine.engine import make_engine
from bot.storage.engine.key_ring import KeyRing
from bot.storage.figures.query_log import sealed_row
from bot.storage.figures.tables import FeedbackRow, PendingLogRow, UnansweredRow
from bot.storage.messaging.dead_letters import purge_dead_letters
from bot.storage.messaging.queues import REMEMBERED_UPDATES
from bot.storage.messaging.tables import DeadLetterRow, InboxRow, OutboxRow
from bot.storage.retention import leave_old_keys, purge_texts
from bot.storage.unit_of_work import DatabaseQueues, DatabaseStore
from tests.conftest import NOW
from tests.support.database import _seeded_file

ROWS = 100_000
EVERY_SECONDS = 0.01
AT_ONCE = 5_000
RECIPIENTS_OF_A_CHUNK = 500
MASTER, OLDER = bytes(range(32)), bytes(range(1, 33))
LATER = NOW + timedelta(days=400)


@dataclass(kw_only=True)
class Waits:
    """How long replies waited beside one job."""

    rows: int = 0
    seconds: float = 0.0
    """Of the job."""
    replies: list[float] = field(default_factory=list)
    refused: int = 0
    """Replies that found the database busy for too long."""

    def line(self, name: str) -> str:
        """Return one line of the table."""
        ordered = sorted(self.replies) or [0.0]
        p99 = ordered[int(len(ordered) * 0.99)]
        return (
            f"{name:<22} {self.rows:>8} rows in {self.seconds:7.1f} s; {len(ordered):>6} replies,"
            f" p99 {p99 * 1000:7.1f} ms, longest {ordered[-1] * 1000:8.1f} ms, {self.refused} refused"
        )


def _key(number: int) -> bytes:
    return number.to_bytes(32, "big")


async def _fill(store: DatabaseStore, table: Any, rows: Sequence[dict[str, Any]]) -> None:
    for start in range(0, len(rows), AT_ONCE):
        async with store.session() as session:
            await session.execute(insert(table), list(rows[start : start + AT_ONCE]))


def _logged(number: int) -> LogRow:
    feedback = Feedback(topic="tim_sukses", version=1, helpful=True, comment=f"catatan ke {number}")
    return LogRow(
        hour=NOW.replace(minute=0, second=0, microsecond=0),
        day=NOW.date(),
        channel=Channel.WEB,
        topic=f"topik_{number % 40}" if number % 2 else None,
        decision=DecisionKind.ANSWER if number % 2 else DecisionKind.FALLBACK,
        band=ConfidenceBand.ANSWER,
        stage=None,
        model="model",
        guidance_version=1,
        feedback=feedback if number % 7 == 0 else None,
        unanswered=None if number % 2 else f"pertanyaan tanpa jawaban ke {number}",
    )


async def log(store: DatabaseStore, rows: int) -> Callable[[], Awaitable[object]]:
    """Spool an hour."""
    await _fill(store, PendingLogRow, [sealed_row(store, _logged(number)) for number in range(rows)])
    return lambda: store.flush_query_log(LATER)


async def conversations(store: DatabaseStore, rows: int) -> Callable[[], Awaitable[object]]:
    """Let conversations expire."""
    made = [{"key": _key(n), "state": b"x" * 600, "expires_at": NOW} for n in range(rows)]
    await _fill(store, ConversationRow, made)
    return lambda: store.purge(LATER)


async def texts(store: DatabaseStore, rows: int) -> Callable[[], Awaitable[object]]:
    """Let texts and comments grow old, half of the rows each."""
    made = [{"id": secrets.token_hex(16), "day": NOW.date(), "words": "boleh tidak ya " * 5} for _ in range(rows // 2)]
    await _fill(store, UnansweredRow, made)
    said = {"hour": NOW, "topic_id": "tim_sukses", "guidance_version": 1, "helpful": True, "comment": "kurang jelas ya"}
    await _fill(store, FeedbackRow, [{"id": secrets.token_hex(16), **said} for _ in range(rows // 2)])
    return lambda: purge_texts(store, LATER, 60)


async def keys(store: DatabaseStore, rows: int) -> Callable[[], Awaitable[object]]:
    """Leave consents under an older key."""
    older = DatabaseStore(store._engine, KeyRing(OLDER), lambda: secrets.token_hex(16))
    made = []
    for number in range(rows):
        key = older.key_of(Channel.TELEGRAM, str(number))
        address = older.seal_bytes(str(number).encode(), opt_in_binding(key))
        made.append(
            {
                "key": key,
                "channel": Channel.TELEGRAM,
                "address": address,
                "opted_in_at": NOW,
                "text_version": "1",
            }
        )
    await _fill(store, OptInRow, made)
    await _campaign(store, rows, CampaignStatus.DONE, DeliveryStatus.SENT)
    return lambda: leave_old_keys(store, NOW)


async def updates(store: DatabaseStore, rows: int) -> Callable[[], Awaitable[object]]:
    """Leave the ids of updates that nobody repeats."""
    number = rows + REMEMBERED_UPDATES
    await _fill(store, InboxRow, [{"channel": Channel.TELEGRAM, "update_id": str(n)} for n in range(number)])
    return DatabaseQueues(store).forget_old_updates


async def replies(store: DatabaseStore, rows: int) -> Callable[[], Awaitable[object]]:
    """Leave replies that the platform took long ago."""
    row = {"channel": Channel.WHATSAPP, "work_key": _key(1), "attempts": 1, "payload": b"x" * 600}
    await _fill(store, OutboxRow, [{**row, "owed_at": 1.0, "accepted_at": 1.0} for _ in range(rows)])
    return DatabaseQueues(store).forget_accepted


async def dead_letters(store: DatabaseStore, rows: int) -> Callable[[], Awaitable[object]]:
    """Leave the forms of updates that nothing could be made of."""
    row = {"channel": Channel.TELEGRAM, "day": NOW.date(), "reason": "failed", "kind": "message", "keys": "a b"}
    made = [{"id": secrets.token_hex(16), **row, "length": 100, "error": None} for _ in range(rows)]
    await _fill(store, DeadLetterRow, made)
    return lambda: purge_dead_letters(store, LATER)


async def folding(store: DatabaseStore, rows: int) -> Callable[[], Awaitable[object]]:
    """Leave the deliveries of a campaign that is over."""
    await _campaign(store, rows, CampaignStatus.DONE, DeliveryStatus.SENT)
    return lambda: fold_finished(store, LATER, 30)


async def late(store: DatabaseStore, rows: int) -> Callable[[], Awaitable[object]]:
    """Let the time of a campaign pass before anybody was written to."""
    await _campaign(store, rows, CampaignStatus.RUNNING, DeliveryStatus.WAITING)
    return lambda: drop_expired(store, LATER)


async def abandoned(store: DatabaseStore, rows: int) -> Callable[[], Awaitable[object]]:
    """Leave what a sender that vanished had under way."""
    await _campaign(store, rows, CampaignStatus.STOPPED, DeliveryStatus.SENDING, owner="gone")
    return lambda: hold_abandoned(store, NOW, time.time)


async def recipients(store: DatabaseStore, rows: int) -> Callable[[], Awaitable[object]]:
    """Let a campaign of everybody be due."""
    row = {"channel": Channel.TELEGRAM, "address": b"x" * 60, "opted_in_at": NOW, "text_version": "1"}
    await _fill(store, OptInRow, [{"key": _key(n), **row} for n in range(rows)])
    await _campaign(store, 0, CampaignStatus.RUNNING, DeliveryStatus.WAITING, cursor=b"")

    async def collect() -> None:
        while await plan_step(store, NOW, ()):  # noqa: ASYNC110  # one step after the other, as the planner does
            await asyncio.sleep(EVERY_SECONDS)

    return collect


async def _campaign(
    store: DatabaseStore,
    rows: int,
    status: CampaignStatus,
    delivery: DeliveryStatus,
    owner: str | None = None,
    cursor: bytes | None = None,
) -> None:
    campaign = {
        "id": "c",
        "name": "c",
        "status": status,
        "topic_id": "tim_sukses",
        "segment": segment_to_json(Segment()),
        "schedule": "{}",
        "valid_hours": 1,
        "in_doubt": UnknownDeliveryPolicy.HOLD,
        "weekly_limit": 2,
        "created_by": "a",
        "created_at": NOW,
        "run": 1,
        "deadline": (NOW - timedelta(hours=1)).timestamp() if cursor is None else LATER.timestamp(),
        "missed": 0,
        "cursor": cursor,
    }
    await _fill(store, CampaignRow, [campaign])
    chunk = {"campaign_id": "c", "run": 1, "channel": Channel.TELEGRAM, "zone": "WIB", "not_before": 0.0}
    chunk |= {"owner": owner, "leased_until": 0.0, "is_done": status is CampaignStatus.DONE}
    numbers = range(-(-rows // RECIPIENTS_OF_A_CHUNK))
    await _fill(store, ChunkRow, [{"id": number + 1, **chunk} for number in numbers])
    sent = {"status": delivery, "attempts": 0, "doubts": 0}
    deliveries = [{"chunk_id": n // RECIPIENTS_OF_A_CHUNK + 1, "key": _key(n), **sent} for n in range(rows)]
    await _fill(store, DeliveryRow, deliveries)


JOBS: Mapping[str, Callable[[DatabaseStore, int], Awaitable[Callable[[], Awaitable[object]]]]] = {
    each.__name__: each
    for each in (
        log,
        conversations,
        texts,
        keys,
        updates,
        replies,
        dead_letters,
        folding,
        late,
        abandoned,
        recipients,
    )
}


async def waits_beside(name: str, rows: int, address: str) -> Waits:
    """Fill a database, run one job over it, and measure the replies beside it."""
    engine = make_engine(address)
    store = DatabaseStore(engine, KeyRing(MASTER, OLDER), lambda: secrets.token_hex(16))
    try:
        job = await JOBS[name](store, rows)
        waits = Waits(rows=rows)
        replying = asyncio.create_task(_reply(store, waits))
        await asyncio.sleep(EVERY_SECONDS)
        began = time.monotonic()
        await job()
        waits.seconds = time.monotonic() - began
        # One that waits now waited for the job, too.
        await asyncio.sleep(2 * EVERY_SECONDS)
        replying.cancel()
        await asyncio.gather(replying, return_exceptions=True)
        return waits
    finally:
        await engine.dispose()


async def _reply(store: DatabaseStore, waits: Waits) -> None:
    number = 0
    while True:
        due = time.monotonic() + EVERY_SECONDS
        await asyncio.sleep(EVERY_SECONDS)
        number += 1
        try:
            async with store.unit() as unit:
                await unit.save_conversation(Channel.WEB, f"penanya {number % 50}", Conversation(topic="x"), LATER)
        except DatabaseDownError:
            waits.refused += 1
        # From when it was due: a loop that stands still keeps it from even beginning.
        waits.replies.append(time.monotonic() - due)


def main() -> None:
    """Print a line a job."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--only", default=",".join(JOBS))
    arguments = parser.parse_args()
    for name in arguments.only.split(","):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "jobs.db"
            file.write_bytes(_seeded_file())
            waits = asyncio.run(waits_beside(name, arguments.rows, f"sqlite:///{file}"))
            print(waits.line(name), flush=True)


if __name__ == "__main__":
    main()
