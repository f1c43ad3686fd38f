"""Tell a turn that only makes sense on the topic talked about, by its words, whatever intent was guessed."""

from bot.core.dialogue.conversation import PRESSURE_ENTITY, Parse
from bot.core.dialogue.word_sets import (
    ASPECT_FILLERS,
    CANDIDACY_WORDS,
    EXCEPTION_WORDS,
    LEGAL_BASIS_WORDS,
    SANCTION_WORDS,
)
from bot.core.vocabulary import Aspect, Slot

CHANGED_SITUATION_INTENT = "ganti_konteks"
MAX_FOLLOW_UP = 10
"""Words; a longer text tells a story of its own."""

_ASPECTS = {
    Aspect.SANCTION: SANCTION_WORDS,
    Aspect.LEGAL_BASIS: LEGAL_BASIS_WORDS,
    Aspect.EXCEPTION: EXCEPTION_WORDS,
}


def named_aspect(parse: Parse) -> Aspect | None:
    """Return the one aspect that an utterance names when it names no matter of its own."""
    words = set(parse.other_words)
    named = [aspect for aspect, names in _ASPECTS.items() if words & names]
    if len(named) != 1 or not _may_follow(parse):
        return None
    return named[0] if words <= _ASPECTS[named[0]] | ASPECT_FILLERS else None


def is_slot_only(parse: Parse, topic: str) -> bool:
    """Say whether an utterance names a situation and nothing else that could be asked.

    Beside it may stand that somebody runs or is set as a candidate, where a relative or a stage is named, and one
    word that leads the NLU back to the same topic ("kalau yang ngobrol lurah").

    Args:
        topic: the topic talked about.
    """
    named = {entity.kind for entity in parse.entities} & set(Slot)
    if not named or not _may_follow(parse):
        return False
    others = set(parse.other_words)
    if not others:
        return True
    if others <= CANDIDACY_WORDS and named & {Slot.FAMILY, Slot.STAGE}:
        return True
    return len(others) == 1 and parse.intent in (topic, CHANGED_SITUATION_INTENT)


def _may_follow(parse: Parse) -> bool:
    return parse.words <= MAX_FOLLOW_UP and not parse.values(PRESSURE_ENTITY)
