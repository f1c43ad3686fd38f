"""Decisions as the JSON objects of `sinetral ask --jsonl`."""

import json

import pytest

from bot.application.dialogue.transcript import to_json
from bot.core.dialogue.conversation import Conversation
from bot.core.dialogue.decision import Decision, DecisionKind
from bot.core.guidance.entry import Citation, CitationRole
from bot.core.replies.reply import Button, Reply, heading, text
from bot.core.vocabulary import Aspect

REPLY = Reply(paragraphs=(heading("Judul"), text("Isi.")), buttons=(Button(label="Sanksinya?", payload="s:x"),))
CITATION = Citation(instrument="UU 1/2000", article="Pasal 2", says="tidak ditulis di sini", role=CitationRole.BASIS)


def _answer(aspect: Aspect) -> Decision:
    return Decision(
        kind=DecisionKind.ANSWER,
        reply=REPLY,
        conversation=Conversation(topic="hak_pilih"),
        topic="hak_pilih",
        aspect=aspect,
        citations=(CITATION,),
        version=2,
        intent="tanya_sanksi",
        confidence=0.75,
    )


@pytest.mark.parametrize("aspect", list(Aspect))
def test_an_answer_is_written_with_exactly_the_agreed_keys(aspect: Aspect) -> None:
    assert to_json("sanksinya?", _answer(aspect)) == {
        "text": "sanksinya?",
        "decision": "answer",
        "topic": "hak_pilih",
        "options": [],
        "intent": "tanya_sanksi",
        "confidence": 0.75,
        "aspect": aspect.value,
        "reply": "Judul\n\nIsi.",
        "citations": [{"instrument": "UU 1/2000", "article": "Pasal 2"}],
        "buttons": ["Sanksinya?"],
    }


def test_a_question_back_lists_its_options_and_has_no_topic_or_aspect() -> None:
    clarify = Decision(kind=DecisionKind.CLARIFY, reply=REPLY, conversation=Conversation(), options=("a", "b"))
    written = to_json("", clarify)
    actual = [written[key] for key in ("decision", "options", "topic", "aspect", "intent", "citations")]
    assert actual == ["clarify", ["a", "b"], None, None, None, []]


@pytest.mark.parametrize("kind", list(DecisionKind))
def test_what_is_written_can_be_read_back_from_json(kind: DecisionKind) -> None:
    written = to_json("“kutip” 👍", Decision(kind=kind, reply=REPLY, conversation=Conversation()))
    assert json.loads(json.dumps(written)) == written
