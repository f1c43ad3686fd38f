"""How well held-out questions by other hands are understood; floors that a change may not fall through."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.process import Bot

pytestmark = [pytest.mark.nlu, pytest.mark.full]
DATA = Path(__file__).parent / "data"


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def questions(bot: Bot) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Give each held-out question with its answer."""
    asked = lines("questions_a.jsonl") + lines("questions_b.jsonl")
    return list(zip(asked, bot.ask({"text": each["text"]} for each in asked), strict=True))


def test_wrong_answers_are_rare(questions: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    wrong = [a for q, a in questions if a["decision"] == "answer" and a["topic"] not in q["accepted"]]
    assert len(wrong) / len(questions) <= 0.04


def test_the_right_topic_is_answered_or_offered(questions: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    resolved = [a for q, a in questions if a["topic"] in q["accepted"] or set(a["options"]) & set(q["accepted"])]
    assert len(resolved) / len(questions) >= 0.90


def test_strangers_are_rarely_answered(bot: Bot) -> None:
    answers = bot.ask({"text": each["text"]} for each in lines("out_of_scope.jsonl"))
    answered = [a for a in answers if a["decision"] == "answer"]
    assert len(answered) / len(answers) <= 0.05
