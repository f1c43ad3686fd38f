"""One table of what a Telegram update may hold, and what is done with each: words, a sentence, or silence on purpose.

Source: Bot API 9.x, `Update` and `Message`; a test holds the table against python-telegram-bot's own lists.
"""

from collections.abc import Mapping
from typing import Any, Final

from bot.core.messaging.dead_letters import OTHER, Shape
from bot.core.vocabulary import Unreadable

READ_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
"""What is asked for and read."""
SILENT_UPDATES = frozenset(
    {
        # Channels, inline mode, payments, polls, stars, other members: nothing that this bot takes part in.
        "channel_post", "edited_channel_post", "inline_query", "chosen_inline_result", "shipping_query",
        "pre_checkout_query", "poll", "poll_answer", "chat_member", "chat_join_request", "chat_boost",
        "removed_chat_boost", "message_reaction", "message_reaction_count", "business_connection",
        "business_message", "edited_business_message", "deleted_business_messages", "purchased_paid_media",
        "managed_bot", "guest_message",
    }
)  # fmt: skip
"""What is not asked for; when it comes nevertheless, only its id is kept."""

WORDS = ("text", "caption")
"""What a person wrote: answered, whatever else the message holds."""
SENTENCES: Final[Mapping[str, Unreadable]] = {
    "sticker": Unreadable.STICKER,
    "voice": Unreadable.VOICE,
    "audio": Unreadable.VOICE,
    "video_note": Unreadable.VOICE,
    "photo": Unreadable.PICTURE,
    "document": Unreadable.PICTURE,
    "video": Unreadable.PICTURE,
    "animation": Unreadable.PICTURE,
    "live_photo": Unreadable.PICTURE,
    "paid_media": Unreadable.PICTURE,
    "contact": Unreadable.UNSUPPORTED,
    "location": Unreadable.UNSUPPORTED,
    "venue": Unreadable.UNSUPPORTED,
    "poll": Unreadable.UNSUPPORTED,
    "dice": Unreadable.UNSUPPORTED,
    "checklist": Unreadable.UNSUPPORTED,
    "story": Unreadable.UNSUPPORTED,
    "game": Unreadable.UNSUPPORTED,
    "giveaway": Unreadable.UNSUPPORTED,
    "giveaway_winners": Unreadable.UNSUPPORTED,
    "invoice": Unreadable.UNSUPPORTED,
    "passport_data": Unreadable.UNSUPPORTED,
    "web_app_data": Unreadable.UNSUPPORTED,
}
"""What a person sends and this bot cannot read: one sentence. So does a kind that stands nowhere here."""
SERVICE = frozenset(
    {
        "boost_added", "channel_chat_created", "chat_background_set", "chat_owner_changed", "chat_owner_left",
        "chat_shared", "checklist_tasks_added", "checklist_tasks_done", "connected_website", "delete_chat_photo",
        "direct_message_price_changed", "forum_topic_closed", "forum_topic_created", "forum_topic_edited",
        "forum_topic_reopened", "general_forum_topic_hidden", "general_forum_topic_unhidden", "gift",
        "gift_upgrade_sent", "giveaway_completed", "giveaway_created", "group_chat_created", "left_chat_member",
        "managed_bot_created", "message_auto_delete_timer_changed", "migrate_from_chat_id", "migrate_to_chat_id",
        "new_chat_members", "new_chat_photo", "new_chat_title", "paid_message_price_changed", "pinned_message",
        "poll_option_added", "poll_option_deleted", "proximity_alert_triggered", "refunded_payment",
        "successful_payment", "suggested_post_approval_failed", "suggested_post_approved",
        "suggested_post_declined", "suggested_post_paid", "suggested_post_refunded", "supergroup_chat_created",
        "unique_gift", "users_shared", "video_chat_ended", "video_chat_participants_invited",
        "video_chat_scheduled", "video_chat_started", "write_access_allowed",
    }
)  # fmt: skip
"""What Telegram itself announces: silence; `migrate_...` moves what is kept of the conversation."""
BESIDE = frozenset(
    {
        "message_id", "message_thread_id", "direct_messages_topic", "from", "sender_chat", "sender_boost_count",
        "sender_business_bot", "sender_tag", "date", "guest_query_id", "guest_bot_caller_chat",
        "guest_bot_caller_user", "business_connection_id", "chat", "forward_origin", "is_topic_message",
        "is_automatic_forward", "reply_to_message", "external_reply", "quote", "reply_to_story",
        "reply_to_checklist_task_id", "reply_to_poll_option_id", "via_bot", "edit_date", "has_protected_content",
        "is_from_offline", "is_paid_post", "media_group_id", "author_signature", "paid_star_count", "entities",
        "link_preview_options", "suggested_post_info", "effect_id", "caption_entities", "show_caption_above_media",
        "has_media_spoiler", "reply_markup",
    }
)  # fmt: skip
"""What says something about a message and is no content of its own."""

_UPDATE_KINDS = frozenset(READ_UPDATES) | SILENT_UPDATES
_CONTENTS = (*WORDS, *SENTENCES, *sorted(SERVICE))
_QUERY = frozenset({"id", "message", "inline_message_id", "chat_instance", "data", "game_short_name"})
_MEMBERSHIP = frozenset({"old_chat_member", "new_chat_member", "invite_link"})
_DOCUMENTED = {"update_id", *_UPDATE_KINDS, *_CONTENTS, *BESIDE, *_QUERY, *_MEMBERSHIP}


def shape_of(update: Any) -> Shape:
    """Describe an update by documented names alone: what it is, and what stands at its two upper levels."""
    if not isinstance(update, Mapping):
        return Shape(kind=OTHER)
    kind = next((each for each in (*READ_UPDATES, *sorted(SILENT_UPDATES)) if each in update), OTHER)
    inner = update.get(kind)
    names = {*update, *inner} if isinstance(inner, Mapping) else {*update}
    content = next((each for each in _CONTENTS if isinstance(inner, Mapping) and each in inner), None)
    keys = {name if name in _DOCUMENTED else OTHER for name in names}
    return Shape(kind=f"{kind}.{content}" if content else kind, keys=tuple(sorted(keys)))
