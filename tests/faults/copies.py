"""How often one reply arrives when its acceptance is lost: cut, silent, unreadable, by a gateway's page."""

import time
from collections import Counter
from dataclasses import dataclass

from tests.fakes.spoiling_proxy import Way
from tests.faults.load import Load
from tests.faults.world import World

WAYS = (
    Way.CUT,
    Way.OK_ALONE,
    Way.HTML,
    Way.CUT,
    Way.EMPTY_OBJECT,
    Way.BAD_GATEWAY,
    Way.EMPTY_BODY,
    Way.REDIRECT,
    Way.CUT,
    Way.HALF_JSON,
)
SHARE = 0.5
"""Of the calls: where every call failed, the platform would be down and not one answer lost."""
WAVE = 40
PATHS = {"telegram": r"/sendMessage$", "whatsapp": r"/messages$"}


@dataclass(frozen=True, kw_only=True)
class Copies:
    """What the people behind the cut connections got."""

    channel: str
    replies: int
    spoiled: int
    by_copies: dict[int, int]
    """Messages by how often each arrived."""
    lost: int
    seconds: float

    @property
    def most(self) -> int:
        """The most copies of one message."""
        return max(self.by_copies, default=0)

    def line(self) -> str:
        """Return the figures."""
        return (
            f"{self.channel}: {self.spoiled} acceptances lost over {self.replies} replies; messages by copies"
            f" {dict(sorted(self.by_copies.items()))}; most {self.most}; lost {self.lost}; {self.seconds:.0f} s"
        )


def is_reply(body: bytes) -> bool:
    """Say whether a call sends something that a person reads."""
    return b'"status"' not in body and b"typing_indicator" not in body


def count_copies(
    world: World, channel: str, connections: int, seconds: float, ways: tuple[Way, ...] = WAYS, first: int = 0
) -> Copies:
    """Ask until so many acceptances were lost, or time is up; wait for the rest, and count."""
    proxy = world.telegram_proxy if channel == "telegram" else world.graph_proxy
    started = time.monotonic()
    load = Load(world=world, people=20 * connections // 10 + WAVE, channels=(channel,), first=first)
    rule = proxy.spoil(*ways, path=PATHS[channel], share=SHARE, left=connections, meant=is_reply)
    asked = 0
    while rule.used < connections and time.monotonic() - started < seconds and asked < load.people:
        for _ in range(WAVE):
            load.ask(asked)
            asked += 1
        # The next wave comes when most of this one is through, so that all are answered in time.
        until = time.monotonic() + 20
        while load.open() > WAVE // 2 and time.monotonic() < until:
            time.sleep(0.1)
    load.wait(max(60.0, seconds / 2), standstill=90.0)
    world.wait_until_empty(60)
    proxy.mend()
    load.heard.look()
    copies: Counter[int] = Counter()
    for person in {each.person for each in load.asked}:
        copies.update(Counter(Counter(load.heard.of(person)).values()))
    return Copies(
        channel=channel,
        replies=asked,
        spoiled=rule.used,
        by_copies=dict(copies),
        lost=load.reckon().lost,
        seconds=time.monotonic() - started,
    )
