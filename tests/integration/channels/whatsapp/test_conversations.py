"""A person on WhatsApp, through the real bot process and a strict fake Graph API over HTTP."""

import json
import os
import random
import signal
import sqlite3
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.core.replies import texts
from bot.core.replies.payload import ActionKind
from tests.fakes.whatsapp.graph_api import FakeGraph, Person, Sent
from tests.integration.channels.whatsapp.process import running, whatsapp_bot
from tests.support.bot_process import Bot

pytestmark = [pytest.mark.whatsapp, pytest.mark.full]
QUESTION = "boleh ga sih aku dateng ke acara partai?"
HOURS = 3600.0


@pytest.fixture(scope="module")
def graph(bot: Bot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeGraph]:
    """Return the fake with the real bot behind it; nothing that the bot sends may break a rule."""
    with FakeGraph(shuffles=True, status_copies=2) as fake:
        with running(tmp_path_factory.mktemp("whatsapp"), bot, fake) as own:
            yield fake
            log = own.log.read_text()
        assert fake.refused == []
        told = {json.loads(line)["event"] for line in log.splitlines() if '"level": "ERROR"' in line}
        assert told <= {"the channel refused a message", "a message was given up"}


@pytest.fixture(params=["number", "user id", "both"])
def person(request: pytest.FixtureRequest, graph: FakeGraph) -> Person:
    """Return somebody new, known by what webhooks tell of them."""
    number = f"62812{len(graph.people):07d}" if request.param != "user id" else None
    bsuid = f"ID.15{len(graph.people):07d}xQ" if request.param != "number" else None
    return graph.add(number, bsuid)


@pytest.fixture
def ani(graph: FakeGraph) -> Person:
    """Return somebody new."""
    return graph.add(f"62813{len(graph.people):07d}", f"ID.16{len(graph.people):07d}")


def reply_to(graph: FakeGraph, person: Person, text: str) -> Sent:
    before = len(graph.sent(person))
    graph.say(person, text)
    return graph.wait_for_sent(person, before + 1)[before]


def press(graph: FakeGraph, person: Person, sent: Sent, title: str) -> Sent:
    before = len(graph.sent(person))
    graph.press(person, sent, title)
    return graph.wait_for_sent(person, before + 1)[before]


def test_the_handshake_knows_its_word(graph: FakeGraph) -> None:
    with urllib.request.urlopen(graph.handshake_url(), timeout=5) as answer:
        assert (answer.status, answer.read()) == (200, b"1158201444")
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(graph.handshake_url(token="lain"), timeout=5)


def test_question_button_list_and_follow_up(graph: FakeGraph, person: Person) -> None:
    answer = reply_to(graph, person, QUESTION)
    assert "Menghadiri acara partai politik" in answer.text
    assert "UU 20/2023 Pasal 9 ayat (2)" in answer.text
    assert list(answer.buttons) == [texts.BUTTON_SANCTION, texts.BUTTON_LEGAL_BASIS, texts.BUTTON_MORE]
    assert press(graph, person, answer, texts.BUTTON_SANCTION).text.startswith("*Sanksi · Menghadiri acara partai")
    more = press(graph, person, answer, texts.BUTTON_MORE)
    assert more.is_list
    assert press(graph, person, more, texts.BUTTON_HELPFUL).text == texts.FEEDBACK_UP
    assert "PPPK" in reply_to(graph, person, "kalau PPPK?").text


def test_the_menu_is_a_list_that_leads_to_an_answer(graph: FakeGraph, ani: Person) -> None:
    menu = reply_to(graph, ani, "menu")
    assert menu.is_list
    group = press(graph, ani, menu, next(iter(menu.buttons)))
    topic = next(title for title, id_ in group.buttons.items() if id_.startswith(f"{ActionKind.TOPIC.value}:"))
    assert "Dasar hukum" in press(graph, ani, group, topic).text


def test_a_webhook_delivered_three_times_is_answered_once(graph: FakeGraph, ani: Person) -> None:
    body = graph.say(ani, QUESTION)
    graph.deliver(body, copies=2)
    graph.wait_for_sent(ani, 1)
    graph.deliver(body)
    assert "Sanksi" in reply_to(graph, ani, "sanksinya apa?").text
    assert len(graph.sent(ani)) == 2


def test_what_is_no_text_gets_a_kind_reply(graph: FakeGraph) -> None:
    kinds: list[tuple[dict[str, Any], str]] = [
        ({"type": "sticker", "sticker": {"id": "1"}}, texts.STICKER),
        ({"type": "audio", "audio": {"id": "1", "voice": True}}, texts.VOICE),
        ({"type": "image", "image": {"id": "1"}}, texts.PICTURE),
        ({"type": "text", "text": {"body": QUESTION}, "context": {"forwarded": True}}, texts.FORWARDED),
        ({"type": "location", "location": {"latitude": -6.2, "longitude": 106.8}}, texts.UNSUPPORTED),
        ({"type": "unsupported", "errors": [{"code": 131051}]}, texts.UNSUPPORTED),
        ({"type": "hologram", "hologram": {"id": "1"}}, texts.UNSUPPORTED),
    ]
    for number, (message, expected) in enumerate(kinds, start=1):
        # Each by somebody else: who sends nothing else is taken for a machine.
        person = graph.add(f"62819{number:08d}")
        graph.tell(person, message)
        assert graph.wait_for_sent(person, 1)[0].text == expected


def test_what_asks_for_nothing_gets_nothing(graph: FakeGraph, ani: Person) -> None:
    for message in (
        {"type": "reaction", "reaction": {"message_id": "x", "emoji": "🎉"}},
        {"type": "system", "system": {"body": "pindah nomor", "type": "user_changed_number"}},
    ):
        graph.tell(ani, message)
    assert "Dasar hukum" in reply_to(graph, ani, QUESTION).text
    assert len(graph.sent(ani)) == 1


def test_a_caption_is_a_question_and_a_thumb_a_vote(graph: FakeGraph, ani: Person) -> None:
    graph.tell(ani, {"type": "image", "image": {"id": "1", "caption": "boleh foto bareng calon bupati?"}})
    assert "Foto bersama calon" in graph.wait_for_sent(ani, 1)[0].text
    # The buttons stand under the last message of an answer, and so does what is remembered of it.
    graph.wait_until(lambda: graph.sent(ani)[-1].buttons)
    graph.tell(ani, {"type": "reaction", "reaction": {"message_id": graph.sent(ani)[-1].id, "emoji": "👍"}})
    graph.wait_until(lambda: graph.sent(ani)[-1].text == texts.FEEDBACK_UP)


def test_a_thumb_under_what_is_no_answer_of_ours_is_asked_about(graph: FakeGraph, ani: Person) -> None:
    assert "Dasar hukum" in reply_to(graph, ani, QUESTION).text
    count = len(graph.sent(ani))
    graph.tell(ani, {"type": "reaction", "reaction": {"message_id": "x", "emoji": "👍"}})
    assert texts.FEEDBACK_UP not in graph.wait_for_sent(ani, count + 1)[-1].text


def test_messages_are_shown_as_read(graph: FakeGraph, ani: Person) -> None:
    body = graph.say(ani, "halo")
    id_ = body["entry"][0]["changes"][0]["value"]["messages"][0]["id"]
    graph.wait_until(lambda: any(call.get("message_id") == id_ for call in list(graph.calls)))


def test_an_old_message_is_answered_by_no_free_text(graph: FakeGraph, ani: Person) -> None:
    graph.tell(ani, {"type": "text", "text": {"body": QUESTION}}, at=time.time() - 25 * HOURS)
    graph.say(ani, "halo")
    graph.wait_until(lambda: any(texts.GREETING in sent.text for sent in graph.sent(ani)))
    # What was asked before the window is told by a template, once the registry knows that one is approved.
    assert {sent.body["type"] for sent in graph.sent(ani) if texts.GREETING not in sent.text} <= {"template"}


def test_consent_by_keyword_is_asked_kept_and_ended_by_a_word(graph: FakeGraph, ani: Person) -> None:
    question = reply_to(graph, ani, "Langganan")
    assert texts.CONSENT_TITLE in question.text
    kept = press(graph, ani, question, texts.BUTTON_CONSENT)
    assert texts.SUBSCRIBED in graph.sent(ani)[-1].text or texts.SUBSCRIBED in kept.text
    assert reply_to(graph, ani, "STOP").text == texts.STOPPED


@pytest.mark.faults
@pytest.mark.parametrize("code", [131016, 131056])
def test_passing_faults_lose_nothing_and_repeat_nothing(graph: FakeGraph, ani: Person, code: int) -> None:
    graph.fail(code, times=2, person=ani)
    assert "Menghadiri acara partai" in reply_to(graph, ani, QUESTION).text
    assert len(graph.sent(ani)) == 1


@pytest.mark.faults
def test_too_fast_makes_everybody_wait_and_loses_nothing(graph: FakeGraph, ani: Person) -> None:
    graph.fail(130429, status=429, person=ani)
    assert "Menghadiri acara partai" in reply_to(graph, ani, QUESTION).text


@pytest.mark.faults
@pytest.mark.parametrize("code", [131026, 131049, 131050, 100])
def test_a_message_that_cannot_arrive_holds_nobody_up(graph: FakeGraph, ani: Person, code: int) -> None:
    graph.fail(code, person=ani)
    graph.say(ani, QUESTION)
    graph.wait_until(lambda: not [each for each in graph.faults if each.left])
    assert "Sanksi" in reply_to(graph, ani, "sanksinya apa?").text
    # What is refused for its form arrives in a simpler one.
    assert len(graph.sent(ani)) == (2 if code == 100 else 1)


@pytest.mark.faults
@pytest.mark.parametrize("database", ["sqlite"])
def test_nothing_is_lost_over_kills(
    database: str, bot: Bot, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = int.from_bytes(os.urandom(4), "big")
    chance = random.Random(seed)
    with FakeGraph(shuffles=True, status_copies=2) as fake:
        own = whatsapp_bot(tmp_path, bot, fake)
        own.start()
        people = [fake.add(f"628{number:09d}") for number in range(30)]
        for kill in range(3):
            for each in people:
                fake.say(each, QUESTION if kill % 2 else "menu")
            time.sleep(chance.uniform(0.2, 1.0))
            own.stop(signal.SIGKILL)
            own.start()
        fake.wait_until(lambda: all(len(fake.sent(each)) >= 3 for each in people), timeout=90)
        repeats = len(fake.sent()) - 3 * len(people)
        own.stop()
    with capsys.disabled():
        print(f"\nWhatsApp, {database}: seed {seed}, 90 messages, 3 kills, {repeats} replies repeated")
    assert 0 <= repeats <= 3 * 8 * 2


@pytest.mark.privacy
def test_neither_id_nor_name_nor_text_stands_in_any_file(bot: Bot, tmp_path: Path) -> None:
    with FakeGraph() as fake, running(tmp_path, bot, fake) as own:
        somebody = fake.add("6281234509876", "ID.998877665544", "Zulkifarnain")
        fake.say(somebody, "boleh ga zebrakucing ikut acara partai?")
        fake.wait_for_sent(somebody, 1)
        fake.say(somebody, "/privasi")
        fake.wait_for_sent(somebody, 2)
        fake.wait_until(lambda: _payloads_left(tmp_path) == 0)
        with sqlite3.connect(tmp_path / "sinetral.db") as database:
            database.execute("pragma wal_checkpoint(truncate)")
        database.close()
        written = own.written().lower()
    wamids = [str(call.get("message_id", "")).lower().encode() for call in fake.calls if "message_id" in call]
    assert wamids
    for word in (b"6281234509876", b"id.998877665544", b"zulkifarnain", b"zebrakucing", b"eaag-fake", *wamids):
        assert word not in written, word


def _payloads_left(folder: Path) -> int:
    database = sqlite3.connect(folder / "sinetral.db", timeout=20)
    [(left,)] = database.execute("SELECT (SELECT count(payload) FROM inbox) + (SELECT count(*) FROM outbox)")
    database.close()
    return int(left)
