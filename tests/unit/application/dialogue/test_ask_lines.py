"""Lines of JSON in, one answer a line out."""

import json
from datetime import datetime

import pytest

from bot.application.dialogue.ask_lines import AskLines, InputLine, read_question
from bot.core.errors import InvalidInputError
from bot.core.guidance.book import GuidanceBook
from bot.core.vocabulary import Stage
from tests.fakes.interpreter import FakeInterpreter, parsed
from tests.unit.core.dialogue.policy_talk import LIKE, PARTY_EVENT, variant_label

SANCTION = "sanksinya?"
PARSES = {
    "boleh like?": parsed((LIKE, 0.9)),
    "ke acara partai?": parsed((PARTY_EVENT, 0.9)),
    SANCTION: parsed(("tanya_sanksi", 0.9)),
}


@pytest.fixture
def asking(book: GuidanceBook, now: datetime) -> AskLines:
    return AskLines(interpreter=FakeInterpreter(parses=PARSES), guidance=book, stage=None, now=now)


def _line(text: str, conversation: str | None = None) -> str:
    return json.dumps({"text": text} if conversation is None else {"text": text, "conversation": conversation})


async def _answers(asking: AskLines, *lines: str) -> list[dict[str, object]]:
    return [answer async for answer in asking.answer(lines)]


async def _pairs(asking: AskLines, *lines: str) -> list[tuple[object, object]]:
    return [(answer["topic"], answer["aspect"]) for answer in await _answers(asking, *lines)]


async def test_every_line_is_answered_in_its_place(asking: AskLines) -> None:
    lines = [_line("ke acara partai?"), _line("boleh like?"), _line("ke acara partai?")]
    assert await _pairs(asking, *lines) == [(PARTY_EVENT, "answer"), (LIKE, "answer"), (PARTY_EVENT, "answer")]


async def test_a_conversation_is_remembered_by_its_name_even_when_lines_mingle(asking: AskLines) -> None:
    lines = [
        _line("boleh like?", "a"),
        _line("ke acara partai?", "b"),
        _line(SANCTION, "a"),
        _line(SANCTION, "b"),
    ]
    assert await _pairs(asking, *lines) == [
        (LIKE, "answer"),
        (PARTY_EVENT, "answer"),
        (LIKE, "sanction"),
        (PARTY_EVENT, "sanction"),
    ]


async def test_a_line_without_a_conversation_is_a_fresh_one(asking: AskLines) -> None:
    lines = [_line("boleh like?"), _line(SANCTION)]
    assert await _pairs(asking, *lines) == [(LIKE, "answer"), ("sanksi_etik_disiplin", "answer")]


async def test_an_empty_name_is_a_name(asking: AskLines) -> None:
    assert (await _pairs(asking, _line("boleh like?", ""), _line(SANCTION, "")))[1] == (LIKE, "sanction")


async def test_a_null_conversation_is_none(asking: AskLines) -> None:
    line = '{"text": "sanksinya?", "conversation": null}'
    assert await _pairs(asking, _line("boleh like?", "null"), line) == [
        (LIKE, "answer"),
        ("sanksi_etik_disiplin", "answer"),
    ]


async def test_conversations_last_as_long_as_the_run(asking: AskLines) -> None:
    await _answers(asking, _line("boleh like?", "a"))
    assert await _pairs(asking, _line(SANCTION, "a")) == [(LIKE, "sanction")]


async def test_a_malformed_line_gives_an_error_in_its_place_and_the_rest_is_answered(asking: AskLines) -> None:
    answers = await _answers(asking, _line("boleh like?"), "rusak", _line("boleh like?"))
    assert answers[1] == {"error": "not JSON", "line": 2}
    assert [answers[0]["topic"], answers[2]["topic"], asking.has_errors] == [LIKE, LIKE, True]


async def test_good_lines_leave_no_error(asking: AskLines) -> None:
    await _answers(asking, _line("boleh like?"), _line(""))
    assert asking.has_errors is False


async def test_the_text_is_given_back_as_it_came(asking: AskLines) -> None:
    assert [answer["text"] for answer in await _answers(asking, _line("  👍 \n"))] == ["  👍 \n"]


@pytest.mark.parametrize("text", ["", "   ", "😀", "a" * 4_097], ids=["empty", "blank", "emoji", "too long"])
async def test_what_cannot_be_read_is_a_fallback_without_asking_the_nlu(
    book: GuidanceBook, now: datetime, text: str
) -> None:
    nlu = FakeInterpreter()
    asking = AskLines(interpreter=nlu, guidance=book, stage=None, now=now)
    answers = await _answers(asking, _line(text))
    assert ([answer["decision"] for answer in answers], nlu.asked) == (["fallback"], [])


async def test_with_the_nlu_down_every_line_still_gets_an_answer(book: GuidanceBook, now: datetime) -> None:
    asking = AskLines(interpreter=FakeInterpreter(is_down=True), guidance=book, stage=None, now=now)
    answers = await _answers(asking, _line("boleh like?"), _line("ke acara partai?"))
    assert [(answer["decision"], answer["intent"]) for answer in answers] == [("fallback", None)] * 2


async def test_the_stage_given_for_the_run_counts_and_none_is_active_otherwise(
    book: GuidanceBook, now: datetime
) -> None:
    nlu = FakeInterpreter(parses=PARSES)
    label = variant_label(book, LIKE, tahapan="kampanye")
    replies = [
        str((await _answers(AskLines(interpreter=nlu, guidance=book, stage=stage, now=now), _line("boleh like?")))[0])
        for stage in (Stage.CAMPAIGN, None)
    ]
    assert [f"· {label}\\n" in reply for reply in replies] == [True, False]


# Reading one line


@pytest.mark.parametrize(
    ("line", "question"),
    [
        ('{"text": "a"}', InputLine(text="a", conversation=None)),
        ('{"text": "a", "conversation": "7"}\n', InputLine(text="a", conversation="7")),
        ('{"text": "", "conversation": null, "lain": 1}', InputLine(text="", conversation=None)),
    ],
)
def test_a_line_is_read(line: str, question: InputLine) -> None:
    assert read_question(line) == question


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("", "not JSON"),
        ("rahasia", "not JSON"),
        ('{"text": "rahasia"', "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("9" * 10_000, "not JSON"),
        ("[]", 'expected {"text": str, "conversation": str?}'),
        ('"rahasia"', 'expected {"text": str, "conversation": str?}'),
        ("{}", 'expected {"text": str, "conversation": str?}'),
        ('{"text": 1}', 'expected {"text": str, "conversation": str?}'),
        ('{"text": null}', 'expected {"text": str, "conversation": str?}'),
        ('{"text": "rahasia", "conversation": 7}', '"conversation" must be a string'),
    ],
    ids=range(11),
)
def test_a_malformed_line_is_told_what_is_wrong_without_being_repeated(line: str, error: str) -> None:
    with pytest.raises(InvalidInputError) as raised:
        read_question(line)
    assert str(raised.value) == error
