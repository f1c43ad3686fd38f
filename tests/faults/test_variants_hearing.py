"""Invisible and look-alike characters change nothing in what is understood: for topics, commands and stop words.

The stub of the NLU takes words as they come, so whatever reaches it unclean is not understood.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.commands import Shell
from tests.faults.nlu_stub import question
from tests.faults.world import NluStub
from tests.support.database import seeded

pytestmark = [pytest.mark.faults, pytest.mark.full]

TOPIC = "foto_bersama_calon"
INVISIBLE = {
    "zero-width space": "\u200b",
    "zero-width non-joiner": "\u200c",
    "zero-width joiner": "\u200d",
    "word joiner": "\u2060",
    "byte order mark": "\ufeff",
    "soft hyphen": "\u00ad",
    "left-to-right mark": "\u200e",
    "right-to-left mark": "\u200f",
    "left-to-right embedding": "\u202a",
    "right-to-left override": "\u202e",
    "pop directional": "\u202c",
    "first strong isolate": "\u2068",
    "function application": "\u2061",
    "invisible separator": "\u2063",
    "arabic letter mark": "\u061c",
    "mongolian vowel separator": "\u180e",
    "combining grapheme joiner": "\u034f",
    "variation selector": "\ufe0f",
    "tag letter": "\U000e0061",
    "hangul filler": "\u3164",
    "halfwidth hangul filler": "\uffa0",
    "hangul choseong filler": "\u115f",
    "khmer inherent vowel": "\u17b4",
    "interlinear anchor": "\ufff9",
    "shorthand overlap": "\U0001bca0",
}
COMMANDS = ("/privasi", "/topik", "/help")
WORDS = ("halo", "terima kasih")


def spread(text: str, mark: str) -> str:
    """Return a text with a mark inside every word."""
    return " ".join(word[:2] + mark + word[2:] for word in text.split(" "))


def fullwidth(text: str) -> str:
    """Return a text in the wide forms of its letters."""
    return "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in text)


def styled(text: str, small_a: int) -> str:
    """Return a text in the mathematical letters that some keyboards offer as a font."""
    return "".join(chr(small_a + ord(each) - ord("a")) if "a" <= each <= "z" else each for each in text)


ASKED = question(TOPIC)
FORMS = {
    **{name: spread(ASKED, mark) for name, mark in INVISIBLE.items()},
    **{f"{name}, between all letters": mark.join(ASKED) for name, mark in list(INVISIBLE.items())[::4]},
    **{f"{name}, around": mark * 3 + ASKED + mark * 3 for name, mark in list(INVISIBLE.items())[::4]},
    "fullwidth": fullwidth(ASKED),
    "bold": styled(ASKED, 0x1D41A),
    "italic sans": styled(ASKED, 0x1D622),
    "monospace": styled(ASKED, 0x1D68A),
    "no-break spaces": ASKED.replace(" ", "\u00a0"),
    "ideographic spaces": ASKED.replace(" ", "\u3000"),
    "line separators": ASKED.replace(" ", "\u2028"),
    "small capitals of the circled kind": "".join(
        chr(0x24D0 + ord(each) - ord("a")) if "a" <= each <= "z" else each for each in ASKED
    ),
}


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """Return commands on a database with the stub behind them."""
    folder: Path = tmp_path_factory.mktemp("hearing")
    stub = NluStub()
    stub.start()
    try:
        with seeded("sqlite", folder) as address:
            yield Shell(folder=folder, address=address, nlu=f"http://127.0.0.1:{stub.port}")
    finally:
        stub.stop()


@pytest.fixture(scope="module")
def answered(shell: Shell) -> dict[str, dict[str, Any]]:
    """Return what one run answered to every form, and to each plain text."""
    texts = {**FORMS, "plain": ASKED}
    for each in (*COMMANDS, *WORDS):
        texts[each] = each
        for name, mark in list(INVISIBLE.items())[::3]:
            texts[f"{each} with {name}"] = each[:3] + mark + each[3:] + mark
        texts[f"{each} fullwidth"] = fullwidth(each)
    told = shell.lines("ask", texts=[{"text": each} for each in texts.values()])
    return dict(zip(texts, told, strict=True))


def gist(answer: dict[str, Any]) -> dict[str, Any]:
    """Return an answer without the words that were asked."""
    return {key: value for key, value in answer.items() if key not in {"text", "question", "asked"}}


def test_a_plain_question_is_understood(answered: dict[str, dict[str, Any]]) -> None:
    assert TOPIC in str(answered["plain"])


def test_a_question_is_understood_whatever_invisible_or_look_alike_is_in_it(
    answered: dict[str, dict[str, Any]],
) -> None:
    wrong = {name: answered[name].get("decision", answered[name].get("kind")) for name in FORMS
             if gist(answered[name]) != gist(answered["plain"])}  # fmt: skip
    assert not wrong, f"{len(wrong)} of {len(FORMS)}: {wrong}"


@pytest.mark.parametrize("word", [*COMMANDS, *WORDS])
def test_a_command_or_small_word_is_heard_whatever_is_hidden_in_it(
    answered: dict[str, dict[str, Any]], word: str
) -> None:
    forms = [name for name in answered if name.startswith(f"{word} ")]
    wrong = [name for name in forms if gist(answered[name]) != gist(answered[word])]
    assert not wrong
