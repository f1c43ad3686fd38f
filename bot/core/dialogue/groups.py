"""What is said in a group where a private chat would do something for one person: nothing is kept of a group."""

from dataclasses import replace

from bot.core.dialogue.conversation import Command, TurnInput
from bot.core.dialogue.decision import Decision
from bot.core.dialogue.subscription import is_about_reminders
from bot.core.replies import texts
from bot.core.replies.canned import menu_hint
from bot.core.replies.payload import ActionKind, ButtonAction, encode
from bot.core.replies.reply import Button, Reply, text

PRIVACY_INTENT = "privasi_data"
SUBSCRIBE_BUTTON = Button(label=texts.BUTTON_PRIVATE_REMINDERS, payload=encode(ButtonAction(act=ActionKind.SUBSCRIBE)))
"""Channels write it as the way to the private chat."""


def for_group(decision: Decision, heard: TurnInput) -> Decision:
    """Return what is decided in a group: reminders, erasing and stopping are matters of the private chat."""
    if is_about_reminders(heard):
        return replace(decision, reply=Reply(paragraphs=(text(texts.GROUP_REMINDERS),), buttons=(SUBSCRIBE_BUTTON,)))
    if decision.erase:
        # Under the group's id only what is owed to others could be erased.
        return replace(decision, reply=menu_hint(texts.GROUP_ERASE), erase=False)
    if decision.withdraw:
        return replace(decision, reply=menu_hint(texts.GROUP_STOP), withdraw=False)
    if heard is Command.PRIVACY or decision.intent == PRIVACY_INTENT:
        reply = decision.reply
        return replace(decision, reply=replace(reply, paragraphs=(*reply.paragraphs, text(texts.GROUP_PRIVACY))))
    return decision
