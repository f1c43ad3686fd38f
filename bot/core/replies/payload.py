"""What a button stands for, as the short text that channels hand back."""

from dataclasses import dataclass
from enum import StrEnum


class ActionKind(StrEnum):
    """The kinds of button; the value is the payload's first part."""

    TOPIC = "t"
    EXPLAIN = "p"
    SANCTION = "s"
    LEGAL_BASIS = "d"
    EXCEPTION = "k"
    VARIANT = "v"
    HELPFUL = "y"
    UNHELPFUL = "n"
    MENU = "m"
    GROUP = "g"
    NONE_OF_THESE = "x"
    PRIVACY = "i"
    SUBSCRIBE = "l"
    """Show the question for consent, or what was chosen; the subject is an agency's code."""
    CONSENT = "c"
    """Agree to reminders; the subject is an agency's code."""
    SETTING = "a"
    """Choose one thing about reminders; the subject is `zone-`, `stage-`, `role-` or `agency-` and a value."""
    STOP = "b"
    MORE = "o"
    """Show the further choices of an answer, where a channel has few buttons; the subject is a topic."""
    TRIAL = "u"
    """Send oneself the reminder of a campaign; the subject is the token of its test link."""


NUMBERED = frozenset({ActionKind.VARIANT, ActionKind.HELPFUL, ActionKind.UNHELPFUL})


@dataclass(frozen=True, kw_only=True)
class ButtonAction:
    """A decoded button."""

    act: ActionKind
    target: str = ""
    """A topic or group id; empty where the act needs none."""
    number: int = 0
    """The variant's place in the answer, from 0; for feedback the version that was shown, from 1."""


def encode(choice: ButtonAction) -> str:
    """Return the payload, ASCII and at most 64 bytes (`docs/limits.md`) for every id of a topic."""
    number = f":{choice.number}" if choice.act in NUMBERED else ""
    return f"{choice.act.value}:{choice.target}{number}" if choice.target else choice.act.value


def decode(payload: str) -> ButtonAction | None:
    """Read a payload back; None for anything that no button of ours holds."""
    parts = payload.split(":")
    try:
        act = ActionKind(parts[0])
        number = int(parts[2]) if len(parts) > 2 else 0
    except ValueError:
        return None
    if len(parts) > 3 or number < 0:
        return None
    return ButtonAction(act=act, target=parts[1] if len(parts) > 1 else "", number=number)
