"""Answer lines of JSON, each conversation in its own order, without writing anything."""

import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from bot.application.dialogue.handle_message import interpret
from bot.application.dialogue.transcript import to_json
from bot.application.ports import Interpreter
from bot.core.dialogue.conversation import Conversation
from bot.core.dialogue.policy import decide
from bot.core.errors import InvalidInputError
from bot.core.guidance.book import GuidanceBook
from bot.core.vocabulary import Stage


@dataclass(frozen=True, kw_only=True)
class InputLine:
    """One line, read."""

    text: str
    conversation: str | None
    """None: a fresh conversation for this line alone."""


@dataclass(kw_only=True)
class AskLines:
    """Remembers the conversations of one run, in memory only."""

    interpreter: Interpreter
    guidance: GuidanceBook
    stage: Stage | None
    now: datetime
    has_errors: bool = False
    _conversations: dict[str, Conversation] = field(default_factory=dict)

    async def answer(self, lines: Iterable[str]) -> AsyncIterator[dict[str, object]]:
        """Return one object a line, in order; a malformed line gives an error in its place."""
        for number, line in enumerate(lines, start=1):
            try:
                question = read_question(line)
            except InvalidInputError as error:
                self.has_errors = True
                yield {"error": str(error), "line": number}
            else:
                yield await self._answer(question)

    async def _answer(self, question: InputLine) -> dict[str, object]:
        name = question.conversation
        conversation = self._conversations.get(name, Conversation()) if name is not None else Conversation()
        heard = await interpret(self.interpreter, question.text)
        decision = decide(conversation, heard, self.guidance, self.stage, self.now)
        if name is not None:
            self._conversations[name] = decision.conversation
        return to_json(question.text, decision)


def read_question(line: str) -> InputLine:
    """Read one line.

    Raises:
        InvalidInputError: saying what is wrong, without repeating the line.
    """
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        raise InvalidInputError("not JSON") from None
    if not isinstance(fields, dict) or not isinstance(fields.get("text"), str):
        raise InvalidInputError('expected {"text": str, "conversation": str?}')
    conversation = fields.get("conversation")
    if conversation is not None and not isinstance(conversation, str):
        raise InvalidInputError('"conversation" must be a string')
    return InputLine(text=fields["text"], conversation=conversation)
