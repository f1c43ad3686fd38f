"""The curated answers agree with the verified facts, in law, form and length."""

import itertools
import json
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.core.dialogue.conversation import Conversation
from bot.core.dialogue.evidence import OUT_OF_SCOPE_INTENT
from bot.core.dialogue.policy import decide
from bot.core.guidance.book import GuidanceBook
from bot.core.guidance.entry import CitationRole, GuidanceEntry, Variant
from bot.core.guidance.instrument import InstrumentStatus
from bot.core.replies import texts
from bot.core.replies.answer import answer_reply, legal_basis_reply, sanction_reply
from bot.core.replies.reply import as_text
from bot.core.vocabulary import Slot, Stage
from tests.conftest import NOW
from tests.fakes.interpreter import parsed

RUN = 8
"""Words in a row that may not be shared with the facts."""
TELEGRAM_LIMIT = 4_096
"""Characters of one message (`docs/limits.md`)."""
BUTTON_LIMIT = 20
"""Characters on a WhatsApp button (`docs/limits.md`)."""
DESCRIPTION_LIMIT = 72
"""Characters of a WhatsApp list description (`docs/limits.md`)."""
LEAST_TRAINING_LINES = 40


@pytest.fixture(scope="module")
def facts() -> Any:
    return json.loads((Path(__file__).parent.parent / "data" / "facts.json").read_text(encoding="utf-8"))


def entries(book: GuidanceBook) -> list[GuidanceEntry]:
    return [book.entries[topic] for topic in book.topics]


def test_every_topic_of_the_contract_has_an_answer_in_its_group(book: GuidanceBook, facts: Any) -> None:
    assert {topic.id: topic.group for topic in book.topics.values()} == facts["groups"]
    assert sorted(book.entries) == sorted(facts["groups"])


def test_every_instrument_of_the_facts_is_known(book: GuidanceBook, facts: Any) -> None:
    assert sorted(book.instruments) == facts["instruments"]


def test_verdict_and_certainty_are_those_of_the_facts(book: GuidanceBook, facts: Any) -> None:
    given = {e.topic: (e.verdict.value, e.certainty.value) for e in entries(book)}
    assert given == {topic: (f["verdict"], f["confidence"]) for topic, f in facts["topics"].items()}


def test_every_citation_is_among_the_legal_basis_of_its_topic(book: GuidanceBook, facts: Any) -> None:
    foreign = [
        (e.topic, c.instrument, c.article)
        for e in entries(book)
        for c in e.citations
        if [c.instrument, c.article] not in facts["topics"][e.topic]["legal_basis"]
    ]
    assert foreign == []


def test_every_answer_has_a_basis_with_an_article(book: GuidanceBook) -> None:
    assert [e.topic for e in entries(book) if all(c.article == texts.ARTICLE_UNKNOWN for c in e.bases())] == []


def test_revoked_and_lapsed_instruments_are_background_only(book: GuidanceBook) -> None:
    out = {InstrumentStatus.REVOKED, InstrumentStatus.LAPSED}
    wrong = [
        (e.topic, c.instrument)
        for e in entries(book)
        for c in e.citations
        if c.role is CitationRole.BASIS and book.instruments[c.instrument].status in out
    ]
    assert wrong == []


def test_every_sanction_kind_of_the_facts_is_told(book: GuidanceBook, facts: Any) -> None:
    missing = {
        e.topic: lacking
        for e in entries(book)
        if (lacking := set(facts["topics"][e.topic]["sanctions"]) - {kind.value for kind in e.sanctions})
    }
    assert missing == {}


def test_interpretations_of_the_facts_are_marked_as_such(book: GuidanceBook, facts: Any) -> None:
    unmarked = [e.topic for e in entries(book) if facts["topics"][e.topic]["interpretations"] and not e.interpretation]
    assert unmarked == []


def test_interpretation_and_advice_are_shown_under_their_own_headings(book: GuidanceBook) -> None:
    prefixed = [
        line
        for e in entries(book)
        for line in (*e.interpretation, *e.advice)
        if re.match(r"(tafsir|saran)\s*:", line.lower())
    ]
    assert prefixed == []


def test_no_run_of_eight_words_is_shared_with_the_facts(book: GuidanceBook, facts: Any) -> None:
    known = set(facts["runs"])
    copied = [
        (topic, run) for topic, text in _all_texts(book) for run in _runs(text) if zlib.crc32(run.encode()) in known
    ]
    assert copied == []


def test_the_run_check_can_fail(facts: Any) -> None:
    pasted = "ASN harus bebas dari pengaruh dan campur tangan semua golongan dan partai politik."
    assert any(zlib.crc32(run.encode()) in set(facts["runs"]) for run in _runs(pasted))


def test_lengths_suit_a_phone(book: GuidanceBook) -> None:
    for e in entries(book):
        topic = book.topics[e.topic]
        assert len(e.short) <= 600, e.topic
        assert len(e.explanation) <= 1_200, e.topic
        assert len(topic.label) <= BUTTON_LIMIT, e.topic
        assert len(topic.description) <= DESCRIPTION_LIMIT, e.topic
        assert [v.label for v in e.variants if len(v.label) > BUTTON_LIMIT] == [], e.topic


def test_each_part_of_an_answer_fits_one_message(book: GuidanceBook) -> None:
    for e in entries(book):
        topic = book.topics[e.topic]
        for reply in (answer_reply(topic, e, {}), sanction_reply(topic, e), legal_basis_reply(topic, e)):
            assert len(as_text(reply)) <= TELEGRAM_LIMIT, e.topic


def test_labels_tell_topics_apart(book: GuidanceBook) -> None:
    labels = [topic.label.lower() for topic in book.topics.values()]
    assert len(set(labels)) == len(labels)


def test_every_variant_is_reached_by_its_own_situation(book: GuidanceBook) -> None:
    hidden = [
        (e.topic, variant.label)
        for e in entries(book)
        for variant in e.variants
        if not any(e.variant_for(slots) is variant for slots in _situations(variant))
    ]
    assert hidden == []


def test_variant_conditions_use_values_that_the_nlu_gives(book: GuidanceBook, root: Path) -> None:
    data = yaml.safe_load((root / "nlu" / "data" / "entitas.yml").read_text(encoding="utf-8"))
    known = {block["synonym"] for block in data["nlu"] if "synonym" in block}
    used = {value for e in entries(book) for v in e.variants for values in v.when.values() for value in values}
    assert used - known == set()
    assert {stage.value for stage in Stage} - known == set()


def test_topic_ids_agree_in_guidance_domain_and_training_data(book: GuidanceBook, root: Path) -> None:
    domain = yaml.safe_load((root / "domain.yml").read_text(encoding="utf-8"))
    trained = _training_lines(root)
    assert set(book.topics) - set(domain["intents"]) == set()
    assert set(domain["intents"]) == set(trained)
    assert {topic: n for topic in book.topics if (n := len(trained[topic])) < LEAST_TRAINING_LINES} == {}


def test_conversation_intents_have_a_rule(book: GuidanceBook, root: Path) -> None:
    domain = yaml.safe_load((root / "domain.yml").read_text(encoding="utf-8"))
    talk = [intent for intent in domain["intents"] if intent not in book.topics and intent != OUT_OF_SCOPE_INTENT]
    # While a topic is talked about and others are offered, so that every follow-up has something to follow.
    topic, other = list(book.topics)[:2]
    present = Conversation(topic=topic, version=1, options=(topic, other), alternatives=(other,))
    unknown = decide(present, parsed((OUT_OF_SCOPE_INTENT, 0.95), out_of_scope=0.95), book, None, NOW).reply
    unruled = [intent for intent in talk if decide(present, parsed((intent, 0.95)), book, None, NOW).reply == unknown]
    assert unruled == []


def test_no_held_out_question_is_trained_on(book: GuidanceBook, root: Path) -> None:
    kinds = {*book.topics, "di_luar_cakupan", "minta_opini"}
    trained = {_bare(line) for kind, lines in _training_lines(root).items() if kind in kinds for line in lines}
    folders = (root / "nlu" / "evaluation" / "held_out", root / "nlu" / "calibration")
    files = [file for folder in folders for file in sorted(folder.glob("*.jsonl"))]
    held_out = [json.loads(line)["text"] for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    # Two or three words can be the same by chance; a sentence cannot.
    leaked = [text for text in held_out if _bare(text) in trained and len(text.split()) > 3]
    assert leaked == []


def test_no_utterance_is_trained_under_two_intents(root: Path) -> None:
    seen: dict[str, str] = {}
    twice = []
    for intent, lines in _training_lines(root).items():
        for line in lines:
            if seen.setdefault(_bare(line), intent) != intent:
                twice.append((line, intent, seen[_bare(line)]))
    assert twice == []


def _all_texts(book: GuidanceBook) -> Iterator[tuple[str, str]]:
    for e in entries(book):
        topic = book.topics[e.topic]
        fixed = (topic.title, topic.description, e.short, e.explanation, e.exceptions)
        listed = (*e.instead, *e.interpretation, *e.advice, *e.sanctions.values())
        for text in (*fixed, *listed, *(v.text for v in e.variants), *(c.says for c in e.citations)):
            yield e.topic, text


def _runs(text: str) -> list[str]:
    words = re.findall(r"\w+", text.lower())
    return [" ".join(words[at : at + RUN]) for at in range(len(words) - RUN + 1)]


def _situations(variant: Variant) -> Iterator[dict[Slot, str]]:
    slots = list(variant.when)
    for values in itertools.product(*(sorted(variant.when[slot]) for slot in slots)):
        yield dict(zip(slots, values, strict=True))


def _training_lines(root: Path) -> dict[str, list[str]]:
    lines: dict[str, list[str]] = {}
    for file in sorted((root / "nlu" / "data").rglob("*.yml")):
        for block in yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]:
            if "intent" in block:
                found = [line[2:] for line in block["examples"].splitlines() if line.startswith("- ")]
                lines.setdefault(block["intent"], []).extend(found)
    return lines


def _bare(text: str) -> str:
    return re.sub(r"\W+", " ", text.lower()).strip()
