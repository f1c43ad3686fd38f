"""What a conversation remembers besides its topic, as JSON to be sealed; hashes and ids, never words."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from bot.core.dialogue.conversation import Conversation, Pressed
from bot.core.dialogue.loop_guard import Exchange, LoopState
from bot.core.dialogue.votes import ShownAnswer, Vote


def memory_to_json(conversation: Conversation) -> dict[str, Any]:
    """Return votes, shown answers and what tells machines from people; nothing for what there is none of."""
    loop, pressed = conversation.loop, conversation.pressed
    found = {
        "votes": [[each.topic, each.version, each.helpful, each.day.isoformat()] for each in conversation.votes],
        "shown": [[each.message, each.topic, each.version] for each in conversation.shown],
        "loop": [[e.words, e.reply, e.minute, e.is_unanswered, e.is_idle] for e in loop.exchanges],
        "quiet_at": loop.quiet_at,
        "pressed": [pressed.button, pressed.second] if pressed is not None else None,
    }
    return {name: value for name, value in found.items() if value}


def memory_from_json(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a `Conversation`; an older release left them out.

    Raises:
        ValueError: or `TypeError`, for what this release did not write.
    """
    pressed = state.get("pressed")
    exchanges = tuple(
        Exchange(words=words, reply=reply, minute=minute, is_unanswered=unanswered, is_idle=idle)
        for words, reply, minute, unanswered, idle in state.get("loop", ())
    )
    return {
        "votes": tuple(
            Vote(topic=topic, version=version, helpful=helpful, day=date.fromisoformat(day))
            for topic, version, helpful, day in state.get("votes", ())
        ),
        "shown": tuple(
            ShownAnswer(message=message, topic=topic, version=version)
            for message, topic, version in state.get("shown", ())
        ),
        "loop": LoopState(exchanges=exchanges, quiet_at=state.get("quiet_at")),
        "pressed": Pressed(button=pressed[0], second=pressed[1]) if pressed is not None else None,
    }
