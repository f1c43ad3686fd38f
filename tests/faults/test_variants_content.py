"""What people send in odd forms, through one real bot on both platforms: one act, one fitting reply, and no loops."""

import itertools
import json
import secrets
import sqlite3
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from bot.core.replies import texts
from tests.fakes.telegram.bot_api import Incoming
from tests.fakes.telegram.queue import Waiting
from tests.fakes.whatsapp.graph_api import Person
from tests.faults.malformed import kinds
from tests.faults.nlu_stub import question
from tests.faults.world import World, add_person, titles, wait_for, world

pytestmark = [pytest.mark.full, pytest.mark.faults, pytest.mark.timeout(600)]

TOPIC = "foto_bersama_calon"
QUIET_SECONDS = 3.0
"""So long nothing more may come."""
ANSWER_SECONDS = 12.0
NOW = 1_764_500_000
FILE = {"file_id": "BQACAgUAAxkBAAIuji", "file_unique_id": "AgADuji", "file_size": 48_120}
PHOTO = [{**FILE, "width": 1280, "height": 853}]
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Return one bot for the whole file."""
    # By webhook, so that one update that ends polling does not fail every test after it.
    with world(tmp_path_factory.mktemp("content") / "bot", webhook=True) as running:
        yield running


@pytest.fixture
def chat(made: World) -> int:
    """Return somebody new on Telegram."""
    return add_person(made, 3_000_000 + next(_numbers))[0]


@pytest.fixture
def person(made: World) -> Person:
    """Return somebody new on WhatsApp."""
    return add_person(made, 4_000_000 + next(_numbers))[1]


def raw(made: World, kind: str, content: dict[str, Any], chat: int) -> Incoming:
    """Queue any update, whether the bot asked for its kind or not."""
    queue = made.telegram.updates
    with made.telegram._lock:
        update_id, queue._next_id = queue._next_id, queue._next_id + 1
        one = Waiting(update_id=update_id, chat_id=chat, body={"update_id": update_id, kind: content})
        queue.history[update_id] = one
        queue.waiting.append(one)
    made.telegram._server.changed()
    return Incoming(update_id=update_id, chat_id=chat)


def settled(made: World, chat: int, least: int) -> list[str]:
    """Wait for so many replies and some silence after them; returns their texts."""
    wait_for(lambda: len(made.telegram.sent(chat)) >= least, ANSWER_SECONDS)
    time.sleep(QUIET_SECONDS)
    return [each.text for each in made.telegram.sent(chat)]


def settled_whatsapp(made: World, person: Person, least: int) -> list[str]:
    """Do the same on WhatsApp."""
    wait_for(lambda: len(made.graph.sent(person)) >= least, ANSWER_SECONDS)
    time.sleep(QUIET_SECONDS)
    return [each.text for each in made.graph.sent(person)]


def still_answers(made: World, chat: int) -> bool:
    """Ask something ordinary."""
    before = len(made.telegram.sent(chat))
    made.telegram.say(chat, question(TOPIC))
    title = titles()[TOPIC]
    return bool(wait_for(lambda: any(title in each.text for each in made.telegram.sent(chat)[before:]), ANSWER_SECONDS))


def message(chat: int, **content: Any) -> dict[str, Any]:
    """Return a private message."""
    person = {"id": chat, "is_bot": False, "first_name": "Sari"}
    own = {"id": chat, "type": "private", "first_name": "Sari"}
    return {"message_id": next(_numbers) + 50_000, "from": person, "chat": own, "date": NOW, **content}


# Kinds of content: every message of a person gets one reply, what Telegram announces none

SERVICES = [
    *("service_boost_added", "service_chat_background_set", "service_forum_topic_created", "service_pinned_message"),
    *("service_message_auto_delete_timer_changed", "service_write_access_allowed", "service_connected_website"),
    *("service_checklist_tasks_done", "service_video_chat_started", "service_gift", "service_suggested_post_declined"),
]
CONTENTS = [
    *("message_story", "message_forward_story", "message_checklist", "message_game", "message_invoice"),
    *("message_paid_media", "message_giveaway", "message_live_photo", "message_dice", "message_venue"),
    "service_unknown_kind",
]


@pytest.mark.telegram
@pytest.mark.parametrize("kind", CONTENTS)
def test_every_content_of_a_person_gets_one_reply(made: World, chat: int, kind: str) -> None:
    content = json.loads(json.dumps(kinds("telegram")[kind]["message"]).replace("700000001", str(chat)))
    raw(made, "message", content, chat)
    assert len(settled(made, chat, 1)) == 1


@pytest.mark.telegram
@pytest.mark.parametrize("kind", SERVICES)
def test_what_telegram_announces_in_a_private_chat_gets_none(made: World, chat: int, kind: str) -> None:
    content = json.loads(json.dumps(kinds("telegram")[kind]["message"]))
    content["chat"] = {"id": chat, "type": "private", "first_name": "Sari"}
    content["from"] = {"id": chat, "is_bot": False, "first_name": "Sari"}
    raw(made, "message", content, chat)
    time.sleep(QUIET_SECONDS)
    assert [each.text for each in made.telegram.sent(chat)] == []
    assert still_answers(made, chat)


# A readable text is answered whatever else of its update is odd

ODD: dict[str, dict[str, Any]] = {
    "an origin of a user who is not named": {"forward_origin": {"type": "user", "date": NOW}},
    "an origin of a kind to come": {"forward_origin": {"type": "galaxy", "date": NOW, "planet": 3}},
    "an origin that is a text": {"forward_origin": "siapa"},
    "entities that are a number": {"entities": 5},
    "an entity without a length": {"entities": [{"type": "bold", "offset": 0}]},
    "a mention of nobody": {"entities": [{"type": "text_mention", "offset": 0, "length": 3}]},
    "a reply to something empty": {"reply_to_message": {}},
    "a quote without a position": {"quote": {"text": "x"}},
    "a keyboard of texts": {"reply_markup": {"inline_keyboard": ["a"]}},
    "a bot without a name": {"via_bot": {"id": 5}},
    "an external reply without an origin": {"external_reply": {"chat": 3}},
    "a story of no chat": {"reply_to_story": {"id": 1}},
    "a date far away": {"date": 10**18},
    "a date that is a text": {"date": "kemarin"},
    "a thread that is a text": {"message_thread_id": "satu"},
    "link options that are a list": {"link_preview_options": []},
    "a poll beside the text": {"poll": {}},
}


@pytest.mark.telegram
@pytest.mark.parametrize("name", ODD)
def test_words_that_can_be_read_are_answered_though_another_part_is_odd(made: World, chat: int, name: str) -> None:
    raw(made, "message", message(chat, text=question(TOPIC)) | ODD[name], chat)
    told = settled(made, chat, 1)
    forwarded = "origin" in name
    assert told, "silence"
    assert len(told) == 1
    assert forwarded or titles()[TOPIC] in told[0]
    assert still_answers(made, chat)


@pytest.mark.telegram
@pytest.mark.parametrize("words", [5, ["a"], {"a": 1}, True, ""])
def test_a_private_message_whose_text_is_none_gets_one_sentence(made: World, chat: int, words: object) -> None:
    raw(made, "message", message(chat, text=words), chat)
    assert len(settled(made, chat, 1)) == 1
    assert still_answers(made, chat)


@pytest.mark.telegram
def test_unasked_kinds_are_confirmed_and_silent(made: World, chat: int) -> None:
    for kind in ("inline_query", "poll_answer", "message_reaction", "chat_boost", "galactic_event", "shipping_query"):
        content = kinds("telegram").get(kind, {}).get(kind, {"x": 1})
        raw(made, kind, content, chat)
    assert still_answers(made, chat)
    assert wait_for(lambda: made.telegram.pending == 0, ANSWER_SECONDS)


# One act, one reply


@pytest.mark.telegram
def test_a_live_location_gets_one_reply_however_often_it_moves(made: World, chat: int) -> None:
    first = message(chat, location={"latitude": -6.1, "longitude": 106.8, "live_period": 900})
    raw(made, "message", first, chat)
    for step in range(5):
        moved = {"latitude": -6.1 + step / 100, "longitude": 106.8, "live_period": 900, "heading": step}
        raw(made, "edited_message", first | {"location": moved, "edit_date": NOW + step}, chat)
    raw(made, "edited_message", first | {"edit_date": NOW + 9, "location": {"latitude": 1.0, "longitude": 2.0}}, chat)
    assert len(settled(made, chat, 1)) == 1


@pytest.mark.telegram
@pytest.mark.parametrize("captioned", [0, 1, 2])
@pytest.mark.parametrize("content", ["photo", "document"])
def test_an_album_gets_one_reply_wherever_its_caption_stands(
    made: World, chat: int, captioned: int, content: str
) -> None:
    album = secrets.token_hex(6)
    for place in range(3):
        part: dict[str, Any] = {"media_group_id": album, content: PHOTO if content == "photo" else FILE}
        if place == captioned:
            part["caption"] = question(TOPIC)
        raw(made, "message", message(chat, **part), chat)
    told = settled(made, chat, 1)
    assert (len(told), titles()[TOPIC] in told[0]) == (1, True), told


@pytest.mark.telegram
@pytest.mark.parametrize(
    "change",
    [
        {"link_preview_options": {"url": "https://contoh.example"}},
        {"entities": [{"type": "url", "offset": 0, "length": 4}]},
        {"reply_markup": {"inline_keyboard": []}},
        {"has_protected_content": True},
    ],
    ids=["preview", "entities", "keyboard", "protection"],
)
def test_an_edit_without_new_words_is_silent(made: World, chat: int, change: dict[str, Any]) -> None:
    first = message(chat, text=question(TOPIC))
    raw(made, "message", first, chat)
    assert len(settled(made, chat, 1)) == 1
    raw(made, "edited_message", first | change | {"edit_date": NOW + 5}, chat)
    assert len(settled(made, chat, 1)) == 1


@pytest.mark.telegram
def test_an_edit_with_new_words_gets_one_reply(made: World, chat: int) -> None:
    first = message(chat, text=question(TOPIC))
    raw(made, "message", first, chat)
    assert len(settled(made, chat, 1)) == 1
    raw(made, "edited_message", first | {"text": question("tim_sukses"), "edit_date": NOW + 5}, chat)
    assert len(settled(made, chat, 2)) == 2


@pytest.mark.whatsapp
@pytest.mark.parametrize("kind", ["image", "video", "document"])
def test_media_sent_together_get_one_reply(made: World, person: Person, kind: str) -> None:
    stamp = str(int(time.time()))
    both = [
        {"from": person.wa_id, "id": f"wamid.{secrets.token_hex(8)}", "timestamp": stamp, "type": kind,
         kind: {"id": str(place), "mime_type": "image/jpeg", "sha256": "x"}}
        for place in range(3)
    ]  # fmt: skip
    made.graph.deliver(made.graph.body_of({"contacts": [{"wa_id": person.wa_id}], "messages": both}))
    assert len(settled_whatsapp(made, person, 1)) == 1


@pytest.mark.whatsapp
@pytest.mark.parametrize(
    "kind", ["poll", "payment", "event", "unsupported", "unknown", "interactive", "order", "x" * 60]
)
def test_every_message_on_whatsapp_gets_one_reply(made: World, person: Person, kind: str) -> None:
    made.graph.tell(person, {"type": kind, kind: {"isi": 1}})
    assert len(settled_whatsapp(made, person, 1)) == 1


# Invisible characters through the channels


@pytest.mark.telegram
@pytest.mark.parametrize("mark", ["\u200b", "\u00ad", "\u2060", "\ufeff"])
def test_a_question_with_hidden_characters_is_answered_on_telegram(made: World, chat: int, mark: str) -> None:
    made.telegram.say(chat, " ".join(word[:2] + mark + word[2:] for word in question(TOPIC).split()))
    assert titles()[TOPIC] in settled(made, chat, 1)[0]


@pytest.mark.whatsapp
@pytest.mark.parametrize("word", ["me\u200bnu", "ba\u00adntuan", "\u202dprivasi\u202c", "\uff4d\uff45\uff4e\uff55"])
def test_a_keyword_with_hidden_characters_is_heard_on_whatsapp(made: World, person: Person, word: str) -> None:
    made.graph.say(person, word)
    told = settled_whatsapp(made, person, 1)
    assert texts.UNKNOWN not in told[0]


# Loops


AUTOMATIC = {
    "the same words": ["Terima kasih telah menghubungi kami. Pesan Anda akan dibalas pada jam kerja."] * 8,
    "a number that counts": [f"Anda antrean ke-{number}. Mohon tunggu balasan petugas kami." for number in range(8)],
    "a time that runs": [f"Pesan otomatis {hour}.05: kantor kami sedang tutup." for hour in range(8)],
    "other blanks and signs": [f"Kami sedang tidak di tempat{'!' * number}{' ' * number}" for number in range(8)],
    "two in turn": ["Selamat datang di layanan kami.", "Mohon maaf, pilihan tidak dikenal."] * 4,
    "a menu": ["Ketik 1 untuk informasi, 2 untuk pengaduan, 3 untuk petugas."] * 8,
}
MAX_REPLIES = 4


@pytest.mark.telegram
@pytest.mark.parametrize("name", AUTOMATIC)
def test_a_machine_that_answers_every_answer_is_soon_left_alone(made: World, chat: int, name: str) -> None:
    for words in AUTOMATIC[name]:
        before = len(made.telegram.sent(chat))
        made.telegram.say(chat, words)
        wait_for(lambda before=before: len(made.telegram.sent(chat)) > before, 4)  # type: ignore[misc]
    assert len(made.telegram.sent(chat)) <= MAX_REPLIES
    assert still_answers(made, chat)


@pytest.mark.whatsapp
@pytest.mark.parametrize("name", ["the same words", "a number that counts"])
def test_a_machine_on_whatsapp_is_soon_left_alone(made: World, person: Person, name: str) -> None:
    for words in AUTOMATIC[name]:
        before = len(made.graph.sent(person))
        made.graph.say(person, words)
        wait_for(lambda before=before: len(made.graph.sent(person)) > before, 4)  # type: ignore[misc]
    assert len(made.graph.sent(person)) <= MAX_REPLIES


@pytest.mark.telegram
@pytest.mark.parametrize("way", ["mention", "reply", "command"])
def test_another_bot_in_a_group_is_not_answered(made: World, way: str) -> None:
    group, bot = -1_001_600_000_000 - next(_numbers), 7_200_000_000 + next(_numbers)
    made.telegram.add_group(group, members=[501])
    me = made.telegram.world.bot
    name = me["username"]
    mention, command = f"@{name} {question(TOPIC)}", f"/topik@{name}"
    content: dict[str, Any] = {"text": mention, "entities": [{"type": "mention", "offset": 0, "length": len(name) + 1}]}
    if way == "command":
        content = {"text": command, "entities": [{"type": "bot_command", "offset": 0, "length": len(command)}]}
    if way == "reply":
        content = {
            "text": question(TOPIC),
            "reply_to_message": message(501, text="x") | {"from": made.telegram.world.bot},
        }
    sender = {"id": bot, "is_bot": True, "first_name": "Lain", "username": "lain_bot"}
    whole = message(501, **content) | {"from": sender, "chat": made.telegram.world.chats[group].json}
    raw(made, "message", whole, group)
    time.sleep(QUIET_SECONDS)
    assert made.telegram.sent(group) == []


# Limits and votes


@pytest.mark.telegram
def test_a_flood_of_one_person_gets_a_bounded_number_of_replies(made: World, chat: int) -> None:
    for number in range(60):
        made.telegram.say(chat, question(sorted(titles())[number % 50]))
    told = settled(made, chat, 20)
    assert len(told) <= 30
    assert wait_for(lambda: not any(made.waiting().values()), 60)


@pytest.mark.whatsapp
def test_a_flood_of_one_person_on_whatsapp_gets_a_bounded_number_of_replies(made: World, person: Person) -> None:
    for number in range(60):
        made.graph.say(person, question(sorted(titles())[number % 50]))
    settled_whatsapp(made, person, 20)
    answered = {each.body["type"] + each.text for each in made.graph.sent(person)}
    assert len([each for each in answered if any(title in each for title in titles().values())]) <= 40


def pressed(made: World, chat: int, label: str, times: int) -> None:
    """Press a button under the newest answer."""
    sent = next(each for each in reversed(made.telegram.sent(chat)) if _data(each, label))
    data = _data(sent, label)
    assert data is not None
    for _ in range(times):
        made.telegram.press(chat, sent.message_id, data)


def _data(sent: Any, label: str) -> str | None:
    return next((button.data for button in sent.buttons if button.text == label), None)


@pytest.mark.telegram
@pytest.mark.parametrize("label", [texts.BUTTON_LEGAL_BASIS, texts.BUTTON_EXPLAIN])
def test_impatient_presses_of_one_button_count_once(made: World, chat: int, label: str) -> None:
    made.telegram.say(chat, question(TOPIC))
    settled(made, chat, 1)
    pressed(made, chat, label, 5)
    assert len(settled(made, chat, 2)) == 2


def votes(made: World, topic: str) -> int:
    """Return what the figures count for a topic."""
    found = made.ask_sql(f"SELECT coalesce(sum(votes), 0) FROM feedback_day WHERE topic_id = '{topic}'")
    return int(found[0][0])


def write_the_log(made: World) -> None:
    """Let the present hour be over: its rows wait sealed until then, and are written when the bot starts."""
    made.bot.stop()
    with sqlite3.connect(made.address.removeprefix("sqlite:///"), timeout=20) as connection:
        connection.execute("UPDATE log_spool SET hour = strftime('%Y-%m-%d %H:%M:%S.000000', hour, '-3 hours')")
    connection.close()
    made.bot.start()
    assert wait_for(lambda: not made.ask_sql("SELECT count(*) FROM log_spool")[0][0], 60)


VOTES: dict[str, Sequence[str]] = {
    "tim_sukses": (texts.BUTTON_HELPFUL,) * 7,
    "dasar_hukum": (texts.BUTTON_HELPFUL, texts.BUTTON_UNHELPFUL),
    "hak_pilih": (texts.BUTTON_UNHELPFUL, texts.BUTTON_HELPFUL, texts.BUTTON_UNHELPFUL),
}
"""By topic, what one person presses under one answer: again and again, and with a changed mind."""


@pytest.mark.telegram
def test_one_person_has_one_vote_for_an_answer(made: World) -> None:
    for topic, labels in VOTES.items():
        chat = add_person(made, 3_500_000 + next(_numbers))[0]
        made.telegram.say(chat, question(topic))
        settled(made, chat, 1)
        for label in labels:
            pressed(made, chat, label, 1)
            time.sleep(1.0)
    assert not any(made.wait_until_empty(60).values())
    write_the_log(made)
    assert {topic: votes(made, topic) for topic in VOTES} == dict.fromkeys(VOTES, 1)


# Addresses


@pytest.mark.telegram
@pytest.mark.parametrize("thread", [1, 55, 2**31 - 1])
def test_a_reply_in_a_private_topic_goes_there(made: World, chat: int, thread: int) -> None:
    made.telegram.world.chats[chat].threads = frozenset({thread})
    raw(made, "message", message(chat, text=question(TOPIC), message_thread_id=thread, is_topic_message=True), chat)
    calls = wait_for(lambda: made.telegram.calls_of("sendMessage", chat), ANSWER_SECONDS)
    assert calls
    assert calls[0].params.get("message_thread_id") == thread


@pytest.mark.telegram
@pytest.mark.parametrize("words", ["/langganan", "/langganan@{name}", "@{name} /langganan"])
def test_reminders_asked_for_in_a_group_lead_to_the_private_chat(made: World, words: str) -> None:
    group = -1_001_650_000_000 - next(_numbers)
    made.telegram.add_group(group, members=[501])
    name = made.telegram.world.bot["username"]
    made.telegram.say(group, words.format(name=name) if "name" in words else f"{words}@{name}", by=501)
    assert wait_for(lambda: made.telegram.sent(group), ANSWER_SECONDS)
    sent = made.telegram.sent(group)[0]
    links = [button.url for button in sent.buttons if button.url]
    assert texts.NO_REMINDERS not in sent.text
    assert any("langganan" in url for url in links), links


# Marks about a person that their own message disproves


def subscribed(made: World, chat: int) -> None:
    """Let somebody opt in by the buttons."""
    made.telegram.say(chat, "/langganan")
    wait_for(lambda: made.telegram.sent(chat), ANSWER_SECONDS)
    pressed(made, chat, texts.BUTTON_CONSENT, 1)
    wait_for(lambda: len(made.telegram.sent(chat)) >= 2, ANSWER_SECONDS)


def mark_unreachable(made: World) -> None:
    """Mark everybody, as refused reminders do."""
    with sqlite3.connect(made.address.removeprefix("sqlite:///"), timeout=20) as connection:
        connection.execute("UPDATE opt_in SET unreachable_since = '2026-11-01 00:00:00'")
    connection.close()


def unreachable(made: World) -> int:
    """Count who is marked."""
    return int(made.ask_sql("SELECT count(*) FROM opt_in WHERE unreachable_since IS NOT NULL")[0][0])


@pytest.mark.telegram
@pytest.mark.parametrize("deed", ["sticker", "edit", "press", "unread", "command"])
def test_whatever_a_person_sends_takes_the_mark_off(made: World, chat: int, deed: str) -> None:
    subscribed(made, chat)
    mark_unreachable(made)
    before = unreachable(made)
    match deed:
        case "sticker":
            made.telegram.post(chat, {"sticker": FILE | {"type": "regular", "width": 1, "height": 1}})
        case "edit":
            raw(made, "edited_message", message(chat, text=question(TOPIC), edit_date=NOW), chat)
        case "press":
            made.telegram.press(chat, made.telegram.sent(chat)[0].message_id, "x", forged=True)
        case "unread":
            raw(made, "message", message(chat, text=5), chat)
        case _:
            made.telegram.say(chat, "/topik")
    assert wait_for(lambda: unreachable(made) == before - 1, 15)


@pytest.mark.whatsapp
@pytest.mark.parametrize(
    "system",
    [
        {"type": "user_changed_number", "wa_id": "{new}", "body": "User A changed"},
        {"type": "user_changed_number", "new_wa_id": "{new}"},
        {"type": "user_changed_number"},
        {"type": "customer_changed_number", "wa_id": "{new}", "customer": "{old}"},
    ],
    ids=["wa_id", "new_wa_id", "nowhere", "older word"],
)
def test_a_changed_number_ends_the_old_consent(made: World, person: Person, system: dict[str, str]) -> None:
    made.graph.say(person, "langganan")
    offered = wait_for(lambda: made.graph.sent(person), ANSWER_SECONDS)
    assert offered
    made.graph.press(
        person, next(each for each in offered if texts.BUTTON_CONSENT in each.buttons), texts.BUTTON_CONSENT
    )
    count = "SELECT count(*) FROM opt_in WHERE channel = 'whatsapp'"
    wait_for(lambda: len(made.graph.sent(person)) > len(offered), ANSWER_SECONDS)
    before = made.ask_sql(count)[0][0]
    new = f"62898{next(_numbers):07d}"
    filled = {key: value.format(new=new, old=person.wa_id) for key, value in system.items()}
    made.graph.tell(person, {"type": "system", "system": filled})
    assert wait_for(lambda: made.ask_sql(count)[0][0] == before - 1, 15)
    assert made.ask_sql(count)[0][0] == before - 1
