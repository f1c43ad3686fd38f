"""A reminder sent to oneself from its test link: pure."""

from dataclasses import replace

from bot.core.campaigns.consent import ReminderPreferences
from bot.core.dialogue.conversation import Conversation, Press, TurnInput
from bot.core.dialogue.decision import Decision, DecisionKind
from bot.core.replies import texts
from bot.core.replies.canned import consent_button
from bot.core.replies.payload import ActionKind, decode
from bot.core.replies.reply import Reply, note, text


def test_link_token(heard: TurnInput) -> str | None:
    """Return the token of a test link that was followed, None for anything else."""
    choice = decode(heard.payload) if isinstance(heard, Press) else None
    return choice.target if choice is not None and choice.act is ActionKind.TRIAL else None


def decide_test_send(
    conversation: Conversation, current: ReminderPreferences | None, message: Reply | str | None
) -> Decision:
    """Show a reminder to whoever followed its test link.

    Args:
        current: the person's consent; without one nothing that looks like a reminder is sent.
        message: a word on why it cannot be sent stands in its place; None: the link is none of today's.
    """
    if message is None:
        reply = Reply(paragraphs=(text(texts.TRIAL_UNKNOWN),))
    elif current is None:
        reply = Reply(paragraphs=(text(texts.TRIAL_NO_CONSENT),), buttons=(consent_button(),))
    elif isinstance(message, str):
        reply = Reply(paragraphs=(text(texts.TRIAL_NOT_NOW.format(why=message)),))
    else:
        reply = replace(message, paragraphs=(note(texts.TRIAL), *message.paragraphs))
    return Decision(kind=DecisionKind.SMALLTALK, reply=reply, conversation=replace(conversation, options=()))
