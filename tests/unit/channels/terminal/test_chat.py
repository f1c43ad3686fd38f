"""A conversation in the terminal, with scripted keys."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from bot.channels.terminal.chat import HINT, WIDEST, chat
from bot.core.dialogue.conversation import Conversation
from bot.core.dialogue.decision import Decision, DecisionKind
from bot.core.replies.canned import greeting
from bot.core.replies.reply import Button, Reply, as_text, bullets, text
from bot.core.vocabulary import Channel

PERSON = "orang-1"
ANSWER = Reply(
    paragraphs=(text("Jawaban."),),
    buttons=(Button(label="Satu", payload="t:satu"), Button(label="Dua", payload="t:dua")),
)


@dataclass
class Terminal:
    """Types the scripted lines, keeps what was shown and what reached the bot; answers with `reply`."""

    lines: Iterator[str | type[BaseException]]
    reply: Reply = ANSWER
    shown: list[str] = field(default_factory=list)
    prompts: list[str] = field(default_factory=list)
    heard: list[tuple[str, Channel, str, str]] = field(default_factory=list)

    def read(self, prompt: str) -> str:
        self.prompts.append(prompt)
        line = next(self.lines)
        if isinstance(line, str):
            return line
        raise line

    async def on_text(self, channel: Channel, person: str, utterance: str) -> Decision:
        return self._decide("text", channel, person, utterance)

    async def on_press(self, channel: Channel, person: str, payload: str) -> Decision:
        return self._decide("press", channel, person, payload)

    def _decide(self, how: str, channel: Channel, person: str, sent: str) -> Decision:
        self.heard.append((how, channel, person, sent))
        return Decision(kind=DecisionKind.SMALLTALK, reply=self.reply, conversation=Conversation())


async def _typed(*lines: str | type[BaseException], reply: Reply = ANSWER) -> Terminal:
    terminal = Terminal(iter(lines), reply)
    await chat(terminal.on_text, terminal.on_press, PERSON, terminal.read, terminal.shown.append)
    return terminal


def _sent(terminal: Terminal) -> list[tuple[str, str]]:
    return [(how, sent) for how, _, _, sent in terminal.heard]


@pytest.fixture(autouse=True)
def _wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


async def test_it_opens_with_the_greeting_and_says_how_to_use_it() -> None:
    terminal = await _typed("/keluar")
    assert re.sub(r"\s+", " ", terminal.shown[0]).startswith(re.sub(r"\s+", " ", as_text(greeting())))
    assert terminal.shown[1:] == [HINT]


@pytest.mark.parametrize("word", ["/keluar", "/quit", "/exit", " /keluar "])
async def test_a_leaving_word_ends_it_without_reaching_the_bot(word: str) -> None:
    assert (await _typed(word, "tidak dibaca")).heard == []


@pytest.mark.parametrize("end", [EOFError, KeyboardInterrupt])
async def test_the_end_of_input_ends_it_on_a_fresh_line(end: type[BaseException]) -> None:
    terminal = await _typed("halo", end)
    assert (_sent(terminal), terminal.shown[-1]) == ([("text", "halo")], "")


async def test_what_is_typed_reaches_the_bot_trimmed_with_channel_and_person() -> None:
    terminal = await _typed("  bolehkah? ", "", "/keluar")
    assert terminal.heard == [
        ("text", Channel.TERMINAL, PERSON, "bolehkah?"),
        ("text", Channel.TERMINAL, PERSON, ""),
    ]


async def test_a_reply_is_shown_with_its_buttons_numbered() -> None:
    assert (await _typed("halo", "/keluar")).shown[2:] == ["\nJawaban.\n\n[1] Satu   [2] Dua"]


async def test_a_reply_without_buttons_is_shown_alone() -> None:
    assert (await _typed("halo", "/keluar", reply=Reply(paragraphs=(text("Dah."),)))).shown[2:] == ["\nDah."]


async def test_a_number_presses_the_button_of_the_last_reply() -> None:
    terminal = await _typed("1", "2", "/keluar")
    assert _sent(terminal) == [("press", greeting().buttons[0].payload), ("press", "t:dua")]


@pytest.mark.parametrize("line", ["0", "3", "-1", "1.", "²", "yang kedua", "12345678901234567890"])
async def test_what_is_no_number_of_a_button_is_text(line: str) -> None:
    assert _sent(await _typed("halo", line, "/keluar")) == [("text", "halo"), ("text", line)]


async def test_after_a_reply_without_buttons_a_number_is_text() -> None:
    terminal = await _typed("halo", "1", "/keluar", reply=Reply(paragraphs=(text("Dah."),)))
    assert _sent(terminal) == [("text", "halo"), ("text", "1")]


async def test_every_turn_has_its_own_prompt() -> None:
    assert (await _typed("halo", "lagi", "/keluar")).prompts == ["\n> "] * 3


@pytest.mark.parametrize(("columns", "widest"), [("40", 40), ("200", WIDEST)])
async def test_lines_are_folded_to_the_terminal_and_to_a_readable_width(
    monkeypatch: pytest.MonkeyPatch, columns: str, widest: int
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    long = Reply(paragraphs=(text("kata " * 100),), buttons=ANSWER.buttons * 10)
    shown = (await _typed("halo", "/keluar", reply=long)).shown[2].splitlines()
    longest = max(len(line) for line in shown)
    assert (longest <= widest, longest > widest - len("[20] Dua   ")) == (True, True)


async def test_a_folded_list_line_hangs_under_its_bullet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "12")
    listed = Reply(paragraphs=(text("Enam tujuh delapan."), bullets(("satu dua tiga", "empat"))))
    shown = (await _typed("halo", "/keluar", reply=listed)).shown[2]
    assert shown == "\nEnam tujuh\ndelapan.\n\n• satu dua\n  tiga\n• empat"
