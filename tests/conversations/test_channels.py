"""The same dialogues on Telegram, WhatsApp and web chat, from one script, through one real process."""

import html
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from bot.channels.whatsapp.webhook import WEBHOOK_PATH
from bot.core.guidance.book import GuidanceBook
from bot.core.replies import texts
from tests.conversations.test_dialogues import SCRIPTS
from tests.fakes.telegram.bot_api import NO_LIMITS, TOKEN, FakeBotApi
from tests.fakes.whatsapp.graph_api import FakeGraph
from tests.support.bot_process import Bot, free_port

pytestmark = [pytest.mark.telegram, pytest.mark.whatsapp, pytest.mark.full]
MARKS = re.compile(r"[*_]|<[^>]+>")


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a channel showed in one turn."""

    text: str
    buttons: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Platforms:
    """One process on three channels."""

    own: Bot
    api: FakeBotApi
    graph: FakeGraph
    labels: Sequence[str]
    """Of all buttons that the bot may show."""

    def telegram(self) -> Callable[[str], Said]:
        """Begin a private chat."""
        chat = self.api.add_private(5_700_000 + len(self.api.world.chats))

        def say(words: str) -> Said:
            before = len(self.api.sent(chat))
            self.api.say(chat, words)
            sent = self.api.wait_for_sent(chat, before + 1)[before:]
            return Said(text=" ".join(each.text for each in sent), buttons=[b.text for b in sent[-1].buttons])

        return say

    def whatsapp(self) -> Callable[[str], Said]:
        """Begin a conversation with somebody who hides their number; "more" is opened as a person would."""
        person = self.graph.add(None, f"ID.17{len(self.graph.people):07d}")

        def say(words: str) -> Said:
            before = len(self.graph.sent(person))
            self.graph.say(person, words)
            # What is last has choices: nothing of ours ends without one.
            self.graph.wait_until(lambda: (found := self.graph.sent(person)[before:]) and found[-1].buttons)
            sent = self.graph.sent(person)[before:]
            buttons = list(sent[-1].buttons)
            if texts.BUTTON_MORE in buttons:
                self.graph.press(person, sent[-1], texts.BUTTON_MORE)
                buttons += self.graph.wait_for_sent(person, before + len(sent) + 1)[-1].buttons
            return Said(text=" ".join(each.text for each in sent), buttons=buttons)

        return say

    def web(self) -> Callable[[str], Said]:
        """Open the page."""
        cookie = ""

        def say(words: str) -> Said:
            nonlocal cookie
            shown, cookie, _ = self.own.say(words, cookie)
            told = " ".join(html.unescape(shown).split())
            return Said(text=told, buttons=[label for label in self.labels if label in told])

        return say


@pytest.fixture(scope="module")
def platforms(bot: Bot, book: GuidanceBook, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platforms]:
    """Return one bot that all three channels lead to."""
    fixed = [value for name, value in vars(texts).items() if name.startswith("BUTTON_")]
    labels = [*fixed, *(topic.label for topic in book.topics.values())]
    port = free_port()
    with FakeBotApi(limits=NO_LIMITS) as api, FakeGraph() as graph:
        graph.webhook = f"http://127.0.0.1:{port}{WEBHOOK_PATH}"
        extra = {"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_API_BASE_URL": api.url, **graph.environment}
        own = Bot(tmp_path_factory.mktemp("channels"), port=port, nlu_port=bot.nlu_port, extra=extra)
        own.start()
        try:
            api.wait_until(lambda: api.calls_of("getUpdates"), timeout=20)
            yield Platforms(own=own, api=api, graph=graph, labels=labels)
        finally:
            own.stop()
        assert graph.refused == []


@pytest.mark.parametrize("channel", ["telegram", "whatsapp", "web"])
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script["name"])
def test_dialogue_goes_as_written_on_every_channel(
    script: dict[str, Any], channel: str, platforms: Platforms, book: GuidanceBook
) -> None:
    say: Callable[[str], Said] = getattr(platforms, channel)()
    for turn in script["turns"]:
        said = say(turn["say"])
        told = MARKS.sub("", said.text)
        expected = [*turn.get("cites", []), *turn.get("reply_has", [])]
        if turn.get("topic") and turn.get("aspect") != "legal_basis":
            expected.append(book.topics[turn["topic"]].title)
        for words in expected:
            assert words in told, (turn["say"], channel)
        for label in turn.get("buttons_have", []):
            assert label in said.buttons, (turn["say"], channel)
