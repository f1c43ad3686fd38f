"""What is read of a WhatsApp webhook: field by field, one odd part hides no other, and every type has a behaviour."""

import json
from datetime import datetime
from typing import Any

import pytest

from bot.application.messaging.ports import IncomingMessage, Moved
from bot.channels.whatsapp.content import SENTENCES, SILENT, SILENT_FIELDS, WORDS, shape_of
from bot.channels.whatsapp.updates import addressee, read
from bot.channels.whatsapp.webhook_reader import MAX_SET_ASIDE, Webhook, read_webhook
from bot.core.messaging.dead_letters import OTHER, Reason
from bot.core.vocabulary import Unreadable
from tests.fakes.whatsapp.graph_api import NUMBER_ID
from tests.integration.channels.whatsapp.test_webhook import fixture, fixtures

pytestmark = pytest.mark.whatsapp
QUESTION = "boleh ga like postingan calon?"
BSUID, NUMBER = "bsuid:ID.13491208655302741918", "wa_id:6281200000001"
OF_THE_LIBRARY = frozenset(
    {
        "text", "image", "video", "document", "audio", "sticker", "reaction", "location", "contacts", "order",
        "unknown", "unsupported", "interactive", "button", "request_welcome", "system", "edit", "revoke",
    }
)  # fmt: skip
"""pywa 4.5.0, `MessageType`; `test_outside.py` holds this list against the library itself."""


def webhook(body: Any, now: datetime) -> Webhook:
    return read_webhook(body, NUMBER_ID, now)


def value_of(body: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = body["entry"][0]["changes"][0]["value"]
    return found


def sent(now: datetime, **content: Any) -> object:
    """Return what a message is read as."""
    body = fixture("text")
    message = value_of(body)["messages"][0]
    message.pop("text")
    message |= content
    [update] = webhook(body, now).updates
    return read(update.payload)


def heard(now: datetime, **content: Any) -> object:
    found = sent(now, **content)
    return found.heard if isinstance(found, IncomingMessage) else found


# The table


def test_every_type_of_the_library_has_one_behaviour() -> None:
    stated = [*WORDS, *SENTENCES, *SILENT]
    assert set(stated) >= OF_THE_LIBRARY
    assert len(stated) == len(set(stated))


@pytest.mark.parametrize("kind", sorted(SENTENCES))
def test_what_cannot_be_read_gets_its_sentence(now: datetime, kind: str) -> None:
    assert heard(now, type=kind, **{kind: {"id": "1"}}) is SENTENCES[kind]


@pytest.mark.parametrize("kind", sorted(SENTENCES))
def test_a_caption_is_read_whatever_it_stands_under(now: datetime, kind: str) -> None:
    words = {"text": QUESTION} if kind == "order" else {"caption": QUESTION}
    assert heard(now, type=kind, **{kind: words}) == QUESTION


@pytest.mark.parametrize("kind", sorted(SILENT))
def test_what_nobody_wrote_is_met_with_silence(now: datetime, kind: str) -> None:
    assert sent(now, type=kind, **{kind: {}}) is None


def test_a_type_that_does_not_exist_yet_gets_a_sentence(now: datetime) -> None:
    assert heard(now, type="hologram", hologram={"id": "1"}) is Unreadable.UNSUPPORTED


def test_a_form_that_was_filled_in_gets_a_sentence(now: datetime) -> None:
    [update] = webhook(fixture("flow_reply"), now).updates
    found = read(update.payload)
    assert isinstance(found, IncomingMessage)
    assert found.heard is Unreadable.UNSUPPORTED


@pytest.mark.parametrize("field", sorted(SILENT_FIELDS))
def test_what_is_told_of_the_account_or_of_others_is_passed_by(now: datetime, field: str) -> None:
    body = fixture("text")
    body["entry"][0]["changes"][0]["field"] = field
    assert webhook(body, now) == Webhook()


# One odd part hides no other


@pytest.mark.parametrize(
    "odd",
    [
        {"context": 5},
        {"context": {"forwarded": "x"}},
        {"timestamp": None},
        {"timestamp": {}},
        {"timestamp": "9" * 400},
        {"id": None},
        {"id": 5},
        {"type": None},
        {"type": []},
        {"errors": "x"},
        {"interactive": []},
        {"button": {"payload": 5}},
        {"from": 5},
        {"from_user_id": {}},
        {"referral": {"body": []}},
    ],
)
def test_words_are_answered_whatever_else_is_odd(now: datetime, odd: dict[str, Any]) -> None:
    assert heard(now, **({"type": "text", "text": {"body": QUESTION}} | odd)) == QUESTION


@pytest.mark.parametrize("body", [5, None, [], {}])
def test_a_text_that_cannot_be_read_gets_a_sentence(now: datetime, body: object) -> None:
    assert heard(now, type="text", text={"body": body}) is Unreadable.UNSUPPORTED


def test_a_message_without_an_id_is_told_from_others_by_what_it_says(now: datetime) -> None:
    body = fixture("text")
    value_of(body)["messages"][0].pop("id")
    first, again = webhook(body, now).updates + webhook(body, now).updates
    assert first.update_id == again.update_id
    value_of(body)["messages"][0]["text"]["body"] = "lain"
    assert webhook(body, now).updates[0].update_id != first.update_id


def test_half_a_character_does_not_reach_anything_that_writes(now: datetime) -> None:
    assert heard(now, type="text", text={"body": "boleh \ud800?"}) == "boleh ??"


# Changed numbers


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("system", Moved(formers=(BSUID, NUMBER), persons=("wa_id:6281200000002", BSUID))),
        ("system_number_and_user_id", Moved(formers=(BSUID, NUMBER), persons=("bsuid:ID.200", "wa_id:6281200000002"))),
        ("system_user_id", Moved(formers=(BSUID,), persons=("bsuid:ID.200",))),
        ("system_identity", None),
    ],
)
def test_a_changed_number_ends_the_former_ids(now: datetime, name: str, expected: Moved | None) -> None:
    [update] = webhook(fixture(name), now).updates
    assert read(update.payload) == expected
    assert addressee(update.payload) is None


def test_an_id_that_is_said_to_stay_keeps_its_consent(now: datetime) -> None:
    body = fixture("system")
    value_of(body)["messages"][0]["system"]["user_id"] = BSUID.partition(":")[2]
    [update] = webhook(body, now).updates
    assert read(update.payload) == Moved(formers=(NUMBER,), persons=(BSUID, "wa_id:6281200000002"))


def test_a_new_number_that_is_not_told_ends_the_former_all_the_same(now: datetime) -> None:
    body = fixture("system")
    value_of(body)["messages"][0]["system"].pop("wa_id")
    [update] = webhook(body, now).updates
    assert read(update.payload) == Moved(formers=(BSUID, NUMBER), persons=(BSUID,))


# What is set aside


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (None, OTHER),
        ([], OTHER),
        ("zwartbolk", OTHER),
        ({}, OTHER),
        ({"entry": "zwartbolk"}, "webhook"),
        ({"entry": [5]}, OTHER),
        ({"entry": [{"changes": {}}]}, "webhook"),
        ({"entry": [{"changes": [{"field": "messages", "value": {"messages": [{"text": "zwartbolk"}]}}]}]}, "webhook"),
    ],
)
def test_a_body_of_another_form_is_counted_without_its_words(now: datetime, body: object, kind: str) -> None:
    found = webhook(body, now)
    [aside] = found.set_aside
    assert aside.letter is not None
    assert (found.updates, aside.letter.reason) == ((), Reason.NO_SHAPE)
    assert aside.letter.shape.kind in {kind, "message.other"}
    assert "zwartbolk" not in repr(found)


def test_a_message_whose_sender_is_not_told_is_counted(now: datetime) -> None:
    body = fixture("text")
    value_of(body).pop("contacts")
    for name in ("from", "from_user_id"):
        value_of(body)["messages"][0].pop(name, None)
    found = webhook(body, now)
    [aside] = found.set_aside
    assert aside.letter is not None
    assert (found.updates, aside.letter.reason, aside.letter.shape.kind) == ((), Reason.NO_CHAT, "message.text")


def test_an_opt_out_whose_sender_is_not_told_is_counted(now: datetime) -> None:
    body = fixture("user_preferences")
    value_of(body).pop("contacts")
    for name in ("wa_id", "user_id"):
        value_of(body)["user_preferences"][0].pop(name)
    assert [each.letter.reason for each in webhook(body, now).set_aside if each.letter] == [Reason.NO_CHAT]


@pytest.mark.parametrize(("days", "is_taken"), [(0, True), (7, True), (9, False), (20, False), (400, False)])
@pytest.mark.parametrize(("name", "part"), [("text", "messages"), ("user_preferences", "user_preferences")])
def test_what_is_older_than_the_platform_delivers_is_counted_and_dropped(
    now: datetime, days: int, is_taken: bool, name: str, part: str
) -> None:
    body = fixture(name)
    value_of(body)[part][0]["timestamp"] = str(int(now.timestamp()) - days * 86_400)
    found = webhook(body, now)
    assert len(found.updates) == is_taken
    assert [each.letter.reason for each in found.set_aside if each.letter] == ([] if is_taken else [Reason.TOO_OLD])


def test_a_moment_to_come_counts_as_now(now: datetime) -> None:
    body = fixture("text")
    value_of(body)["messages"][0]["timestamp"] = str(int(now.timestamp()) + 86_400)
    [update] = webhook(body, now).updates
    assert json.loads(update.payload)["at"] == now.timestamp()


def test_a_name_that_no_platform_documents_is_not_kept() -> None:
    assert shape_of({"type": "text", "zwartbolk": 1}).keys == (OTHER, "type")
    assert shape_of({"type": "zwartbolk"}).kind == "message.other"


# Every field of every recorded body, malformed

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


def test_no_malformed_body_breaks_the_intake_or_the_reader_and_nothing_is_lost_silently(now: datetime) -> None:
    tried = 0
    for name in fixtures():
        whole = fixture(name)
        had = webhook(whole, now)
        for path in places(whole):
            for value in WRONG:
                tried += 1
                found = webhook(changed(whole, path, value), now)
                for update in found.updates:
                    assert len(update.update_id) < 200
                    read(update.payload)
                    addressee(update.payload)
                is_kept = bool(found.updates or found.set_aside or path[-1] in {"field", "phone_number_id"})
                is_emptied = path[-1] in {"messages", "user_preferences", "value", "entry", "changes", 0}
                assert is_kept or is_emptied or not had.updates, (name, path, value)
    assert tried >= 2_000


def test_a_body_with_thousands_of_odd_parts_is_counted_within_bounds(now: datetime) -> None:
    value = {"metadata": {"phone_number_id": NUMBER_ID}, "statuses": ["x"] * 5_000}
    assert 0 < len(webhook({"entry": [{"changes": [{"value": value}]}]}, now).set_aside) <= MAX_SET_ASIDE
