"""Remember which sent message holds which answer, so that a thumb belongs to the answer that it stands under."""

import json
from dataclasses import replace
from datetime import datetime

from bot.application.messaging.ports import Message
from bot.application.ports import Unit
from bot.core.dialogue.decision import Decision, DecisionKind
from bot.core.dialogue.votes import Answered, ShownAnswer, with_shown

ANSWER = "answer"
"""The key that stands beside a channel's own ones in a message that holds an answer."""


def with_answer(payload: bytes, decision: Decision) -> bytes:
    """Return a message to send with the answer that it holds; as it was where it holds none.

    What channels write are JSON objects of which they read their own keys.
    """
    if decision.kind is not DecisionKind.ANSWER or decision.topic is None or decision.version is None:
        return payload
    message = _object(payload)
    return payload if message is None else json.dumps(message | {ANSWER: [decision.topic, decision.version]}).encode()


def answer_of(payload: bytes) -> Answered | None:
    """Return the answer that a message holds, None when it holds none."""
    match (_object(payload) or {}).get(ANSWER):
        case [str(topic), int(version)]:
            return Answered(topic=topic, version=version)
    return None


async def note_shown(unit: Unit, message: Message, person: str, platform_id: str, now: datetime) -> None:
    """Remember in the conversation that a message was sent, under the platform's own id, when it holds an answer.

    Nothing is remembered of a conversation that was erased, or has ended meanwhile.

    Args:
        person: the channel's own id of the conversation.
    """
    answer = answer_of(message.payload)
    if answer is None:
        return
    conversation = await unit.load_conversation(message.channel, person, now)
    if conversation.topic is None:
        return
    mark = unit.mark(message.channel, person, platform_id)
    shown = with_shown(conversation.shown, ShownAnswer(message=mark, topic=answer.topic, version=answer.version))
    await unit.save_conversation(message.channel, person, replace(conversation, shown=shown), now)


def _object(payload: bytes) -> dict[str, object] | None:
    try:
        found = json.loads(payload)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
