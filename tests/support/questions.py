"""Months of questions for tests and benchmarks: the same rows in log, feedback and roll-ups."""

import random
from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.core.dialogue.decision import DecisionKind
from bot.core.figures.measures import UNDERSTOOD_AT_ONCE
from bot.core.vocabulary import Channel, Stage
from bot.storage.figures.tables import FeedbackDayRow, QueryDayRow, QueryMeasureDayRow

SHARES = {
    DecisionKind.CLARIFY: 0.16,
    DecisionKind.FALLBACK: 0.09,
    DecisionKind.SMALLTALK: 0.2,
    DecisionKind.REFUSE: 0.02,
}
"""Questions without a topic, as a share of those with one."""
CHANNELS = {Channel.TELEGRAM: 0.6, Channel.WEB: 0.4}
AT_ONCE = 0.8
WEEKEND = 0.4


def day_rows(
    topics: Sequence[str], today: date, days: int, a_day: float, rising: str | None = None, seed: int = 7
) -> list[dict[str, object]]:
    """Make rows of the roll-up: a few topics asked often, most seldom, less at weekends.

    Args:
        a_day: questions with a topic, about.
        rising: a topic that is asked three times as often in the last twenty days.
    """
    chance = random.Random(seed)
    weights = [1 / (place + 1) for place in range(len(topics))]
    found: list[dict[str, object]] = []
    for number in range(days):
        day = today - timedelta(days=number)
        stage = Stage.CAMPAIGN.value if number < 25 else ""
        busy = a_day * (WEEKEND if day.weekday() > 4 else 1.0)
        for channel, part in CHANNELS.items():
            for topic, weight in zip(topics, weights, strict=True):
                often = 3 if topic == rising and number < 20 else 1
                asked = _about(chance, often * busy * part * weight / sum(weights))
                found.append(_row((day, channel, topic, DecisionKind.ANSWER, stage), asked, chance))
            for decision, share in SHARES.items():
                asked = _about(chance, busy * part * share)
                found.append(_row((day, channel, "", decision, stage), asked, chance))
    return [row for row in found if row["asked"]]


def _about(chance: random.Random, mean: float) -> int:
    return max(0, round(chance.gauss(mean, mean**0.5)))


def _row(kind: tuple[date, Channel, str, DecisionKind, str], asked: int, chance: random.Random) -> dict[str, object]:
    day, channel, topic, decision, stage = kind
    at_once = round(asked * min(1.0, max(0.0, chance.gauss(AT_ONCE, 0.1)))) if topic else 0
    return {
        "day": day,
        "channel": channel,
        "topic_id": topic,
        "decision": decision,
        "stage": stage,
        "asked": asked,
        "at_once": at_once,
    }


def vote_rows(rows: Sequence[dict[str, object]], seed: int = 7) -> list[dict[str, object]]:
    """Make votes of the days and topics of a roll-up: one answer in twenty gets one."""
    chance = random.Random(seed)
    votes: dict[tuple[object, object, bool], int] = {}
    for row in rows:
        if row["topic_id"]:
            for _ in range(_about(chance, int(str(row["asked"])) / 20)):
                key = (row["day"], row["topic_id"], chance.random() < 0.8)
                votes[key] = votes.get(key, 0) + 1
    return [
        {"day": day, "topic_id": topic, "helpful": helpful, "votes": count}
        for (day, topic, helpful), count in votes.items()
    ]


def _measured(row: dict[str, object]) -> dict[str, object]:
    kind = {name: row[name] for name in ("day", "channel", "topic_id", "decision", "stage")}
    return kind | {"measure": UNDERSTOOD_AT_ONCE, "asked": row["at_once"]}


async def fill(engine: AsyncEngine, rows: Sequence[dict[str, object]]) -> None:
    """Write roll-ups alone."""
    async with engine.begin() as connection:
        await connection.execute(insert(QueryDayRow), list(rows))
        await connection.execute(insert(QueryMeasureDayRow), [_measured(row) for row in rows])
        await connection.execute(insert(FeedbackDayRow), vote_rows(rows))
