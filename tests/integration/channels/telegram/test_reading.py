"""What is read of a Telegram update: field by field, one odd part hides no other, and every kind has a behaviour."""

import json
from typing import Any

import pytest
from telegram import MaybeInaccessibleMessage, Message
from telegram.constants import MessageAttachmentType, MessageType, UpdateType

from bot.application.messaging.ports import IncomingMessage, Moved, ReachabilityChanged, ReceivedUpdate, SetAside
from bot.channels.telegram.content import BESIDE, READ_UPDATES, SENTENCES, SERVICE, SILENT_UPDATES, WORDS, shape_of
from bot.channels.telegram.updates import BotIdentity, addressee, read, to_taken
from bot.core.dialogue.conversation import Press
from bot.core.messaging.dead_letters import OTHER, Reason
from bot.core.vocabulary import Unreadable
from tests.integration.channels.telegram.updates import (
    BOT,
    CHANNEL,
    CONTENTS,
    GROUP,
    NAME,
    OTHER_BOT,
    PERSON,
    PRIVATE,
    SUPERGROUP,
    USER,
    Json,
    every_kind,
    message,
    update,
)

pytestmark = pytest.mark.telegram
MYSELF = BotIdentity(id=BOT, username=NAME)
QUESTION = "boleh ga like postingan calon?"


def heard(content: Json, **where: Any) -> object:
    """Return what a message is heard as, or whatever else it is read as."""
    found = read(json.dumps(update("message", message(content, **where))).encode(), MYSELF)
    return found.heard if isinstance(found, IncomingMessage) else found


def inbound(told: Json) -> IncomingMessage:
    found = read(json.dumps(told).encode(), MYSELF)
    assert isinstance(found, IncomingMessage)
    return found


def address(told: Json) -> Json:
    found: Json = json.loads(inbound(told).address)
    return found


# The table


def test_every_kind_of_update_of_the_library_has_a_behaviour() -> None:
    assert {each.value for each in UpdateType} == {*READ_UPDATES, *SILENT_UPDATES}


def test_every_part_of_a_message_of_the_library_has_one_behaviour() -> None:
    slots = {*Message.__slots__, *MaybeInaccessibleMessage.__slots__}
    parts = {slot for slot in slots if not slot.startswith("_")} - {"from_user"} | {"from"}
    stated = [*WORDS, *SENTENCES, *SERVICE, *BESIDE]
    assert parts == set(stated)
    assert len(stated) == len(set(stated))


def test_every_type_of_message_of_the_library_has_one_behaviour() -> None:
    kinds = {each.value for each in MessageType} | {each.value for each in MessageAttachmentType}
    assert kinds <= {*WORDS, *SENTENCES, *SERVICE, *BESIDE}


@pytest.mark.parametrize("name", sorted(SERVICE - {"migrate_to_chat_id", "migrate_from_chat_id"}))
def test_what_telegram_announces_is_met_with_silence(name: str) -> None:
    assert heard({name: {"id": 1}}) is None


@pytest.mark.parametrize("name", sorted(SENTENCES))
def test_what_cannot_be_read_gets_its_sentence(name: str) -> None:
    assert heard({name: {"id": 1}}) is SENTENCES[name]


@pytest.mark.parametrize("name", ["checklist", "story", "new_kind", "nothing", "giveaway", "live_photo", "paid_media"])
def test_no_kind_of_message_in_a_private_chat_is_met_with_silence(name: str) -> None:
    assert isinstance(heard(CONTENTS[name]), Unreadable)


@pytest.mark.parametrize("name", sorted(SENTENCES))
def test_a_caption_is_read_whatever_it_stands_under(name: str) -> None:
    assert heard({name: {"id": 1}, "caption": QUESTION}) == QUESTION


# One odd part hides no other

ODD: list[Json] = [
    {"forward_origin": 5},
    {"reply_to_message": []},
    {"reply_to_message": {"message_id": "x"}},
    {"external_reply": {"origin": {"type": "user", "date": 1}}},
    {"entities": {"a": 1}},
    {"entities": [{"type": "text_link", "offset": "x"}, None, 3]},
    {"from": None},
    {"from": {"id": "x"}},
    {"date": "kemarin"},
    {"date": 10**30},
    {"photo": "x"},
    {"sticker": []},
    {"message_id": None},
    {"message_thread_id": {}},
    {"media_group_id": {}},
    {"chat": {"id": PERSON}},
    {"chat": {"id": PERSON, "type": 5}},
    {"via_bot": {"id": None}},
    {"pinned_message": {"date": []}},
]


@pytest.mark.parametrize("odd", ODD)
def test_words_are_answered_whatever_else_is_odd(odd: Json) -> None:
    assert heard({"text": QUESTION} | odd) == QUESTION


def test_a_forward_without_its_sender_gets_the_sentence_on_forwards() -> None:
    assert heard({"text": "x", "forward_origin": {"type": "user", "date": 1}}) is Unreadable.FORWARDED


@pytest.mark.parametrize("text", [5, None, [], {"a": 1}, True])
def test_a_text_that_cannot_be_read_gets_a_sentence(text: object) -> None:
    assert heard({"text": text}) is Unreadable.UNSUPPORTED


def test_half_a_character_does_not_reach_anything_that_writes() -> None:
    assert heard({"text": "boleh \ud800?"}) == "boleh ??"


def test_a_press_without_readable_data_is_a_button_that_holds_no_more() -> None:
    query = {"id": "1", "from": USER, "message": {"chat": PRIVATE}, "data": 5}
    assert inbound(update("callback_query", query)).heard == Press(payload="")


def test_a_press_whose_message_is_gone_is_answered_in_the_private_chat() -> None:
    query = {"id": "1", "from": USER, "message": None, "data": "m"}
    assert inbound(update("callback_query", query)).person == str(PERSON)


def test_a_part_that_is_null_does_not_hide_the_message() -> None:
    told = update("message", message({"text": QUESTION})) | {"callback_query": None, "my_chat_member": None}
    assert inbound(told).heard == QUESTION


# Groups


def mention(**more: Any) -> Json:
    return {
        "text": f"@{NAME} {QUESTION}",
        "entities": [{"type": "mention", "offset": 0, "length": len(NAME) + 1}],
    } | more


def test_another_bot_is_not_answered() -> None:
    robot = {"id": OTHER_BOT, "is_bot": True, "first_name": "Robot"}
    assert heard(mention(**{"from": robot}), chat=SUPERGROUP) is None
    to_me = {"message_id": 1, "chat": SUPERGROUP, "from": {"id": BOT, "is_bot": True}}
    assert heard({"text": "halo", "reply_to_message": to_me, "from": robot}, chat=SUPERGROUP) is None


def test_who_writes_as_the_group_or_a_channel_is_answered() -> None:
    anonymous = {"id": 1_087_968_824, "is_bot": True, "first_name": "Group"}
    for sender in (SUPERGROUP, CHANNEL):
        assert heard(mention(**{"from": anonymous, "sender_chat": sender}), chat=SUPERGROUP) == QUESTION


def test_only_who_names_the_bot_or_replies_to_it_is_answered_in_a_group() -> None:
    assert heard({"text": QUESTION}, chat=SUPERGROUP) is None
    assert heard(mention(), chat=SUPERGROUP) == QUESTION


def test_a_mention_after_emoji_is_found_by_utf_16_units() -> None:
    said = f"👍🏽 halo @{NAME}"
    entity = {"type": "mention", "offset": len(said.encode("utf-16-le")) // 2 - len(NAME) - 1, "length": len(NAME) + 1}
    assert heard({"text": said, "entities": [entity]}, chat=SUPERGROUP) == "👍🏽 halo"


@pytest.mark.parametrize("entities", [None, "x", 5])
def test_a_mention_whose_marks_cannot_be_read_is_found_in_the_words(entities: object) -> None:
    assert heard(mention(entities=entities), chat=SUPERGROUP) == QUESTION


def test_another_bots_command_is_not_ours() -> None:
    said = {"text": f"/help@{NAME}2", "entities": [{"type": "bot_command", "offset": 0, "length": len(NAME) + 7}]}
    assert heard(said, chat=SUPERGROUP) is None


def test_of_an_album_in_a_group_only_its_words_are_answered() -> None:
    to_me = {"message_id": 1, "chat": SUPERGROUP, "from": {"id": BOT, "is_bot": True}}
    album = {"media_group_id": "1", "photo": [{}], "reply_to_message": to_me}
    assert heard(album, chat=SUPERGROUP) is None
    assert heard(album | {"caption": QUESTION}, chat=SUPERGROUP) == QUESTION


# Where an answer goes


def test_the_topic_is_kept_in_groups_and_private_chats() -> None:
    topic = {"is_topic_message": True, "message_thread_id": 8}
    assert address(update("message", message({"text": "x"} | topic)))["thread"] == 8
    assert address(update("message", message(mention(**topic), chat=SUPERGROUP)))["thread"] == 8
    assert address(every_kind()["press"])["thread"] == 8
    assert address(update("edited_message", message({"text": "x"} | topic)))["thread"] == 8


def test_a_chain_of_replies_in_a_group_is_no_topic() -> None:
    assert address(update("message", message(mention(message_thread_id=8), chat=SUPERGROUP)))["thread"] is None


def test_both_words_of_telegram_say_that_a_group_moved() -> None:
    for name in ("migrated to", "migrated from"):
        told = read(json.dumps(every_kind()[name]).encode(), MYSELF)
        assert told == Moved(formers=("-44",), persons=(str(GROUP),), is_same=True)


# Edits, albums, locations


def test_an_edit_is_told_from_its_message_by_its_words() -> None:
    first = inbound(update("message", message({"text": "satu"}))).origin
    same = inbound(update("edited_message", message({"text": "satu"}))).origin
    other = inbound(update("edited_message", message({"text": "dua"}))).origin
    assert first is not None
    assert same is not None
    assert other is not None
    assert (same.name, same.words, same.is_edit) == (first.name, first.words, True)
    assert (other.name == first.name, other.words == first.words) == (True, False)


def test_an_edit_without_words_asks_for_nothing() -> None:
    assert read(json.dumps(every_kind()["moved live location"]).encode(), MYSELF) is None


def test_the_parts_of_an_album_have_one_origin() -> None:
    album = {"media_group_id": "13", "photo": [{}]}
    parts = [inbound(update("message", message(album, number=number))).origin for number in (1, 2)]
    assert parts[0] == parts[1]
    assert parts[0] is not None
    assert parts[0].is_part


# Taking in


@pytest.mark.parametrize("kind", sorted(SILENT_UPDATES))
def test_what_was_not_asked_for_is_known_by_its_id_alone(kind: str) -> None:
    taken = to_taken(update(kind, {"chat": PRIVATE}))
    assert isinstance(taken, SetAside)
    assert (taken.update_id, taken.letter) == ("710000001", None)


@pytest.mark.parametrize(
    ("told", "reason", "kind"),
    [
        ({"update_id": 5, "message": {"text": "rahasia zwartbolk"}}, Reason.NO_CHAT, "message.text"),
        ({"update_id": 5, "message": None}, Reason.NO_CHAT, "message"),
        ({"update_id": 5, "zwartbolk": {"text": "x"}}, Reason.NO_CHAT, OTHER),
        ({"message": message({"text": "zwartbolk"})}, Reason.NO_CHAT, "message.text"),
        ([1, 2], Reason.NO_SHAPE, OTHER),
        (None, Reason.NO_SHAPE, OTHER),
        ("zwartbolk", Reason.NO_SHAPE, OTHER),
    ],
)
def test_what_has_no_chat_becomes_a_dead_letter_without_its_words(told: object, reason: Reason, kind: str) -> None:
    taken = to_taken(told)
    assert isinstance(taken, SetAside)
    assert taken.letter is not None
    assert (taken.letter.reason, taken.letter.shape.kind) == (reason, kind)
    assert "zwartbolk" not in repr(taken)


def test_a_name_that_no_platform_documents_is_not_kept() -> None:
    shape = shape_of({"update_id": 1, "message": {"text": "x", "zwartbolk": 1, "entities": []}})
    assert shape.keys == ("entities", "message", OTHER, "text", "update_id")


def test_a_block_and_its_end_are_read() -> None:
    told = every_kind()["blocked"]
    assert read(json.dumps(told).encode(), MYSELF) == ReachabilityChanged(person=str(PERSON), is_reachable=False)
    told["my_chat_member"]["new_chat_member"]["status"] = 5
    assert read(json.dumps(told).encode(), MYSELF) is None


# Every field of every kind, malformed

MISSING = object()
WRONG: list[object] = [MISSING, None, "x", 2**80, [], {}, [None], True, -1.5, "9" * 5_000]


def places(whole: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of every field."""
    inner = whole.items() if isinstance(whole, dict) else enumerate(whole) if isinstance(whole, list) else ()
    return [each for key, value in inner for each in ((*path, key), *places(value, (*path, key)))]


def changed(whole: Any, path: tuple[Any, ...], value: object) -> Any:
    copy = json.loads(json.dumps(whole))
    target = copy
    for step in path[:-1]:
        target = target[step]
    if value is MISSING:
        del target[path[-1]]
    else:
        target[path[-1]] = value
    return copy


def malformed() -> list[tuple[str, Json]]:
    return [
        (f"{name} {'.'.join(map(str, path))} {str(value)[:12]}", changed(whole, path, value))
        for name, whole in every_kind().items()
        for path in places(whole)
        for value in WRONG
    ]


def test_no_malformed_update_breaks_the_intake_or_the_reader() -> None:
    corpus = malformed()
    assert len(corpus) >= 2_000
    for name, told in corpus:
        taken = to_taken(told)
        if isinstance(taken, ReceivedUpdate):
            assert len(taken.update_id) < 30, name
            read(taken.payload, MYSELF)
            addressee(taken.payload)
            shape_of(told)
        else:
            assert taken.letter is not None, name


def test_words_in_a_private_chat_are_answered_while_they_and_the_chat_can_be_read() -> None:
    whole = every_kind()["message text"]
    for path in places(whole):
        if path[:2] in {("message", "text"), ("message", "chat")} or path[0] == "update_id" or len(path) == 1:
            continue
        for value in WRONG:
            if path[-1] == "is_bot" and value is True:
                continue
            found = read(json.dumps(changed(whole, path, value)).encode(), MYSELF)
            assert isinstance(found, IncomingMessage), path
            assert found.heard == QUESTION, path
