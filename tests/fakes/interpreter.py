"""An NLU that gives the parses it was told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.core.dialogue.conversation import Bands, Entity, IntentScore, Parse, SubQuestion
from bot.core.errors import TemporaryError


def parsed(
    *ranking: tuple[str, float],
    entities: Mapping[str, str] | None = None,
    out_of_scope: float = 0.0,
    words: int = 6,
    others: tuple[str, ...] = ("perbuatan",),
    asking: Sequence[tuple[str, float, float]] = (),
    doubt: float = 0.5,
) -> Parse:
    """Make a parse with one content word of its own; bands are 0.8 and 0.2.

    Args:
        asking: of each question of a message with several: intent, confidence, how likely out of scope.
    """
    return Parse(
        intent_ranking=tuple(IntentScore(intent=intent, confidence=confidence) for intent, confidence in ranking),
        entities=tuple(Entity(kind=kind, value=value) for kind, value in (entities or {}).items()),
        bands=Bands(answer=0.8, clarify=0.2, out_of_scope=0.5),
        out_of_scope=out_of_scope,
        out_of_scope_caution=doubt,
        model="fake-model",
        words=words,
        other_words=others,
        sub_questions=tuple(
            SubQuestion(intent=intent, confidence=confidence, out_of_scope=outside)
            for intent, confidence, outside in asking
        ),
    )


@dataclass
class FakeInterpreter:
    """Returns the parse scripted for a text, and remembers what it was asked."""

    parses: dict[str, Parse] = field(default_factory=dict)
    is_down: bool = False
    asked: list[str] = field(default_factory=list)

    async def parse(self, text: str) -> Parse:
        """Return the scripted parse; an unknown text is out of scope."""
        self.asked.append(text)
        if self.is_down:
            raise TemporaryError("the fake NLU is down")
        return self.parses.get(text, parsed(("di_luar_cakupan", 0.95), out_of_scope=0.95))
