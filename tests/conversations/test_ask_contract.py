"""`sinetral ask --jsonl` on two hundred lines, good and bad, as `docs/development.md` says."""

import json
import sqlite3
from typing import Any

import pytest

from tests.support.bot_process import Bot

pytestmark = [pytest.mark.nlu, pytest.mark.full]

KEYS = {
    *("text", "decision", "topic", "options", "intent", "confidence", "aspect", "reply", "citations", "buttons"),
}
GOOD = [
    "boleh datang ke acara partai?",
    "like status caleg",
    "kapan harus mundur kalau nyalon",
    "halo",
    "cuaca hari ini",
]
ODD = ["", " \n\t ", "😀😀", "?!...", "a" * 10_000, "👍", "👎", "\ud800", "/topik", "/hapus", "\x00", "12345"]
BROKEN = [
    "",
    "not json",
    "[]",
    '{"text": 1}',
    '{"tekst": "a"}',
    '{"text": "a", "conversation": 3}',
    '"text"',
    "{" * 5_000,
]


def test_every_line_is_answered_in_its_place(bot: Bot) -> None:
    lines = [json.dumps({"text": text}) for text in (GOOD * 36 + ODD)] + BROKEN
    assert len(lines) == 200
    done = bot.command("ask", "--jsonl", stdin="\n".join(lines).encode() + b"\n")
    assert done.returncode == 2
    answers = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert len(answers) == len(lines)
    assert [answer["line"] for answer in answers[-len(BROKEN) :]] == list(range(193, 201))
    assert all(set(answer) == {"error", "line"} for answer in answers[-len(BROKEN) :])
    for line, answer in zip(lines[: -len(BROKEN)], answers, strict=False):
        assert set(answer) == KEYS
        assert answer["text"] == json.loads(line)["text"]
        _check(answer)


def _check(answer: dict[str, Any]) -> None:
    assert answer["decision"] in {"answer", "clarify", "fallback", "smalltalk", "refuse"}
    assert 0.0 <= answer["confidence"] <= 1.0
    assert bool(answer["options"]) == (answer["decision"] == "clarify")
    assert len(answer["options"]) <= 3
    assert (answer["topic"] is not None) == (answer["decision"] == "answer")
    assert (answer["aspect"] is not None) == (answer["decision"] == "answer")
    assert bool(answer["citations"]) == (answer["decision"] == "answer")
    assert answer["reply"]


@pytest.mark.parametrize("text", ["", "   ", "😀😀", "?!", "a" * 4_097])
def test_what_has_no_words_falls_back_without_the_nlu(bot: Bot, text: str) -> None:
    [answer] = bot.ask([{"text": text}])
    assert (answer["decision"], answer["intent"], answer["confidence"]) == ("fallback", None, 0.0)


def test_lines_of_one_conversation_follow_each_other_and_others_do_not(bot: Bot) -> None:
    first, second, alone, fresh = bot.ask(
        [
            {"text": "boleh foto bareng calon gubernur?", "conversation": "a"},
            {"text": "sanksinya apa?", "conversation": "a"},
            {"text": "ada pengecualiannya?"},
            {"text": "ada pengecualiannya?", "conversation": "b"},
        ]
    )
    assert (first["topic"], second["topic"], second["aspect"]) == (
        "foto_bersama_calon",
        "foto_bersama_calon",
        "sanction",
    )
    assert (alone["topic"], fresh["topic"]) == (None, None)


def test_a_day_past_the_review_withholds_the_answer(bot: Bot) -> None:
    [answer] = bot.ask([{"text": "boleh ga sih aku dateng ke acara partai?"}], "--date", "2028-01-01")
    assert (answer["decision"], answer["topic"], answer["citations"]) == ("fallback", "hadir_acara_parpol", [])


def test_a_stage_given_chooses_the_variant(bot: Bot) -> None:
    question = [{"text": "boleh ga like postingan calon bupati?"}]
    before, during = (bot.ask(question, "--stage", stage)[0] for stage in ("sebelum_penetapan", "kampanye"))
    assert before["topic"] == during["topic"] == "like_komentar_share"
    assert before["reply"] != during["reply"]


def test_nothing_is_counted(bot: Bot) -> None:
    before = _log_rows(bot)
    bot.ask([{"text": "boleh datang ke acara partai?", "conversation": "a"}])
    assert _log_rows(bot) == before


def _log_rows(bot: Bot) -> int:
    with sqlite3.connect(bot.folder / "sinetral.db") as database:
        count: int = database.execute("select count(*) from query_log").fetchone()[0]
    database.close()
    return count
