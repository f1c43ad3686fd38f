"""Templates by command and on the administrators' page, and the client's errors by what is to be done."""

import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.admin.campaigns.whatsapp_pages import USES
from bot.channels.whatsapp.graph_client import GraphClient, GraphError
from bot.channels.whatsapp.payloads import addressed
from bot.channels.whatsapp.platform_templates import as_parameter
from bot.core.accounts.users import Role
from bot.core.campaigns.platform_template import REMINDER, REOPEN, REQUIRED_TEMPLATES, TemplateProblem
from bot.core.campaigns.status_texts import UNFIT
from bot.core.messaging.send_outcome import SendOutcome, Trouble
from bot.storage.campaigns.platform_templates import DatabaseTemplates
from tests.conftest import NOW
from tests.fakes.whatsapp.graph_api import ACCOUNT_ID, NUMBER_ID, TOKEN, VERSION, FakeGraph
from tests.support.admin_browser import Desk, open_desk
from tests.support.bot_process import ROOT, SINETRAL
from tests.support.database import seeded

pytestmark = [pytest.mark.whatsapp]
TEXT = {"messaging_product": "whatsapp", "type": "text", "text": {"body": "halo"}}


@pytest.fixture
def graph() -> Iterator[FakeGraph]:
    with FakeGraph(sends_statuses=False) as fake:
        yield fake


@pytest.fixture
async def client(graph: FakeGraph) -> AsyncIterator[GraphClient]:
    made = GraphClient(graph.url, VERSION, TOKEN, NUMBER_ID, ACCOUNT_ID)
    yield made
    await made.close()


# The client


@pytest.mark.parametrize(
    ("code", "status", "outcome", "trouble"),
    [
        (130429, 429, SendOutcome.RATE_LIMITED, Trouble.PLATFORM),
        (80007, 400, SendOutcome.RATE_LIMITED, Trouble.PLATFORM),
        (131056, 429, SendOutcome.NOT_TAKEN, Trouble.PERSON),
        (131047, 400, SendOutcome.REFUSED, Trouble.PERSON),
        (131026, 400, SendOutcome.UNREACHABLE, Trouble.PERSON),
        (131050, 400, SendOutcome.WITHDRAWN, Trouble.PERSON),
        (131049, 400, SendOutcome.REFUSED, Trouble.PERSON),
        (368, 403, SendOutcome.HELD, Trouble.ACCOUNT),
        (131031, 403, SendOutcome.HELD, Trouble.ACCOUNT),
        (133010, 400, SendOutcome.HELD, Trouble.NUMBER),
        (132015, 400, SendOutcome.HELD, Trouble.TEMPLATE),
        (190, 401, SendOutcome.HELD, Trouble.OURS),
        (299, 403, SendOutcome.HELD, Trouble.OURS),
        (131016, 500, SendOutcome.NOT_TAKEN, Trouble.PLATFORM),
        (131009, 400, SendOutcome.REFUSED, Trouble.MESSAGE),
        (999_999, 400, SendOutcome.REFUSED, None),
        (999_999, 500, SendOutcome.UNKNOWN, Trouble.PLATFORM),
        (999_999, 503, SendOutcome.NOT_TAKEN, Trouble.PLATFORM),
    ],
)
async def test_an_error_says_whose_trouble_it_is(
    graph: FakeGraph, client: GraphClient, code: int, status: int, outcome: SendOutcome, trouble: Trouble | None
) -> None:
    graph.add("62812")
    graph.fail(code, status=status)
    attempt = await client.send(addressed(TEXT, {"to": "62812"}))
    assert (attempt.outcome, attempt.trouble, attempt.reason) == (outcome, trouble, str(code))


async def test_a_cut_answer_leaves_it_unknown_and_a_closed_door_does_not(graph: FakeGraph, client: GraphClient) -> None:
    person = graph.add("62812")
    graph.say(person, "halo")
    graph.fail(0, cut=True)
    lost = await client.send(addressed(TEXT, {"to": "62812"}))
    nowhere = GraphClient("http://127.0.0.1:9", VERSION, TOKEN, NUMBER_ID)
    closed = await nowhere.send(addressed(TEXT, {"to": "62812"}))
    await nowhere.close()
    assert (lost.outcome, closed.outcome) == (SendOutcome.UNKNOWN, SendOutcome.NO_CONNECTION)


async def test_a_wrong_token_is_told_apart_and_never_told_on(graph: FakeGraph) -> None:
    stranger = GraphClient(graph.url, VERSION, "lain", NUMBER_ID, ACCOUNT_ID)
    sent = await stranger.send(addressed(TEXT, {"to": "62812"}))
    with pytest.raises(GraphError) as raised:
        await stranger.templates()
    await stranger.close()
    expected = (SendOutcome.HELD, Trouble.OURS)
    assert [(each.outcome, each.trouble) for each in (sent, raised.value.attempt)] == [expected, expected]
    assert "lain" not in str(raised.value)


async def test_every_page_of_templates_is_read(graph: FakeGraph, client: GraphClient) -> None:
    assert {each["name"] for each in await client.templates()} == {each.name for each in REQUIRED_TEMPLATES}


async def test_the_token_follows_no_page_to_another_server(graph: FakeGraph) -> None:
    client: Any = GraphClient(graph.url, VERSION, TOKEN, NUMBER_ID, ACCOUNT_ID)
    with pytest.raises(GraphError):
        client._next({"paging": {"next": "https://jahat.example/v23.0/x"}})
    await client.close()


@pytest.mark.parametrize(
    ("words", "limit", "line"),
    [("a\n\nb\t c", 99, "a b c"), ("satu dua tiga", 9, "satu…"), ("satu", 4, "satu")],
)
def test_a_parameter_is_one_line_cut_after_a_word(words: str, limit: int, line: str) -> None:
    assert as_parameter(words, limit) == line


# Commands


def sinetral(graph: FakeGraph, folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | {
        **graph.environment,
        "SINETRAL_DATABASE_URL": f"sqlite:///{folder / 'sinetral.db'}",
        "SINETRAL_KEY_FILE": str(folder / "master.key"),
    }
    return subprocess.run(
        [*SINETRAL, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.full
def test_what_is_missing_is_handed_in_and_used_once_approved(graph: FakeGraph, tmp_path: Path) -> None:
    known = dict(graph.templates)
    graph.templates.clear()
    listed = sinetral(graph, tmp_path, "template", "list")
    assert (listed.returncode, listed.stdout.count("missing")) == (1, len(REQUIRED_TEMPLATES))
    proposed = sinetral(graph, tmp_path, "template", "propose")
    told = [proposed.stdout.count(word) for word in ("diajukan", "not_approved")]
    assert (proposed.returncode, told) == (1, [len(REQUIRED_TEMPLATES), len(REQUIRED_TEMPLATES)])
    assert {(each.name, each.body, each.buttons) for each in graph.templates.values()} == {
        (each.name, each.body, each.buttons) for each in known.values()
    }
    graph.templates |= {key: replace(each, status="APPROVED") for key, each in graph.templates.items()}
    synced = sinetral(graph, tmp_path, "template", "sync")
    assert (synced.returncode, synced.stderr) == (0, "")


@pytest.mark.full
def test_without_an_account_the_command_says_what_to_set(graph: FakeGraph, tmp_path: Path) -> None:
    done = subprocess.run(
        [*SINETRAL, "template", "sync"],
        cwd=ROOT,
        env=os.environ | {"SINETRAL_DATABASE_URL": f"sqlite:///{tmp_path / 'sinetral.db'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "WHATSAPP_BUSINESS_ACCOUNT_ID" in done.stderr


# The page


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with seeded("sqlite", tmp_path) as address, open_desk(address, tmp_path, NOW) as opened:
        yield opened


def test_the_page_says_what_is_ready_and_what_is_wrong(desk: Desk) -> None:
    session = desk.session(desk.user("ani", Role.VIEWER))
    empty = desk.get("/admin/whatsapp", session).text
    assert "Belum ada template" in empty
    assert empty.count(UNFIT[TemplateProblem.MISSING]) == len(REQUIRED_TEMPLATES)
    paused = replace(REMINDER, status="PAUSED", body="<b>isi</b>")
    costly = replace(REOPEN, status="APPROVED", category="MARKETING")
    desk.call(lambda: DatabaseTemplates(desk.parts.store).replace([paused, costly], NOW))
    page = desk.get("/admin/whatsapp", session).text
    assert UNFIT[TemplateProblem.NOT_APPROVED] in page
    assert "siap" in page
    assert "digolongkan pemasaran" in page
    assert "&lt;b&gt;isi" in page
    assert all(use in page for use in USES.values())
