"""One table of what WhatsApp delivers, and what is done with each: words, a sentence, or silence on purpose.

Source: Cloud API, webhooks reference of `messages` and of the other fields (read 2026-12-01).
"""

from collections.abc import Mapping
from typing import Any, Final

from bot.core.messaging.dead_letters import OTHER, Shape
from bot.core.vocabulary import Unreadable

WORDS = frozenset({"text", "interactive", "button", "reaction", "request_welcome", "edit"})
"""Answered by what they say: a text, a pressed button or row, a thumb, the first opening of the chat, new words."""
SENTENCES: Final[Mapping[str, Unreadable]] = {
    "image": Unreadable.PICTURE,
    "video": Unreadable.PICTURE,
    "document": Unreadable.PICTURE,
    "audio": Unreadable.VOICE,
    "voice": Unreadable.VOICE,
    "sticker": Unreadable.STICKER,
    "location": Unreadable.UNSUPPORTED,
    "contacts": Unreadable.UNSUPPORTED,
    "order": Unreadable.UNSUPPORTED,
    "unsupported": Unreadable.UNSUPPORTED,
    "unknown": Unreadable.UNSUPPORTED,
}
"""Answered by their caption where they have one, else by one sentence. So is a type that stands nowhere here."""
SILENT = frozenset({"system", "revoke", "ephemeral"})
"""What nobody wrote to us; a number that changed ends what is kept under it."""

READ_FIELDS = frozenset({"messages", "user_preferences"})
SILENT_FIELDS = frozenset(
    {
        "account_alerts", "account_review_update", "account_settings_update", "account_update",
        "business_capability_update", "business_status_update", "calls", "flows", "group_lifecycle_update",
        "group_participants_update", "group_settings_update", "group_status_update", "history",
        "message_echoes", "message_template_components_update", "message_template_quality_update",
        "message_template_status_update", "partner_solutions", "payment_configuration_update",
        "phone_number_name_update", "phone_number_quality_update", "security", "smb_app_state_sync",
        "smb_message_echoes", "standby", "template_category_update", "template_correct_category_detection",
        "tracking_events", "user_id_update",
    }
)  # fmt: skip
"""What is told about the account, or about other apps' messages: silence; templates are read at intervals."""

_BESIDE = frozenset(
    {
        "context", "errors", "from", "from_user_id", "from_parent_user_id", "group_id", "id", "identity", "referral",
        "timestamp", "type", "user_id",
    }
)  # fmt: skip
_UPPER = frozenset({"object", "entry", "changes", "field", "value", "metadata", "contacts", "messages", "statuses"})
_DOCUMENTED = WORDS | frozenset(SENTENCES) | SILENT | _BESIDE | _UPPER


def shape_of(told: Any) -> Shape:
    """Describe a message, or a whole body, by documented names alone."""
    if not isinstance(told, Mapping):
        return Shape(kind=OTHER)
    keys = tuple(sorted({name if name in _DOCUMENTED else OTHER for name in told}))
    if "entry" in told or "changes" in told or "value" in told or "metadata" in told:
        return Shape(kind="webhook", keys=keys)
    kind = told.get("type")
    is_known = isinstance(kind, str) and kind in WORDS | frozenset(SENTENCES) | SILENT
    return Shape(kind=f"message.{kind}" if is_known else f"message.{OTHER}", keys=keys)
