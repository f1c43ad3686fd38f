"""Message templates: the only thing that may be said on WhatsApp outside a person's 24-hour window."""

from dataclasses import dataclass
from enum import StrEnum

from bot.core.replies import texts

LANGUAGE = "id"
APPROVED = "APPROVED"
UTILITY = "UTILITY"


class TemplateProblem(StrEnum):
    """Why a template may not be used."""

    MISSING = "missing"
    NOT_APPROVED = "not_approved"
    OTHER_SHAPE = "other_shape"
    """Other parameters or buttons than we fill in."""


@dataclass(frozen=True, kw_only=True)
class PlatformTemplate:
    """One template, as the platform knows it."""

    name: str
    language: str
    category: str
    """UTILITY, MARKETING or AUTHENTICATION; the platform may reclassify it."""
    status: str
    """APPROVED, PENDING, REJECTED, PAUSED, DISABLED ..."""
    body: str
    parameters: int
    """How many its body has."""
    buttons: tuple[str, ...] = ()
    """Labels of its quick replies, in order."""


REMINDER = PlatformTemplate(
    name="pengingat_netralitas",
    language=LANGUAGE,
    category=UTILITY,
    status="",
    body=texts.TEMPLATE_REMINDER,
    parameters=3,
    buttons=(texts.BUTTON_EXPLAIN, texts.BUTTON_STOP),
)
"""A reminder of a topic: its title, verdict with its reason, legal basis."""
REMINDER_SHORT = PlatformTemplate(
    name="pengingat_singkat",
    language=LANGUAGE,
    category=UTILITY,
    status="",
    body=texts.TEMPLATE_REMINDER_SHORT,
    parameters=3,
    buttons=(texts.BUTTON_STOP,),
)
"""A reminder in words of its own, behind which there is no topic to explain: title, words, legal basis."""
REOPEN = PlatformTemplate(
    name="jawaban_tertunda",
    language=LANGUAGE,
    category=UTILITY,
    status="",
    body=texts.TEMPLATE_REOPEN,
    parameters=0,
)
"""Asks a person to write again whose answer came too late."""
REQUIRED_TEMPLATES = (REMINDER, REMINDER_SHORT, REOPEN)


def unfit(wanted: PlatformTemplate, known: tuple[PlatformTemplate, ...]) -> TemplateProblem | None:
    """Say why a template may not be used as we would, None when it may."""
    for each in known:
        if (each.name, each.language) == (wanted.name, wanted.language):
            if each.status != APPROVED:
                return TemplateProblem.NOT_APPROVED
            is_same = each.parameters == wanted.parameters and len(each.buttons) == len(wanted.buttons)
            return None if is_same else TemplateProblem.OTHER_SHAPE
    return TemplateProblem.MISSING
