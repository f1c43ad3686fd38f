"""What a parse gives the rules to decide by."""

from collections.abc import Container, Sequence

from bot.core.dialogue.conversation import LAST_ORDINAL, PRESSURE_ENTITY, Parse
from bot.core.dialogue.decision import ConfidenceBand
from bot.core.vocabulary import Slot

OUT_OF_SCOPE_INTENT = "di_luar_cakupan"
OPINION_INTENT = "minta_opini"
OPINION_FROM = 0.2
"""A stranger's question that may ask for an opinion is refused one: "I do not know" would invite to ask again."""
LEAST_OPTION_CONFIDENCE = 0.02
PRESSURE_TOPIC = "perintah_atasan"
ACT_FROM = 0.1
"""Confidence of the act beside the pressure from which it is offered too."""


def confidence_band(parse: Parse) -> ConfidenceBand:
    """Say where the confidence of the likeliest intent falls."""
    if parse.confidence >= parse.bands.answer:
        return ConfidenceBand.ANSWER
    return ConfidenceBand.CLARIFY if parse.confidence >= parse.bands.clarify else ConfidenceBand.FALLBACK


def likely_intents(parse: Parse) -> tuple[str, ...]:
    """Return the intents worth offering, most likely first; never empty."""
    ranked = [each.intent for each in parse.intent_ranking if each.confidence >= LEAST_OPTION_CONFIDENCE]
    return tuple(ranked) or (parse.intent,)


def questions_asked(parse: Parse, topics: Container[str]) -> tuple[str, ...]:
    """Return the topics that the questions of a message surely are about, each once, in the order asked."""
    sure = [
        each.intent
        for each in parse.sub_questions
        if each.confidence >= parse.bands.answer and each.out_of_scope < parse.out_of_scope_caution
    ]
    return tuple(topic for topic in dict.fromkeys(sure) if topic in topics)


def sounds_like_opinion(parse: Parse) -> bool:
    """Say whether a question about no topic of ours asks which candidate, party or side is the better one.

    It needs what every decision needs: that the question is none of our topics' must be as sure as an answer, and the
    wish for an opinion as likely as a topic that is offered. What is garbled is unknown, not refused.
    """
    if parse.intent not in (OUT_OF_SCOPE_INTENT, OPINION_INTENT) or parse.values(PRESSURE_ENTITY):
        return False
    opinion = _confidence_of(parse, OPINION_INTENT)
    is_no_topic = opinion + _confidence_of(parse, OUT_OF_SCOPE_INTENT) >= parse.bands.answer
    return is_no_topic and opinion >= max(OPINION_FROM, parse.bands.clarify)


def _confidence_of(parse: Parse, intent: str) -> float:
    return sum(each.confidence for each in parse.intent_ranking if each.intent == intent)


def act_under_pressure(parse: Parse, acts: Sequence[str], topics: Container[str]) -> str | None:
    """Return the act that somebody is pressed for, None when none was heard.

    Args:
        acts: the likely topics that can be answered, without the pressure itself, most likely first.
    """
    if parse.intent == PRESSURE_TOPIC:
        # What is pressed for stands next, if it was heard at all.
        near = [each.intent for each in parse.intent_ranking[1:2] if each.confidence >= ACT_FROM]
        return near[0] if near and near[0] in acts else None
    if parse.intent in topics:
        # The act recognised, or none: another one that happens to be answerable would be the wrong act.
        return parse.intent if parse.intent in acts else None
    return acts[0] if acts else None


def slots_in(parse: Parse) -> dict[Slot, str]:
    """Return the slots that the utterance itself names; of two values the first."""
    said: dict[Slot, str] = {}
    for entity in parse.entities:
        if entity.kind in set(Slot):
            said.setdefault(Slot(entity.kind), entity.value)
    return said


def resolve_ordinal(ordinal: str, count: int) -> int | None:
    """Return the place, from 0, that an ordinal names among so many options; None when there is no such option."""
    if ordinal == LAST_ORDINAL:
        return count - 1
    place = int(ordinal) - 1 if ordinal.isascii() and ordinal.isdecimal() else -1
    return place if 0 <= place < count else None
