"""`make bench-admin`: the pages of figures over a large log, through the real application.

One database alone: `python -m tests.benchmarks.admin sqlite|postgresql [rows]`.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.core.accounts.users import Role
from tests.conftest import NOW
from tests.support.admin_browser import Desk, open_desk
from tests.support.database import SEEDED, _publish_on_postgres, _seeded_file, new_postgres
from tests.support.questions import day_rows, fill

ROWS = {"sqlite": 1_000_000, "postgresql": 5_000_000}
DAYS = 730
"""Over two years; the log is never deleted."""
ROUNDS = 60
AIM_MS = 200
PATHS = [
    "",
    "?masa=90",
    "/pertanyaan",
    "/pertanyaan?masa=90",
    "/pertanyaan?masa=90&kanal=telegram&tahapan=kampanye",
    "/pertanyaan/topik/{topic}?masa=90",
    "/pertanyaan/unduh?masa=90",
]
# One row of the log for each question of the roll-up: the roll-up is repeated by the numbers below `asked`.
LOG = """
INSERT INTO query_log (id, hour, channel, topic_id, decision, band, stage, model, guidance_version)
SELECT {random}, {hour}, channel, NULLIF(topic_id, ''), decision,
    CASE WHEN number <= at_once THEN 'answer' ELSE 'not_asked' END, NULLIF(stage, ''), NULL, NULL
FROM query_day JOIN {numbers} ON number <= asked {only}
"""
FEEDBACK = """
INSERT INTO feedback (id, hour, topic_id, guidance_version, helpful, comment)
SELECT {random}, {hour}, topic_id, 1, helpful, NULL FROM feedback_day JOIN {numbers} ON number <= votes
"""
DIALECTS = {
    "sqlite": {
        "random": "hex(randomblob(16))",
        "hour": "datetime(day, '+5 hours')",
        "numbers": "(WITH RECURSIVE n(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM n WHERE number < {most})"
        " SELECT number FROM n)",
    },
    "postgresql": {
        "random": "md5(random()::text || clock_timestamp()::text || number::text)",
        "hour": "day + interval '5 hours'",
        "numbers": "generate_series(1, {most}) AS number",
    },
}


@contextmanager
def database(kind: str) -> Iterator[tuple[str, Path]]:
    """Return the address of a database with the seed, and a folder for the rest."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if kind == "sqlite":
            (folder / "questions.db").write_bytes(_seeded_file())
            yield f"sqlite:///{folder / 'questions.db'}", folder
            return
        _publish_on_postgres()
        for address in new_postgres(SEEDED):
            yield address, folder


async def fill_log(engine: AsyncEngine, kind: str, count: int) -> None:
    """Write roll-ups of about so many questions, then a log and votes that they are the sums of."""
    async with engine.connect() as connection:
        topics = [topic for (topic,) in await connection.execute(text("SELECT id FROM topic ORDER BY id"))]
    # Of each working week five days are full and two are not; a quarter and more have no topic.
    rows = day_rows(topics, NOW.date(), DAYS, count / DAYS / 1.47 / ((5 + 2 * 0.4) / 7))
    await fill(engine, rows)
    most = max(int(str(row["asked"])) for row in rows)
    words = {name: value.format(most=most) for name, value in DIALECTS[kind].items()}
    months = sorted({str(row["day"])[:7] for row in rows})
    for month in months:
        async with engine.begin() as connection:
            only = f"WHERE CAST(day AS text) LIKE '{month}%'"
            await connection.execute(text(LOG.format(**words, only=only)))
    async with engine.begin() as connection:
        await connection.execute(text(FEEDBACK.format(**words)))
    if kind == "postgresql":
        async with engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.execute(text("VACUUM ANALYZE"))


def measure(desk: Desk, role: Role) -> list[tuple[str, float, float, float]]:
    """Return p50 and p95 of every page, and the processor's part of this process, in milliseconds."""
    session_id = desk.session(desk.user(f"ukur-{role.value}", role))
    [(topic,)] = desk.rows("SELECT topic_id FROM query_day WHERE topic_id != '' ORDER BY asked DESC LIMIT 1")
    found = []
    for path in PATHS:
        address = f"/admin{path}".format(topic=topic)
        assert desk.get(address, session_id).status_code == 200
        taken = []
        worked = time.process_time()
        for _ in range(ROUNDS):
            began = time.perf_counter()
            desk.get(address, session_id)
            taken.append((time.perf_counter() - began) * 1000)
        taken.sort()
        cpu = (time.process_time() - worked) * 1000 / ROUNDS
        found.append((path or "/", statistics.median(taken), taken[int(len(taken) * 0.95)], cpu))
    return found


def run(kind: str, count: int) -> bool:
    """Print one line a page; returns whether every one is fast enough."""
    with database(kind) as (address, folder), open_desk(address, folder, NOW) as desk:
        began = time.perf_counter()
        desk.call(lambda: fill_log(desk.parts.engine, kind, count))
        [(logged,)] = desk.rows("SELECT count(*) FROM query_log")
        [(counted, rolled)] = desk.rows("SELECT sum(asked), count(*) FROM query_day")
        assert logged == counted, "the roll-up is not the sum of the log"
        print(f"{kind}: {logged:,} rows of the log, {rolled:,} of the roll-up, {time.perf_counter() - began:.0f} s")
        is_fast = True
        for role in (Role.CURATOR, Role.VIEWER):
            for path, middle, slow, cpu in measure(desk, role):
                verdict = "" if slow <= AIM_MS else f"  more than {AIM_MS} ms"
                figures = f"p50 {middle:5.0f} ms  p95 {slow:5.0f} ms  processor {cpu:5.1f} ms"
                print(f"  {role.value:8} {path:52} {figures}{verdict}", flush=True)
                is_fast = is_fast and slow <= AIM_MS
    return is_fast


def main() -> None:
    """Measure both databases, or the one that is named."""
    kinds = sys.argv[1:2] or list(ROWS)
    counts = {kind: int(sys.argv[2]) if len(sys.argv) > 2 else ROWS[kind] for kind in kinds}
    results = [run(kind, count) for kind, count in counts.items()]
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
