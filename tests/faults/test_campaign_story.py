"""A campaign over what goes wrong midway: it pauses with a reason, goes on when mended, and writes to nobody else.

By commands and the real process on a fake WhatsApp, by day whatever the hour is.
"""

import itertools
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.core.campaigns.reminder_template import TemplateState
from tests.fakes.spoiling_proxy import Way
from tests.fakes.whatsapp.graph_api import Person
from tests.faults.office import Office
from tests.faults.world import World, wait_for, world
from tests.integration.campaigns.engine.harness import noon

pytestmark = [pytest.mark.full, pytest.mark.faults, pytest.mark.broadcast, pytest.mark.timeout(900)]

PEOPLE = 12
TROUBLE_SECONDS = 45.0
DONE_SECONDS = 120.0
PAUSED = "paused"
_numbers = itertools.count(1)


def forward_shift() -> float:
    """Return the seconds to the next noon, 0 by day: what commands plan by the true clock is never still to come."""
    now = datetime.now(UTC)  # noqa: TID251
    if abs(noon() - now) < timedelta(hours=4):
        return 0.0
    return ((noon() - now) % timedelta(days=1)).total_seconds()


@contextmanager
def office(folder: Path, per_second: str = "50") -> Iterator[Office]:
    """Run a bot by day with people who may write campaigns."""
    extra = {"CLOCK_SHIFT": str(forward_shift()), "SINETRAL_WHATSAPP_PEOPLE_A_DAY": "100000"}
    with world(folder, extra=extra, starts=False, per_second=per_second) as made:
        made.bot.serving = [sys.executable, "-m", "tests.integration.campaigns.engine.daytime"]
        made.bot.start()
        made.ready()
        opened = Office(world=made)
        opened.open()
        yield opened


def people(made: World, number: int = PEOPLE) -> list[Person]:
    """Return people who wrote long ago."""
    return [made.graph.add(None, f"ID.77{next(_numbers):07d}") for _ in range(number)]


def arrived(made: World, persons: Sequence[Person]) -> Counter[str]:
    """Count what each was sent."""
    return Counter({person.id: len(made.graph.sent(person)) for person in persons})


@dataclass(kw_only=True)
class Story:
    """What was seen while something was wrong, and after it was mended."""

    in_trouble: str = ""
    report: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    sent_in_trouble: int = 0
    resumed: str = ""
    after: str = ""
    after_counts: dict[str, int] = field(default_factory=dict)
    arrived: Counter[str] = field(default_factory=Counter)


# Trouble of the account or the template, as the direct answer

CODES = {
    132015: "template paused",
    132016: "template disabled",
    133010: "number not registered",
    131045: "certificate",
    131005: "permission",
    131042: "payment",
    131031: "account locked",
    100: "parameter",
    139_987: "a code that nobody knows",
}


@pytest.fixture(scope="module", params=list(CODES), ids=list(CODES.values()))
def trouble(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Tell the story of one code: refused to all, mended, gone on with."""
    story = Story()
    with office(tmp_path_factory.mktemp("trouble") / "bot") as opened:
        persons = people(opened.world)
        opened.add_opt_ins(persons)
        opened.world.graph.fail(request.param, times=None)
        id_ = opened.scheduled()
        story.in_trouble = opened.wait_for_status(id_, (PAUSED, "done"), TROUBLE_SECONDS)
        story.report, story.counts = opened.report(id_), opened.counts(id_)
        story.sent_in_trouble = len(opened.world.graph.sent())
        opened.world.graph.faults.clear()
        opened.world.bot.command("template", "sync")
        story.resumed = opened.type("ani", "run", id_)[1]
        story.after = opened.wait_for_status(id_, ("done",), DONE_SECONDS)
        story.after_counts, story.arrived = opened.counts(id_), arrived(opened.world, persons)
    return story


def test_trouble_that_is_not_one_persons_pauses_the_campaign(trouble: Story) -> None:
    assert trouble.in_trouble == PAUSED


def test_a_pause_names_its_reason(trouble: Story) -> None:
    assert "Catatan:" in trouble.report


def test_no_person_is_written_off_for_trouble_that_is_not_theirs(trouble: Story) -> None:
    burnt = sum(trouble.counts.get(each, 0) for each in ("refused", "failed", "unreachable", "withdrawn"))
    # Of a code that nobody knows a few show that it is everybody's.
    assert burnt <= PEOPLE // 3


def test_a_campaign_goes_on_after_its_trouble_is_mended(trouble: Story) -> None:
    assert trouble.after == "done", (trouble.resumed, trouble.after_counts)


def test_everybody_gets_the_reminder_once_when_it_goes_on(trouble: Story) -> None:
    assert max(trouble.arrived.values()) <= 1
    assert sum(trouble.arrived.values()) >= PEOPLE - PEOPLE // 3


# What failed by webhook


@pytest.fixture(scope="module")
def webhooks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Return one office for all stories of webhooks."""
    with office(tmp_path_factory.mktemp("webhooks") / "bot") as opened:
        yield opened


def sent_to_all(opened: Office) -> tuple[str, list[Person]]:
    """Send a campaign to new people alone."""
    opened.sql("DELETE FROM opt_in")
    persons = people(opened.world)
    opened.add_opt_ins(persons)
    id_ = opened.scheduled()
    assert wait_for(lambda: all(arrived(opened.world, persons).values()), DONE_SECONDS)
    return id_, persons


@pytest.mark.parametrize("code", [131000, 131016, 131057])
def test_what_failed_for_a_while_by_webhook_is_sent_once_more(webhooks: Office, code: int) -> None:
    _, persons = sent_to_all(webhooks)
    graph = webhooks.world.graph
    for person in persons[:3]:
        graph.deliver(graph.status_body(person, graph.sent(person)[0], "failed", code))
    assert wait_for(lambda: all(len(graph.sent(person)) == 2 for person in persons[:3]), 90)
    assert max(arrived(webhooks.world, persons).values()) == 2


def test_a_failure_told_again_and_late_makes_no_third_sending(webhooks: Office) -> None:
    _, persons = sent_to_all(webhooks)
    graph = webhooks.world.graph
    failed = [graph.status_body(person, graph.sent(person)[0], "failed", 131000) for person in persons[:2]]
    for body in failed:
        graph.deliver(body, copies=3)
    wait_for(lambda: all(len(graph.sent(person)) == 2 for person in persons[:2]), 60)
    for body in failed:
        graph.deliver(body, copies=2)
    time.sleep(15)
    assert max(arrived(webhooks.world, persons).values()) <= 2


@pytest.mark.parametrize("code", [131042, 132015, 131031])
def test_trouble_of_the_account_told_by_webhook_pauses_what_still_runs(tmp_path: Path, code: int) -> None:
    with office(tmp_path / "bot", per_second="1") as opened:
        persons = people(opened.world, 40)
        opened.add_opt_ins(persons)
        id_ = opened.scheduled()
        graph = opened.world.graph
        assert wait_for(lambda: len(graph.sent()) >= 4, 60)
        for sent in graph.sent()[:4]:
            graph.deliver(graph.status_body(graph.people[sent.person], sent, "failed", code))
        assert opened.wait_for_status(id_, (PAUSED, "done"), 40) == PAUSED
        assert "Catatan:" in opened.report(id_)


# What people choose midway

CHANGES: dict[str, tuple[tuple[str, ...], dict[str, str], str]] = {
    "a stage is deselected": (("--stage", "masa_tenang"), {"stages": ",masa_tenang,"}, "stages = ',kampanye,'"),
    "the agency changes": (("--agency", "dinas-uji"), {"agency": "dinas-uji"}, "agency = NULL"),
    "the region changes": (("--region", "Jawa Tengah"), {"region": "Jawa Tengah"}, "region = 'Maluku'"),
    "the role changes": (("--role", "PNS"), {"role": "PNS"}, "role = 'PPPK'"),
    "the reach ends": ((), {}, "unreachable_since = '2026-11-01 00:00:00', unreachable_times = 9"),
}


@dataclass(kw_only=True)
class Midway:
    """What came of a change while a campaign ran."""

    changed: Counter[str]
    others: Counter[str]
    status: str


@pytest.fixture(scope="module", params=list(CHANGES))
def midway(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Midway]:
    """Let people change their choice while a slow campaign runs."""
    options, columns, change = CHANGES[request.param]
    with office(tmp_path_factory.mktemp("midway") / "bot", per_second="1") as opened:
        if "--agency" in options:
            assert opened.type("ani", "agency", "dinas-uji", "Dinas Uji", "--region", "Jawa Tengah")[0] == 0
        persons = people(opened.world, 24)
        opened.add_opt_ins(persons, **columns)
        id_ = opened.scheduled(*options)
        graph = opened.world.graph
        assert wait_for(lambda: len(graph.sent()) >= 3, 90)
        had = {person.id for person in persons if graph.sent(person)}
        left = [person for person in persons if person.id not in had]
        # Whoever is next may be under way in this moment.
        changed = left[::2]
        moment = time.time()
        for person in changed:
            opened.sql(f"UPDATE opt_in SET {change} WHERE key = :key", key=opened.key_of(person))
        settled = time.time()
        status = opened.wait_for_status(id_, ("done",), DONE_SECONDS)
        late = Counter({p.id: sum(sent.at > settled + 3 for sent in graph.sent(p)) for p in changed})
        others = arrived(opened.world, [p for p in persons if p not in changed])
        assert moment <= settled
        yield Midway(changed=late, others=others, status=status)


def test_who_is_no_longer_meant_gets_nothing(midway: Midway) -> None:
    assert sum(midway.changed.values()) == 0


def test_whoever_is_still_meant_gets_it_once(midway: Midway) -> None:
    assert set(midway.others.values()) == {1}


def test_a_campaign_ends_though_some_are_no_longer_meant(midway: Midway) -> None:
    assert midway.status == "done"


# What cannot be rendered


@pytest.mark.parametrize("channel", [(), ("--channel", "whatsapp")], ids=["all channels", "whatsapp alone"])
def test_a_template_of_ones_own_goes_out_on_whatsapp_or_is_refused_in_words(
    tmp_path: Path, channel: tuple[str, ...]
) -> None:
    with office(tmp_path / "bot") as opened:
        persons = people(opened.world, 4)
        opened.add_opt_ins(persons)
        own_template(opened)
        code, shown = opened.type("ani", "create", "Uji", "--template", "uji", "--schedule", "sekarang", *channel)
        id_ = shown.partition("Draf ")[2].split(" ")[0]
        for user, word in (("ani", "submit"), ("budi", "approve"), ("ani", "run")):
            if code != 0:
                break
            code, shown = opened.type(user, word, id_)
        if code != 0:
            assert "Traceback" not in shown
            return
        assert opened.wait_for_status(id_, ("done", PAUSED), DONE_SECONDS) in {"done", PAUSED}
        if opened.status(id_) == "done":
            assert set(arrived(opened.world, persons).values()) == {1}


def own_template(opened: Office) -> None:
    """Keep an approved template."""
    opened.sql(
        "INSERT INTO reminder_template (id, title, words, citations, state, authors, edition, approved_by, checked_on,"
        " review_by) VALUES ('uji', 'Masa tenang mulai besok', 'Mulai besok tidak ada kampanye.', :citations, :state,"
        " '[]', 1, 'budi', '2026-11-01', '2031-01-01')",
        citations='[["UU 20/2023", "Pasal 9 ayat (2)"]]',
        state=approved_state(),
    )


def approved_state() -> str:
    """Return how an approved template is stored."""
    return TemplateState.APPROVED.value


# Answers that accept nothing

UNREADABLE = [
    *(Way.HTML, Way.EMPTY_OBJECT, Way.NOT_OK, Way.NO_CONTENT, Way.LIST, Way.NULL, Way.HALF_JSON),
    *(Way.CHUNKED_HTML, Way.REDIRECT, Way.ERROR_OBJECT, Way.GZIP_BOMB, Way.BAD_GZIP, Way.EMPTY_BODY),
]


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Return one office behind a network that answers in the platform's place."""
    with office(tmp_path_factory.mktemp("portal") / "bot") as opened:
        yield opened


@pytest.mark.parametrize("way", UNREADABLE)
def test_only_what_the_platform_accepts_counts_as_sent(portal: Office, way: Way) -> None:
    portal.sql("DELETE FROM opt_in")
    persons = people(portal.world, 4)
    portal.add_opt_ins(persons)
    # The platform never hears of these calls.
    rule = portal.world.graph_proxy.spoil(way, path=r"/messages$", after=False)
    id_ = portal.scheduled()
    try:
        # The rests grow from one way to the next: nothing is accepted in between.
        assert wait_for(lambda: rule.used >= 1, 2 * DONE_SECONDS)
        time.sleep(4)
        assert portal.counts(id_).get("sent", 0) == 0
    finally:
        portal.world.graph_proxy.mend()
        portal.type("ani", "stop", id_)


@pytest.mark.parametrize("way", UNREADABLE)
def test_an_unreadable_list_of_templates_makes_the_registry_forget_none(portal: Office, way: Way) -> None:
    assert portal.world.bot.command("template", "sync").returncode == 0
    before = portal.world.bot.command("template", "list").stdout
    portal.world.graph_proxy.spoil(way, path=r"/message_templates", after=False)
    try:
        told = portal.world.bot.command("template", "sync")
    finally:
        portal.world.graph_proxy.mend()
    assert portal.world.bot.command("template", "list").stdout == before
    assert b"Traceback" not in told.stderr
