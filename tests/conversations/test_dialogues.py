"""Scripted dialogues in YAML through the real NLU: utterances in, decision, topic, aspect and buttons out."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.bot_process import Bot

pytestmark = [pytest.mark.nlu, pytest.mark.full]

SCRIPTS = yaml.safe_load((Path(__file__).parent / "dialogues.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def answers(bot: Bot) -> dict[str, list[dict[str, Any]]]:
    """Return the answers of every dialogue, by its name."""
    said = [(script["name"], turn["say"]) for script in SCRIPTS for turn in script["turns"]]
    given = bot.ask({"text": text, "conversation": name} for name, text in said)
    by_name: dict[str, list[dict[str, Any]]] = {}
    for (name, _), answer in zip(said, given, strict=True):
        by_name.setdefault(name, []).append(answer)
    return by_name


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script["name"])
def test_dialogue_goes_as_written(script: dict[str, Any], answers: dict[str, list[dict[str, Any]]]) -> None:
    for turn, answer in zip(script["turns"], answers[script["name"]], strict=True):
        for name in ("decision", "topic", "aspect"):
            if name in turn:
                assert (turn["say"], answer[name]) == (turn["say"], turn[name])
        for citation in turn.get("cites", []):
            assert citation in [f"{c['instrument']} {c['article']}" for c in answer["citations"]]
        for words in turn.get("reply_has", []):
            assert words in answer["reply"], turn["say"]
        for button in turn.get("buttons_have", []):
            assert button in answer["buttons"], turn["say"]
        for option in turn.get("options_have", []):
            assert option in answer["options"], turn["say"]
