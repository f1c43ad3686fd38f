"""What is counted of a handled question."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from bot.core.dialogue.conversation import Command, Conversation, Thumb
from bot.core.dialogue.decision import ConfidenceBand, Decision, DecisionKind, Feedback
from bot.core.figures.measures import UNDERSTOOD_AT_ONCE
from bot.core.figures.query_log import LogRow, is_storable, log_row, text_to_keep
from bot.core.privacy.masking import mask
from bot.core.privacy.text_folding import fold_to_line
from bot.core.replies.reply import Reply, text
from bot.core.vocabulary import Channel, Stage
from bot.storage.guidance.seed import SEED_FOLDER, read_seed
from bot.storage.privacy.word_lists import read_lexicon
from tests.fakes.interpreter import parsed

WIB = timezone(timedelta(hours=7))
INDIA = timezone(timedelta(hours=5, minutes=30))
DECISION = Decision(
    kind=DecisionKind.ANSWER,
    reply=Reply(paragraphs=(text("Jangan."),)),
    conversation=Conversation(topic="hak_pilih"),
    topic="hak_pilih",
    version=3,
    intent="hak_pilih",
    confidence=0.93,
    band=ConfidenceBand.ANSWER,
)

pytestmark = pytest.mark.privacy


def test_a_row_counts_the_decision_and_the_model() -> None:
    now = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
    heard = parsed(("hak_pilih", 0.93))
    assert log_row(DECISION, Channel.WEB, heard, now, Stage.CAMPAIGN) == LogRow(
        hour=now,
        day=now.date(),
        channel=Channel.WEB,
        topic="hak_pilih",
        decision=DecisionKind.ANSWER,
        band=ConfidenceBand.ANSWER,
        stage=Stage.CAMPAIGN,
        model="fake-model",
        guidance_version=3,
        feedback=None,
        measures=frozenset({UNDERSTOOD_AT_ONCE}),
    )


@pytest.mark.parametrize(
    ("now", "hour"),
    [
        (datetime(2026, 11, 24, 5, 59, 59, 999_999, tzinfo=UTC), datetime(2026, 11, 24, 5, tzinfo=UTC)),
        (datetime(2026, 11, 24, 0, 10, tzinfo=WIB), datetime(2026, 11, 23, 17, tzinfo=UTC)),
        (datetime(2026, 11, 24, 12, 10, tzinfo=INDIA), datetime(2026, 11, 24, 6, tzinfo=UTC)),
    ],
)
def test_the_time_is_utc_cut_to_the_hour(now: datetime, hour: datetime) -> None:
    logged = log_row(DECISION, Channel.WEB, Command.HELP, now).hour
    assert (logged, logged.tzinfo) == (hour, UTC)


def test_feedback_is_counted_with_the_version_it_is_about() -> None:
    feedback = Feedback(topic="hak_pilih", version=3, helpful=False)
    row = log_row(
        replace(DECISION, feedback=feedback), Channel.TERMINAL, Thumb.DOWN, datetime(2026, 11, 24, tzinfo=UTC)
    )
    assert (row.feedback, row.channel) == (feedback, Channel.TERMINAL)


def test_a_row_has_no_place_for_a_person_or_a_reply() -> None:
    expected = ["hour", "day", "channel", "topic", "decision", "band", "stage", "model"]
    expected += ["guidance_version", "feedback", "measures", "unanswered"]
    assert [each.name for each in fields(LogRow)] == expected


def test_feedback_has_no_place_for_a_person_or_a_time_of_day() -> None:
    assert [each.name for each in fields(Feedback)] == ["topic", "version", "helpful", "comment", "replaces"]
    [replaces] = [each.type for each in fields(Feedback) if each.name == "replaces"]
    assert replaces == date | None


LEXICON = read_lexicon(read_seed(SEED_FOLDER).instruments)
UNKNOWN = Decision(kind=DecisionKind.FALLBACK, reply=DECISION.reply, conversation=Conversation())
HEARD = parsed(("di_luar_cakupan", 0.9))
NOW = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)


def test_of_an_unanswered_question_the_masked_text_is_kept() -> None:
    masked = text_to_keep(HEARD, "nama saya Zulham Siregar, bolehkah jualan bakso?", LEXICON)
    assert masked == "nama saya [NAMA], bolehkah jualan bakso?"
    assert log_row(UNKNOWN, Channel.WEB, HEARD, NOW, None, masked).unanswered == masked


@pytest.mark.parametrize("kind", [kind for kind in DecisionKind if kind is not DecisionKind.FALLBACK])
def test_of_an_answered_question_no_text_is_kept(kind: DecisionKind) -> None:
    row = log_row(replace(UNKNOWN, kind=kind), Channel.WEB, HEARD, NOW, None, "bolehkah jualan bakso")
    assert row.unanswered is None


def test_of_a_withheld_answer_no_text_is_kept() -> None:
    row = log_row(replace(UNKNOWN, topic="hak_pilih"), Channel.WEB, HEARD, NOW, None, "bolehkah memilih")
    assert row.unanswered is None


@pytest.mark.parametrize(
    "said",
    ["nomornya 123456 itu apa", "halo", "", None],
    ids=["six digits", "one word", "nothing", "a button"],
)
def test_what_is_risky_or_says_nothing_is_not_kept(said: str | None) -> None:
    assert text_to_keep(HEARD, said, LEXICON) is None


def test_without_word_lists_no_text_is_kept() -> None:
    assert text_to_keep(HEARD, "bolehkah jualan bakso", None) is None


def test_words_beside_feedback_are_kept_masked_with_the_version() -> None:
    feedback = Feedback(topic="hak_pilih", version=3, helpful=False)
    said = text_to_keep(HEARD, "kurang jelas, kata pak Sukirman beda", LEXICON)
    row = log_row(replace(DECISION, feedback=feedback), Channel.WEB, HEARD, NOW, None, said)
    assert row.feedback == replace(feedback, comment="kurang jelas, kata pak [NAMA] beda")


@pytest.mark.parametrize(
    "said",
    [
        "boleh jualan bakso?",
        "kata Qwortel Zimbrax boleh",
        "kode 123 456 ini",
        "nik3273012505900001 milik saya",
        "boleh",
    ],
)
def test_a_text_is_storable_where_it_would_be_kept(said: str) -> None:
    assert is_storable(mask(said, LEXICON).text, LEXICON) == (text_to_keep(HEARD, said, LEXICON) is not None)


@pytest.mark.parametrize(
    "said",
    [
        "hubungi saya di 0812‑3456‑7890 soal like",
        "hubungi saya di 0812—3456—7890 soal like",
        "hubungi\nsaya di 0812\u20283456\x007890 soal like",
        "pak Su\u200bkirman bilang boleh\x00kah jualan",
        "kata pak Ｓｕｋｉｒｍａｎ “boleh” jualan – bakso",
        "jualan bakso\tdi \ue000 kantor\ud800 saya",
    ],
)
def test_what_is_kept_is_what_masking_gave_and_masking_it_again_changes_nothing(said: str) -> None:
    kept = text_to_keep(HEARD, said, LEXICON)
    assert kept is not None
    assert kept == mask(said, LEXICON).text == mask(kept, LEXICON).text == fold_to_line(kept)
    assert "3456" not in kept
    assert "kirman" not in kept.lower()
    assert kept.isprintable()
