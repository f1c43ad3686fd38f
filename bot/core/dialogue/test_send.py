"""A reminder sent to oneself from its test link: pure."""

from dataclasses import replace

from bot.core.campaigns.consent import Subscription
from bot.core.dialogue.conversation import Conversation, Heard, Press
from bot.core.dialogue.decision import Decision, Kind
from bot.core.replies import texts
from bot.core.replies.canned import consent_button
from bot.core.replies.payload import Act, decode
from bot.core.replies.reply import Reply, note, text


def trial_token(heard: Heard) -> str | None:
    """Give the token of a test link that was followed, None for anything else."""
    choice = decode(heard.payload) if isinstance(heard, Press) else None
    return choice.subject if choice is not None and choice.act is Act.TRIAL else None


def decide_trial(conversation: Conversation, current: Subscription | None, message: Reply | str | None) -> Decision:
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
    return Decision(kind=Kind.SMALLTALK, reply=reply, conversation=replace(conversation, options=()))
