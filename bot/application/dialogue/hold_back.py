"""Say nothing where a button was pressed again, and where two machines would answer each other for ever."""

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from bot.application.ports import Unit
from bot.core.dialogue.conversation import Command, Conversation, Press, Pressed, Search, TurnInput
from bot.core.dialogue.decision import Decision, DecisionKind
from bot.core.dialogue.loop_guard import Exchange, LoopState, Spoken, judge, without_numbers
from bot.core.replies.canned import no_more_for_now
from bot.core.replies.payload import ActionKind, decode
from bot.core.replies.reply import Reply, as_text
from bot.core.vocabulary import Unreadable

if TYPE_CHECKING:
    from bot.application.dialogue.handle_message import IncomingTurn

SAME_PRESS_SECONDS = 10
"""A button pressed again within so many seconds was pressed by an impatient thumb."""
SECONDS_A_MINUTE = 60


def is_pressed_again(unit: Unit, turn: "IncomingTurn", conversation: Conversation, now: datetime) -> bool:
    """Return whether the last thing that was done is the same press of the same button, seconds ago."""
    last = conversation.pressed
    if last is None or not isinstance(turn.heard, Press):
        return False
    is_same = last.button == _button(unit, turn, turn.heard)
    return is_same and 0 <= int(now.timestamp()) - last.second < SAME_PRESS_SECONDS


def is_to_be_obeyed(heard: TurnInput) -> bool:
    """Return whether it ends or erases what is kept of a person: that is done however often it is asked."""
    if isinstance(heard, Press):
        choice = decode(heard.payload)
        return choice is not None and choice.act is ActionKind.STOP
    return isinstance(heard, Command) and heard in (Command.ERASE, Command.STOP)


def nothing_said(conversation: Conversation) -> Decision:
    """Return the decision to say and count nothing."""
    return Decision(kind=DecisionKind.SMALLTALK, reply=Reply(paragraphs=()), conversation=conversation, is_silent=True)


def held_back(unit: Unit, turn: "IncomingTurn", before: Conversation, decision: Decision, now: datetime) -> Decision:
    """Return the decision as it is said to a person, or one sentence and then nothing to a machine.

    Args:
        before: what was remembered before this turn.
    """
    if isinstance(turn.heard, Press):
        # Machines write; whoever presses a button is no machine.
        pressed = Pressed(button=_button(unit, turn, turn.heard), second=int(now.timestamp()))
        return _remembering(decision, loop=LoopState(), pressed=pressed)
    if decision.feedback is not None:
        return _remembering(decision, loop=before.loop, pressed=None)
    spoken, loop = judge(before.loop, _exchange(unit, turn, decision, now))
    if spoken is Spoken.SAY:
        return _remembering(decision, loop=loop, pressed=None)
    if decision.erase or decision.withdraw:
        return replace(_remembering(decision, loop=loop, pressed=None), is_silent=spoken is Spoken.SILENT)
    unchanged = replace(before, loop=loop, pressed=None)
    if spoken is Spoken.SILENT:
        return nothing_said(unchanged)
    return Decision(kind=DecisionKind.SMALLTALK, reply=no_more_for_now(), conversation=unchanged)


def _remembering(decision: Decision, *, loop: LoopState, pressed: Pressed | None) -> Decision:
    return replace(decision, conversation=replace(decision.conversation, loop=loop, pressed=pressed))


def _exchange(unit: Unit, turn: "IncomingTurn", decision: Decision, now: datetime) -> Exchange:
    written = turn.said if turn.said is not None else f"[{type(turn.heard).__name__} {turn.heard}]"
    words, reply = without_numbers(written), as_text(decision.reply)
    is_down = turn.heard is Unreadable.NLU_DOWN
    is_unanswered = decision.kind is DecisionKind.FALLBACK and decision.topic is None and not is_down
    is_courtesy = decision.kind in (DecisionKind.SMALLTALK, DecisionKind.REFUSE) and not isinstance(
        turn.heard, Command | Search
    )
    return Exchange(
        words=unit.mark(turn.channel, turn.person, words),
        # While the NLU is down every question gets the same reply, and none of the askers is a machine by that.
        reply=unit.mark(turn.channel, turn.person, f"{words} {reply}" if is_down else reply),
        minute=int(now.timestamp()) // SECONDS_A_MINUTE,
        is_unanswered=is_unanswered,
        is_idle=is_unanswered or is_courtesy,
    )


def _button(unit: Unit, turn: "IncomingTurn", press: Press) -> str:
    return unit.mark(turn.channel, turn.person, f"{press.payload} {turn.about_message or ''}")
