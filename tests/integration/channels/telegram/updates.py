"""Telegram updates as the platform shapes them, anonymous: one for every kind, by content."""

from typing import Any

Json = dict[str, Any]

PERSON, GROUP, BOT, OTHER_BOT = 5_000_000_011, -1_001_234_567_890, 7, 99
NAME = "sinetral_uji_bot"
DATE = 1_795_498_000
FILE: Json = {"file_id": "A", "file_unique_id": "B", "file_size": 3}
USER: Json = {"id": PERSON, "is_bot": False, "first_name": "Sari", "language_code": "id"}
PRIVATE: Json = {"id": PERSON, "type": "private", "first_name": "Sari"}
SUPERGROUP: Json = {"id": GROUP, "type": "supergroup", "title": "Uji"}
CHANNEL: Json = {"id": -1_009_999_999_999, "type": "channel", "title": "Kanal"}
PHOTO = [FILE | {"width": 90, "height": 90}]
VIDEO = FILE | {"width": 9, "height": 9, "duration": 2}

CONTENTS: dict[str, Json] = {
    "text": {"text": "boleh ga like postingan calon?", "entities": [{"type": "bold", "offset": 0, "length": 5}]},
    "photo": {"photo": PHOTO},
    "photo_with_caption": {"photo": PHOTO, "caption": "boleh foto bareng calon?", "caption_entities": []},
    "album": {"photo": PHOTO, "media_group_id": "13370000000000001", "caption": "boleh?"},
    "sticker": {
        "sticker": FILE | {"width": 5, "height": 5, "type": "regular", "is_animated": False, "is_video": False}
    },
    "voice": {"voice": FILE | {"duration": 3}},
    "audio": {"audio": FILE | {"duration": 3}},
    "video_note": {"video_note": FILE | {"length": 3, "duration": 3}},
    "document": {"document": FILE},
    "video": {"video": VIDEO},
    "animation": {"animation": VIDEO, "document": FILE},
    "live_photo": {"live_photo": {"photo": PHOTO, "video": VIDEO}},
    "paid_media": {"paid_media": {"star_count": 1, "paid_media": [{"type": "preview", "width": 1}]}},
    "contact": {"contact": {"phone_number": "+620000000000", "first_name": "Sari"}},
    "location": {"location": {"latitude": -6.1, "longitude": 106.8, "live_period": 900}},
    "venue": {
        "venue": {"location": {"latitude": -6.1, "longitude": 106.8}, "title": "Balai", "address": "Jalan"},
        "location": {"latitude": -6.1, "longitude": 106.8},
    },
    "poll": {"poll": {"id": "1", "question": "Ya?", "options": [{"text": "Ya", "voter_count": 0}], "type": "regular"}},
    "dice": {"dice": {"emoji": "🎲", "value": 3}},
    "checklist": {"checklist": {"title": "Daftar", "tasks": [{"id": 1, "text": "tanya"}]}},
    "story": {"story": {"chat": CHANNEL, "id": 4}},
    "game": {"game": {"title": "G", "description": "g", "photo": PHOTO}},
    "giveaway": {"giveaway": {"chats": [CHANNEL], "winners_selection_date": DATE, "winner_count": 1}},
    "giveaway_winners": {"giveaway_winners": {"chat": CHANNEL, "giveaway_message_id": 1, "winner_count": 1}},
    "invoice": {"invoice": {"title": "I", "description": "i", "currency": "IDR", "total_amount": 1}},
    "web_app_data": {"web_app_data": {"data": "x", "button_text": "Buka"}},
    "forward": {"text": "teruskan ini", "forward_origin": {"type": "user", "date": DATE, "sender_user": USER}},
    "reply_to_story": {"text": "boleh ini?", "reply_to_story": {"chat": CHANNEL, "id": 4}},
    "pinned_message": {"pinned_message": {"message_id": 1, "date": DATE, "chat": PRIVATE, "text": "x"}},
    "connected_website": {"connected_website": "contoh.go.id"},
    "gift": {"gift": {"gift": {"id": "1"}}},
    "new_kind": {"hologram": {"id": 1}},
    "nothing": {},
}


def message(content: Json, *, chat: Json = PRIVATE, number: int = 41) -> Json:
    return {"message_id": number, "from": USER, "chat": chat, "date": DATE} | content


def update(kind: str, content: Json, number: int = 710_000_001) -> Json:
    return {"update_id": number, kind: content}


def every_kind() -> dict[str, Json]:
    """Return one update of each kind that is read, by name."""
    found = {f"message {name}": update("message", message(content)) for name, content in CONTENTS.items()}
    mention: Json = {
        "text": f"@{NAME} boleh like?",
        "entities": [{"type": "mention", "offset": 0, "length": len(NAME) + 1}],
        "is_topic_message": True,
        "message_thread_id": 5,
    }
    found["group mention"] = update("message", message(mention, chat=SUPERGROUP))
    to_bot = {"message_id": 3, "date": DATE, "chat": SUPERGROUP, "from": {"id": BOT, "is_bot": True, "first_name": "S"}}
    found["group reply"] = update(
        "message", message({"text": "sanksinya?", "reply_to_message": to_bot}, chat=SUPERGROUP)
    )
    found["edited"] = update("edited_message", message({"text": "boleh?", "edit_date": DATE}))
    found["moved live location"] = update("edited_message", message(CONTENTS["location"] | {"edit_date": DATE}))
    shown = {
        "message_id": 3,
        "date": DATE,
        "chat": PRIVATE,
        "text": "x",
        "message_thread_id": 8,
        "is_topic_message": True,
    }
    query: Json = {"id": "77", "from": USER, "chat_instance": "1", "message": shown, "data": "m"}
    found["press"] = update("callback_query", query)
    found["press on an old message"] = update(
        "callback_query", query | {"message": {"message_id": 3, "date": 0, "chat": PRIVATE}}
    )
    bot = {"id": BOT, "is_bot": True, "first_name": "S"}
    member: Json = {"chat": PRIVATE, "from": USER, "date": DATE, "old_chat_member": {"user": bot, "status": "member"}}
    blocked = {"user": bot, "status": "kicked", "until_date": 0}
    found["blocked"] = update("my_chat_member", member | {"new_chat_member": blocked})
    found["migrated to"] = update("message", message({"migrate_to_chat_id": GROUP}, chat={"id": -44, "type": "group"}))
    found["migrated from"] = update("message", message({"migrate_from_chat_id": -44}, chat=SUPERGROUP))
    return found
