"""A group that Telegram holds for a minute, and people who ask in private meanwhile."""

import time
from dataclasses import dataclass

from tests.fakes.telegram.faults import PHRASES
from tests.faults.load import Load
from tests.faults.world import World

GROUP = -1_001_500_000_001
HELD_SECONDS = 60
ASKING_SECONDS = 30.0
PER_SECOND = 2.0
PEOPLE = 60
MENTIONS = 6


@dataclass(frozen=True, kw_only=True)
class Flood:
    """How long private people waited."""

    without_p95: float
    with_p95: float
    without_asked: int
    with_asked: int
    unanswered: int

    def line(self) -> str:
        """Return the figures."""
        return (
            f"private replies' p95: {self.without_p95:.2f} s without, {self.with_p95:.2f} s beside a group that is held"
            f" for {HELD_SECONDS} s ({self.without_asked} and {self.with_asked} asked, {self.unanswered} unanswered)"
        )


def private_replies_beside_a_held_group(world: World, seconds: float = ASKING_SECONDS) -> Flood:
    """Ask in private, once in peace and once while every send to a group is answered 429."""
    calm = Load(world=world, people=PEOPLE, first=200_000, channels=("telegram",))
    calm.run(5, PER_SECOND)
    calm.wait(60)
    peace = Load(world=world, people=PEOPLE, first=210_000, channels=("telegram",))
    peace.run(seconds, PER_SECOND)
    peace.wait(90)
    api = world.telegram
    api.add_group(GROUP, members=range(501, 501 + MENTIONS))
    api.fail("sendMessage", 429, times=1, chat_id=GROUP, retry_after=HELD_SECONDS, description=PHRASES[429])
    name = api.world.bot["username"]
    for member in range(501, 501 + MENTIONS):
        api.say(GROUP, f"@{name} bolehkah saya perihal foto bersama calon?", by=member)
    api.wait_until(lambda: api.calls_of("sendMessage", GROUP), timeout=60)
    held = Load(world=world, people=PEOPLE, first=220_000, channels=("telegram",))
    started = time.monotonic()
    held.run(seconds, PER_SECOND)
    held.wait(max(90.0, HELD_SECONDS + 60 - (time.monotonic() - started)))
    api.clear_faults()
    before, beside = peace.reckon(), held.reckon()
    return Flood(
        without_p95=before.p95_seconds,
        with_p95=beside.p95_seconds,
        without_asked=before.asked,
        with_asked=beside.asked,
        unanswered=before.lost + beside.lost,
    )
