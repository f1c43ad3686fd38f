"""A short way to write turns for the rules of `bot/core/dialogue/policy.py`."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from bot.core.dialogue.conversation import Conversation, Press, TurnInput
from bot.core.dialogue.decision import Decision
from bot.core.dialogue.policy import decide
from bot.core.guidance.book import GuidanceBook
from bot.core.replies.payload import ActionKind, ButtonAction, encode
from bot.core.replies.reply import as_text
from bot.core.vocabulary import Slot, Stage
from tests.fakes.interpreter import parsed

LIKE = "like_komentar_share"
FOLLOW = "follow_akun_calon"
POSTING = "posting_status_politik"
GROUP_CHAT = "grup_chat_politik"
PARTY_EVENT = "hadir_acara_parpol"
CAMPAIGN_EVENT = "hadir_kampanye"
SIGNS = "pasang_alat_peraga"
PRESSURE = "perintah_atasan"


@dataclass
class Talk:
    """One person's thread: decides turn after turn and remembers what it is told to."""

    book: GuidanceBook
    now: datetime
    stage: Stage | None = None
    conversation: Conversation = field(default_factory=Conversation)

    def hears(self, heard: TurnInput) -> Decision:
        decision = decide(self.conversation, heard, self.book, self.stage, self.now)
        self.conversation = decision.conversation
        return decision

    def asks(
        self, intent: str, confidence: float = 0.9, *, said: Mapping[str, str] | None = None, words: int = 6
    ) -> Decision:
        return self.hears(parsed((intent, confidence), entities=said, words=words))

    def presses(self, act: ActionKind, subject: str = "", number: int = 0) -> Decision:
        return self.hears(Press(payload=encode(ButtonAction(act=act, target=subject, number=number))))


def edited(book: GuidanceBook, topic: str, **changes: Any) -> GuidanceBook:
    """Return the book with one answer changed."""
    return replace(book, entries={**book.entries, topic: replace(book.entries[topic], **changes)})


def withholding(book: GuidanceBook, *topics: str) -> GuidanceBook:
    """Return the book with these answers past their review day."""
    for topic in topics:
        book = edited(book, topic, review_by=date(2026, 1, 1))
    return book


def without_answer(book: GuidanceBook, topic: str) -> GuidanceBook:
    """Return the book with this topic not written yet."""
    return replace(book, entries={name: entry for name, entry in book.entries.items() if name != topic})


def without_topic(book: GuidanceBook, topic: str) -> GuidanceBook:
    """Return the book as if this topic had never been."""
    return replace(
        without_answer(book, topic), topics={name: each for name, each in book.topics.items() if name != topic}
    )


def variant_label(book: GuidanceBook, topic: str, **when: str) -> str:
    """Return the label of the variant whose conditions are on exactly these slots and allow these values."""
    wanted = {Slot(slot): value for slot, value in when.items()}
    found = [
        variant.label
        for variant in book.entries[topic].variants
        if set(variant.when) == set(wanted) and all(wanted[slot] in values for slot, values in variant.when.items())
    ]
    return found[0]


def headline(decision: Decision) -> list[str]:
    """Return the parts of the first line: verdict or aspect, the topic's title, and the situation if any."""
    return as_text(decision.reply).splitlines()[0].split(" · ")


def labels(decision: Decision) -> list[str]:
    """Return what stands on the buttons."""
    return [button.label for button in decision.reply.buttons]


def words_of(decision: Decision) -> str:
    """Return the reply as plain text."""
    return as_text(decision.reply)
