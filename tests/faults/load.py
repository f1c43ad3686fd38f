"""Steady questions on both platforms: who asked what when, what came back, and what `/health` said meanwhile."""

import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise

from tests.fakes.whatsapp.graph_api import WINDOW_SECONDS, Person
from tests.faults.nlu_stub import question
from tests.faults.world import DOWN, Heard, World, titles

HEALTH_EVERY_SECONDS = 0.5
HEALTH_SECONDS = 3.0
"""A monitor's patience."""
LOST_WORDS = "jawaban sebelumnya tidak sampai"
"""Part of what a person is told, at the next message, of a reply that is known to be lost."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What `/health` said."""

    at: float
    status: int
    """0: no answer within three seconds."""
    seconds: float

    @property
    def is_well(self) -> bool:
        """Whether it said that everything works."""
        return self.status == 200


class HealthWatch:
    """Asks `/health` twice a second, in a thread."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.samples: list[Sample] = []

    def __enter__(self) -> "HealthWatch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join(timeout=10)

    def seconds_until_told(self, since: float, until: float) -> float | None:
        """Return how long after a moment it first said that something is wrong; None when it never did."""
        found = [each for each in list(self.samples) if since <= each.at - each.seconds and each.at <= until]
        return next((round(each.at - since, 1) for each in found if not each.is_well), None)

    def seconds_until_well_before(self, since: float, until: float) -> float | None:
        """Return how long after a moment it said for good, until another moment, that all is well."""
        later = [each for each in list(self.samples) if since <= each.at < until]
        bad = [number for number, each in enumerate(later) if not each.is_well]
        start = bad[-1] + 1 if bad else 0
        return round(later[start].at - since, 1) if start < len(later) else None

    def slowest(self) -> float:
        """Return the longest that an answer took."""
        return max((each.seconds for each in self.samples), default=0.0)

    def _run(self) -> None:
        while not self._end.wait(HEALTH_EVERY_SECONDS):
            started = time.monotonic()
            status = _health(f"{self._world.bot.url}/health")
            now = time.monotonic()
            self.samples.append(Sample(at=now, status=status, seconds=now - started))


def _health(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=HEALTH_SECONDS) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with suppress(OSError):
            error.close()
        return error.code
    except OSError:
        return 0


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One question."""

    person: str
    channel: str
    topic: str
    at: float


@dataclass(frozen=True, kw_only=True)
class Reckoning:
    """What became of the questions."""

    asked: int
    answered: int
    told_down: int
    """Questions that got the honest sentence instead, since the NLU was away."""
    told_lost: int
    """Sentences on a reply that is known to be lost."""
    lost: int
    out_of_order: int
    doubled: int
    most_copies: int
    slowest_seconds: float
    p95_seconds: float

    def line(self) -> str:
        """Return the figures."""
        return (
            f"asked {self.asked}, answered {self.answered}, told that the NLU is away {self.told_down},"
            f" told lost {self.told_lost}, LOST {self.lost}, OUT OF ORDER {self.out_of_order}, doubled {self.doubled}"
            f" (most copies {self.most_copies}), p95 {self.p95_seconds:.1f} s, slowest {self.slowest_seconds:.1f} s"
        )


@dataclass(kw_only=True)
class Load:
    """People who ask each topic once, in an order of their own, so that each answer tells which question it is for."""

    world: World
    people: int = 400
    first: int = 0
    channels: Sequence[str] = ("telegram", "whatsapp")
    asked: list[Asked] = field(default_factory=list)
    heard: Heard = field(init=False)

    def __post_init__(self) -> None:
        self.heard = Heard(self.world)
        self.titles = titles()
        self._topics = sorted(self.titles)
        self._whatsapp: list[Person] = []
        self._counts: Counter[int] = Counter()
        for number in range(self.people):
            if self._channel(number) == "telegram":
                self.world.telegram.add_private(self._chat(number))
            person = self.world.graph.add(f"62899{self.first + number:07d}")
            person.open_until = time.time() + WINDOW_SECONDS
            self._whatsapp.append(person)

    def ask(self, number: int) -> Asked:
        """Let one person ask what they have not asked yet."""
        person = number % self.people
        topic = self._topics[(person * 7 + self._counts[person] * 11) % len(self._topics)]
        self._counts[person] += 1
        channel = self._channel(person)
        if channel == "telegram":
            self.world.telegram.say(self._chat(person), question(topic))
            name = str(self._chat(person))
        else:
            self.world.graph.say(self._whatsapp[person], question(topic))
            name = self._whatsapp[person].id
        asked = Asked(person=name, channel=channel, topic=topic, at=time.monotonic())
        self.asked.append(asked)
        return asked

    def run(self, seconds: float, per_second: float, start: int = 0) -> int:
        """Ask steadily for so long; returns the number of the next question."""
        started = time.monotonic()
        number = start
        while (now := time.monotonic()) - started < seconds:
            due = started + (number - start) / per_second
            if due > now:
                time.sleep(min(due - now, 0.2))
                continue
            self.ask(number)
            number += 1
        return number

    def open(self) -> int:
        """Count the questions that nothing came back for."""
        return self.reckon().lost

    def wait(self, seconds: float, standstill: float = 45.0) -> None:
        """Wait until every question is answered, nothing moves any more, or time is up."""
        until, before, since = time.monotonic() + seconds, -1, time.monotonic()
        while time.monotonic() < until:
            left = self.open()
            if left == 0 or (left == before and time.monotonic() - since > standstill):
                return
            if left != before:
                before, since = left, time.monotonic()
            time.sleep(0.5)

    def lost_between(self, since: float, until: float) -> tuple[int, int]:
        """Return how many of the questions asked between two moments nothing came back for, and how many there were.

        Sentences on an NLU that is away are counted for the whole run only, so they are taken off all the same.
        """
        self.heard.look()
        lost = asked = 0
        for each in self.asked:
            if since <= each.at < until:
                asked += 1
                texts = self.heard.of(each.person)
                answered = any(self.titles[each.topic] in text for text in texts)
                lost += not answered and not any(words in text for words in DOWN for text in texts)
        return lost, asked

    def reckon(self, channel: str | None = None) -> Reckoning:
        """Close the books, of one channel or of all."""
        self.heard.look()
        by_person: dict[str, list[Asked]] = {}
        for each in self.asked:
            if channel in {None, each.channel}:
                by_person.setdefault(each.person, []).append(each)
        totals: Counter[str] = Counter()
        most, taken = 0, []
        for person, questions in by_person.items():
            copies, waits = self._of_one(person, questions, totals)
            most = max(most, copies)
            taken += waits
        taken.sort()
        return Reckoning(
            asked=sum(map(len, by_person.values())),
            answered=totals["answered"],
            told_down=totals["down"],
            told_lost=totals["told_lost"],
            lost=totals["lost"],
            out_of_order=totals["disorder"],
            doubled=totals["doubled"],
            most_copies=most,
            slowest_seconds=taken[-1] if taken else 0.0,
            p95_seconds=taken[int(len(taken) * 0.95)] if taken else 0.0,
        )

    def _of_one(self, person: str, questions: Sequence[Asked], totals: Counter[str]) -> tuple[int, list[float]]:
        texts, moments = self.heard.of(person), self.heard.moments.get(person, [])
        places: dict[str, list[int]] = {each.topic: [] for each in questions}
        down = 0
        for place, text in enumerate(texts):
            found = _topic_of(text, places, self.titles)
            if found is not None:
                places[found].append(place)
            elif any(words in text for words in DOWN):
                down += 1
            totals["told_lost"] += LOST_WORDS in text
        firsts = [places[each.topic][0] for each in questions if places[each.topic]]
        missing = sum(not places[each.topic] for each in questions)
        totals["answered"] += len(firsts)
        totals["down"] += min(down, missing)
        totals["lost"] += max(missing - down, 0)
        totals["disorder"] += sum(later < earlier for earlier, later in pairwise(firsts))
        totals["doubled"] += sum(max(len(found) - 1, 0) for found in places.values())
        waits = [moments[places[each.topic][0]] - each.at for each in questions if places[each.topic]]
        return max((len(found) for found in places.values()), default=0), waits

    def _channel(self, number: int) -> str:
        return self.channels[number % len(self.channels)]

    def _chat(self, number: int) -> int:
        return 800_000_000 + self.first + number


def _topic_of(text: str, places: dict[str, list[int]], names: dict[str, str]) -> str | None:
    """Return which of somebody's topics an answer is for, by the first line that holds a title."""
    for line in text.splitlines():
        found = [topic for topic in places if names[topic] in line]
        if found:
            # One title may hold another: the longest is the one.
            return max(found, key=lambda topic: len(names[topic]))
    return None
