"""One vote a person, answer and version; a thumb belongs to the answer it stands under."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.application.dialogue.handle_message import HandleMessage, IncomingTurn, handle_turn
from bot.application.messaging.ports import IncomingMessage, Message
from bot.application.messaging.shown_answers import answer_of, note_shown, with_answer
from bot.channels.telegram.updates import BotIdentity
from bot.channels.telegram.updates import read as read_telegram
from bot.channels.whatsapp.updates import read as read_whatsapp
from bot.core.dialogue.conversation import Conversation, Press, Thumb, TurnInput
from bot.core.dialogue.decision import Decision, DecisionKind, Feedback
from bot.core.dialogue.policy import decide
from bot.core.dialogue.votes import (
    MAX_SHOWN,
    MAX_VOTES,
    UNKNOWN_ANSWER,
    Answered,
    ShownAnswer,
    Vote,
    with_shown,
    with_vote,
)
from bot.core.guidance.book import GuidanceBook
from bot.core.replies import texts
from bot.core.replies.payload import ActionKind, ButtonAction, encode
from bot.core.replies.reply import Reply
from bot.core.vocabulary import Channel
from tests.fakes.clock import FakeClock
from tests.fakes.interpreter import FakeInterpreter, parsed
from tests.fakes.store import FakeStore
from tests.unit.core.dialogue.policy_talk import LIKE, PARTY_EVENT, Talk, labels, words_of

ME = "orang-1"
YES = encode(ButtonAction(act=ActionKind.HELPFUL, target=LIKE, number=1))
NO = encode(ButtonAction(act=ActionKind.UNHELPFUL, target=LIKE, number=1))
DAY = date(2026, 11, 24)


@pytest.fixture
def talk(book: GuidanceBook, now: datetime) -> Talk:
    return Talk(book, now)


def votes(decision: Decision) -> Feedback | None:
    return decision.feedback


# Once


def test_seven_presses_are_one_vote_and_each_is_thanked_for(talk: Talk) -> None:
    talk.asks(LIKE)
    decisions = [talk.presses(ActionKind.HELPFUL, LIKE, 1) for _ in range(7)]
    assert [votes(each) is not None for each in decisions] == [True] + [False] * 6
    assert {words_of(each) for each in decisions} == {texts.FEEDBACK_UP}


def test_a_changed_mind_takes_the_place_of_the_first_and_so_on(talk: Talk) -> None:
    talk.asks(LIKE)
    talk.presses(ActionKind.HELPFUL, LIKE, 1)
    changed = talk.presses(ActionKind.UNHELPFUL, LIKE, 1)
    assert votes(changed) == Feedback(topic=LIKE, version=1, helpful=False, replaces=talk.now.date())
    talk.now += timedelta(hours=20)
    back = talk.presses(ActionKind.HELPFUL, LIKE, 1)
    assert votes(back) == Feedback(topic=LIKE, version=1, helpful=True, replaces=DAY)
    assert votes(talk.presses(ActionKind.HELPFUL, LIKE, 1)) is None


def test_a_thumb_a_button_and_words_are_one_vote(talk: Talk) -> None:
    talk.asks(LIKE)
    said = [
        talk.presses(ActionKind.HELPFUL, LIKE, 1),
        talk.hears(Thumb.UP),
        talk.asks("umpan_balik_positif"),
        talk.asks("ya", words=1),
    ]
    assert [votes(each) is not None for each in said] == [True, False, False, False]


def test_another_answer_is_another_vote_and_the_first_is_still_known(talk: Talk) -> None:
    talk.asks(LIKE)
    talk.hears(Thumb.UP)
    talk.asks(PARTY_EVENT)
    assert votes(talk.hears(Thumb.UP)) == Feedback(topic=PARTY_EVENT, version=1, helpful=True)
    assert votes(talk.presses(ActionKind.HELPFUL, LIKE, 1)) is None


def test_another_version_is_another_vote(talk: Talk, book: GuidanceBook) -> None:
    talk.asks(LIKE)
    talk.presses(ActionKind.HELPFUL, LIKE, 1)
    talk.book = replace(book, entries={**book.entries, LIKE: replace(book.entries[LIKE], version=2)})
    talk.asks(LIKE)
    assert votes(talk.hears(Thumb.UP)) == Feedback(topic=LIKE, version=2, helpful=True)


@pytest.mark.parametrize("channel", list(Channel))
async def test_one_vote_on_every_channel_until_the_conversation_is_erased(
    book: GuidanceBook, now: datetime, channel: Channel
) -> None:
    store = FakeStore(book)
    nlu = FakeInterpreter(parses={"like?": parsed((LIKE, 0.95))})
    handle = HandleMessage(interpreter=nlu, store=store, clock=FakeClock(now))
    await handle.on_text(channel, ME, "like?")
    for _ in range(7):
        await handle.on_press(channel, ME, YES)
    await handle.on_press(channel, ME, NO)
    assert [row.feedback for row in store.log if row.feedback] == [
        Feedback(topic=LIKE, version=1, helpful=True),
        Feedback(topic=LIKE, version=1, helpful=False, replaces=now.date()),
    ]
    await handle.on_text(channel, ME, "/hapus")
    assert store.conversations == {}


def test_only_so_many_votes_and_messages_are_remembered() -> None:
    kept: tuple[Vote, ...] = ()
    shown: tuple[ShownAnswer, ...] = ()
    for number in range(100):
        kept = with_vote(kept, Vote(topic=str(number), version=1, helpful=True, day=DAY))
        shown = with_shown(shown, ShownAnswer(message=str(number), topic="a", version=1))
    assert (len(kept), len(shown)) == (MAX_VOTES, MAX_SHOWN)
    assert kept[-1].topic == "99"


# Which answer


def test_a_thumb_under_an_older_answer_is_about_that_one(book: GuidanceBook, now: datetime) -> None:
    talk = Talk(book, now)
    talk.asks(LIKE)
    talk.asks(PARTY_EVENT)
    decision = _about(talk, Thumb.DOWN, Answered(topic=LIKE, version=1))
    assert votes(decision) == Feedback(topic=LIKE, version=1, helpful=False)
    assert decision.conversation.topic == PARTY_EVENT, "it is no change of the topic"


@pytest.mark.parametrize("heard", [Thumb.UP, Thumb.DOWN, parsed(("umpan_balik_negatif", 0.95)), parsed(("ya", 0.95))])
def test_a_yes_or_no_under_an_unknown_message_is_not_counted_and_asked_about(
    book: GuidanceBook, now: datetime, heard: TurnInput
) -> None:
    talk = Talk(book, now)
    talk.asks(LIKE)
    decision = _about(talk, heard, UNKNOWN_ANSWER)
    assert votes(decision) is None
    assert words_of(decision).startswith(texts.WHICH_ANSWER)
    assert labels(decision)[:2] == [texts.BUTTON_HELPFUL, texts.BUTTON_UNHELPFUL]
    assert [each.payload for each in decision.reply.buttons[:2]] == [YES, NO]


def test_without_any_answer_it_is_asked_without_buttons(book: GuidanceBook, now: datetime) -> None:
    decision = _about(Talk(book, now), Thumb.UP, UNKNOWN_ANSWER)
    assert (words_of(decision), labels(decision)) == (texts.WHICH_ANSWER, [texts.BUTTON_MENU])


def _about(talk: Talk, heard: TurnInput, about: Answered) -> Decision:
    return decide(talk.conversation, heard, talk.book, None, talk.now, about)


# Sent messages


def sent(topic: str, channel: Channel = Channel.WHATSAPP) -> Message:
    decision = Decision(
        kind=DecisionKind.ANSWER, reply=Reply(paragraphs=()), conversation=Conversation(), topic=topic, version=1
    )
    return Message(id=1, channel=channel, attempts=0, payload=with_answer(b'{"person": "x"}', decision))


async def test_a_thumb_under_a_sent_message_is_about_the_answer_in_it(book: GuidanceBook, now: datetime) -> None:
    store = FakeStore(book)
    for topic, platform_id in ((LIKE, "wamid.1"), (PARTY_EVENT, "wamid.2")):
        await _turn(store, parsed((topic, 0.95)), now)
        async with store.unit() as unit:
            await note_shown(unit, sent(topic), ME, platform_id, now)
    assert votes(await _turn(store, Thumb.DOWN, now, "wamid.1")) == Feedback(topic=LIKE, version=1, helpful=False)
    assert votes(await _turn(store, Thumb.UP, now, "wamid.2")) == Feedback(topic=PARTY_EVENT, version=1, helpful=True)
    assert votes(await _turn(store, Thumb.UP, now, "wamid.3")) is None
    assert votes(await _turn(store, Thumb.DOWN, now)) == Feedback(
        topic=PARTY_EVENT, version=1, helpful=False, replaces=now.date()
    )
    [(conversation, _)] = store.conversations.values()
    assert "wamid" not in repr(conversation), "only a keyed hash of the platform's id is kept"


async def test_nothing_is_remembered_of_a_conversation_that_was_erased_before_the_message_went(
    book: GuidanceBook, now: datetime
) -> None:
    store = FakeStore(book)
    async with store.unit() as unit:
        await note_shown(unit, sent(LIKE), ME, "wamid.1", now)
    assert store.conversations == {}


async def test_a_message_without_an_answer_is_not_remembered(book: GuidanceBook, now: datetime) -> None:
    store = FakeStore(book)
    await _turn(store, parsed((LIKE, 0.95)), now)
    before = dict(store.conversations)
    async with store.unit() as unit:
        plain = Message(id=1, channel=Channel.WHATSAPP, attempts=0, payload=b'{"person": "x"}')
        await note_shown(unit, plain, ME, "wamid.1", now)
    assert store.conversations == before


@pytest.mark.parametrize("payload", [b"", b"orang 1", b"[]", b'{"answer": 1}', b'{"answer": ["a", "b"]}', b"\xff"])
def test_what_holds_no_answer_is_none(payload: bytes) -> None:
    assert answer_of(payload) is None


def test_what_is_no_answer_is_sent_as_it_was() -> None:
    decision = Decision(kind=DecisionKind.SMALLTALK, reply=Reply(paragraphs=()), conversation=Conversation())
    assert with_answer(b'{"a": 1}', decision) == b'{"a": 1}'


async def _turn(store: FakeStore, heard: TurnInput, now: datetime, under: str | None = None) -> Decision:
    async with store.unit() as unit:
        turn = IncomingTurn(channel=Channel.WHATSAPP, person=ME, heard=heard, may_be_silent=True, about_message=under)
        return await handle_turn(unit, turn, now)


# What the platforms tell


def telegram(**message: object) -> IncomingMessage:
    chat = {"id": 5, "type": "private", "first_name": "A"}
    told = {"message_id": 9, "date": 1_700_000_000, "chat": chat, **message}
    told["from"] = {"id": 5, "is_bot": False, "first_name": "A"}
    inbound = read_telegram(json.dumps({"update_id": 1, "message": told}).encode(), BotIdentity(id=1, username="Bot"))
    assert isinstance(inbound, IncomingMessage)
    return inbound


def ours(*rows: list[dict[str, str]]) -> dict[str, object]:
    return {
        "message_id": 7,
        "date": 1_700_000_000,
        "chat": {"id": 5, "type": "private", "first_name": "A"},
        "from": {"id": 1, "is_bot": True, "first_name": "Bot"},
        "text": "jawaban",
        **({"reply_markup": {"inline_keyboard": rows}} if rows else {}),
    }


def test_on_telegram_the_buttons_under_the_answer_tell_which_it_is() -> None:
    keyboard = [{"text": "Penjelasan", "callback_data": f"p:{LIKE}"}], [{"text": "👍", "callback_data": YES}]
    inbound = telegram(text="👎", reply_to_message=ours(*keyboard))
    assert (inbound.heard, inbound.about, inbound.about_message) == ("👎", Answered(topic=LIKE, version=1), "7")


def test_on_telegram_a_reply_to_what_has_no_votes_is_about_that_message() -> None:
    link = [{"text": "Tautan", "url": "https://example.org"}]
    for keyboard in ((), (link,)):
        inbound = telegram(text="👎", reply_to_message=ours(*keyboard))
        assert (inbound.about, inbound.about_message) == (None, "7")
    assert telegram(text="👎").about_message is None


def test_on_telegram_a_press_names_the_message_it_stands_under() -> None:
    query = {
        "id": "1",
        "from": {"id": 5, "is_bot": False, "first_name": "A"},
        "chat_instance": "1",
        "data": YES,
        "message": ours(),
    }
    inbound = read_telegram(
        json.dumps({"update_id": 1, "callback_query": query}).encode(), BotIdentity(id=1, username="B")
    )
    assert isinstance(inbound, IncomingMessage)
    assert (inbound.heard, inbound.about_message) == (Press(payload=YES), "7")


@pytest.mark.parametrize(
    ("message", "about"),
    [
        ({"type": "reaction", "reaction": {"message_id": "wamid.7", "emoji": "👎🏽"}}, "wamid.7"),
        ({"type": "text", "text": {"body": "👎"}, "context": {"from": "1", "id": "wamid.7"}}, "wamid.7"),
        ({"type": "text", "text": {"body": "👎"}}, None),
        ({"type": "text", "text": {"body": "👎"}, "context": {"id": 7}}, None),
        (
            {
                "type": "interactive",
                "interactive": {"type": "button_reply", "button_reply": {"id": YES, "title": "x"}},
                "context": {"id": "wamid.7"},
            },
            "wamid.7",
        ),
    ],
)
def test_on_whatsapp_reaction_and_context_name_the_message(message: dict[str, object], about: str | None) -> None:
    at = datetime(2026, 11, 24, tzinfo=UTC).timestamp()
    inbound = read_whatsapp(json.dumps({"person": ME, "at": at, "id": "wamid.9", "message": message}).encode())
    assert isinstance(inbound, IncomingMessage)
    assert inbound.about_message == about


def test_on_whatsapp_a_reaction_that_was_taken_away_says_nothing() -> None:
    taken = {"type": "reaction", "reaction": {"message_id": "wamid.7", "emoji": ""}}
    assert read_whatsapp(json.dumps({"person": ME, "at": 0, "id": "wamid.9", "message": taken}).encode()) is None
