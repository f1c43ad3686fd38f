"""Every channel compares words in their folded form: what cannot be seen changes nothing."""

import json

import pytest

from bot.application.messaging.ports import IncomingMessage
from bot.channels.terminal.chat import chat
from bot.channels.whatsapp import updates
from bot.core.dialogue.conversation import Press
from bot.core.dialogue.decision import Decision
from bot.core.replies.payload import ActionKind, ButtonAction, encode
from bot.core.vocabulary import Channel

HIDDEN = ["\u200b", "\u00ad", "\u2060", "\ufeff", "\u202e", "\u3164"]


def _on_whatsapp(words: str) -> object:
    message = {"type": "text", "text": {"body": words}}
    stored = {"person": "628", "at": 1_764_000_000, "id": "wamid.1", "message": message}
    read = updates.read(json.dumps(stored).encode())
    assert isinstance(read, IncomingMessage)
    return read.heard


@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize(
    ("before", "after", "command"),
    [
        ("me", "nu", "/topik"),
        ("Hapus\u00a0", "data", "/hapus"),
        ("ｐｒｉｖ", "ａｓｉ", "/privasi"),
        ("langganan", "", "/langganan"),
    ],
)
def test_a_keyword_of_whatsapp_is_known_in_every_form(before: str, after: str, command: str, hidden: str) -> None:
    assert _on_whatsapp(f"{before}{hidden}{after}") == command


@pytest.mark.parametrize("hidden", HIDDEN)
def test_an_invitation_to_reminders_is_known_in_every_form(hidden: str) -> None:
    expected = Press(payload=encode(ButtonAction(act=ActionKind.SUBSCRIBE, target="bkd-jabar")))
    assert _on_whatsapp(f"Lang{hidden}ganan\u00a0bkd‑ja{hidden}bar") == expected


def test_other_words_reach_the_hearing_as_they_were_written() -> None:
    assert _on_whatsapp("bo\u200bleh “like”?") == "bo\u200bleh “like”?"


@pytest.mark.parametrize("hidden", HIDDEN)
async def test_the_terminal_is_left_in_every_form(hidden: str) -> None:
    async def on_anything(channel: Channel, person: str, words: str) -> Decision:
        raise AssertionError(words)

    written: list[str] = []
    await chat(on_anything, on_anything, "someone", lambda _: f"/kel{hidden}uar", written.append)
    assert len(written) == 2
