"""What Telegram accepts: each method's parameters, texts, keyboards, commands."""

import json
import re
from typing import Any

from tests.fakes.telegram.html import cannot_parse, parse_html, trim, utf16_length
from tests.fakes.telegram.types import Json, bad_request

# python-telegram-bot constants: MessageLimit, InlineKeyboardButtonLimit, InlineKeyboardMarkupLimit, BotCommandLimit,
# BotDescriptionLimit, CallbackQueryLimit, SetWebhookLimit.
TEXT_UNITS = 4096
CALLBACK_BYTES = 64
BUTTONS = 100
BUTTONS_IN_ROW = 8
COMMANDS = 100
COMMAND_DESCRIPTION = 256
DESCRIPTION = 512
SHORT_DESCRIPTION = 120
ALERT_TEXT = 200

# Name, "!" if it must be there, and its type. A parameter that is not named here is refused, deprecated ones included.
SIGNATURES = {
    "getMe": "",
    "getUpdates": "offset:integer limit:integer timeout:integer allowed_updates:json",
    "setWebhook": (
        "url!:string certificate:file ip_address:string max_connections:integer allowed_updates:json "
        "drop_pending_updates:boolean secret_token:string"
    ),
    "deleteWebhook": "drop_pending_updates:boolean",
    "getWebhookInfo": "",
    "setMyCommands": "commands!:json scope:json language_code:string",
    "deleteMyCommands": "scope:json language_code:string",
    "getMyCommands": "scope:json language_code:string",
    "setMyDescription": "description:string language_code:string",
    "setMyShortDescription": "short_description:string language_code:string",
    "getMyDescription": "language_code:string",
    "getMyShortDescription": "language_code:string",
    "sendMessage": (
        "chat_id!:chat text!:string parse_mode:string entities:json link_preview_options:json reply_markup:json "
        "reply_parameters:json message_thread_id:integer disable_notification:boolean protect_content:boolean "
        "allow_paid_broadcast:boolean message_effect_id:string business_connection_id:string "
        "direct_messages_topic_id:integer suggested_post_parameters:json"
    ),
    "editMessageText": (
        "chat_id!:chat message_id!:integer text!:string parse_mode:string entities:json link_preview_options:json "
        "reply_markup:json business_connection_id:string"
    ),
    "editMessageReplyMarkup": "chat_id!:chat message_id!:integer reply_markup:json business_connection_id:string",
    "sendChatAction": "chat_id!:chat action!:string message_thread_id:integer business_connection_id:string",
    "answerCallbackQuery": ("callback_query_id!:string text:string show_alert:boolean url:string cache_time:integer"),
    "deleteMessage": "chat_id!:chat message_id!:integer",
}
UPDATE_KINDS = frozenset(
    [
        "message",
        "edited_message",
        "channel_post",
        "edited_channel_post",
        "business_connection",
        "business_message",
        "edited_business_message",
        "deleted_business_messages",
        "message_reaction",
        "message_reaction_count",
        "guest_message",
        "managed_bot",
        "inline_query",
        "chosen_inline_result",
        "callback_query",
        "shipping_query",
        "pre_checkout_query",
        "purchased_paid_media",
        "poll",
        "poll_answer",
        "my_chat_member",
        "chat_member",
        "chat_join_request",
        "chat_boost",
        "removed_chat_boost",
    ]
)
# Telegram sends these only when asked. Source: Bot API, getUpdates, allowed_updates.
ONLY_WHEN_ASKED = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
CHAT_ACTIONS = frozenset(
    [
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    ]
)
BUTTON_ACTIONS = frozenset(
    [
        "url",
        "callback_data",
        "web_app",
        "login_url",
        "switch_inline_query",
        "switch_inline_query_current_chat",
        "switch_inline_query_chosen_chat",
        "copy_text",
        "callback_game",
        "pay",
    ]
)
BUTTON_LOOKS = frozenset({"text", "style", "icon_custom_emoji_id"})
MISSING = {"chat_id": "chat_id is empty", "text": "message text is empty"}


def signature(method: str) -> dict[str, tuple[str, bool]]:
    """Return each parameter's type, and whether it must be there."""
    pairs = (item.split(":") for item in SIGNATURES[method].split())
    return {name.rstrip("!"): (kind, name.endswith("!")) for name, kind in pairs}


def read_params(method: str, given: Json) -> Json:
    """Turn what arrived, strings or JSON, into typed values; refuse what is unknown, missing or of a wrong type."""
    known = signature(method)
    for name in given:
        if name not in known:
            raise bad_request(f'unknown parameter "{name}" of method {method}')
    for name, (_, required) in known.items():
        if required and given.get(name) in (None, ""):
            raise bad_request(MISSING.get(name, f'parameter "{name}" is required'))
    return {name: _typed(name, known[name][0], value) for name, value in given.items()}


def _typed(name: str, kind: str, value: object) -> object:
    if kind == "integer" or (kind == "chat" and not str(value).startswith("@")):
        return _integer(name, value)
    if kind == "boolean":
        return _boolean(name, value)
    if kind == "json":
        return _object(name, value)
    if not isinstance(value, str):
        raise bad_request(f'parameter "{name}" must be a string')
    if any(0xD800 <= ord(character) <= 0xDFFF for character in value):
        raise bad_request("strings must be encoded in UTF-8")
    return value


def _integer(name: str, value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,19}", value):
        return int(value)
    raise bad_request(f'parameter "{name}" must be an integer')


def _boolean(name: str, value: object) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).lower() in {"true", "false", "1", "0"}:
        return str(value).lower() in {"true", "1"}
    raise bad_request(f'parameter "{name}" must be true or false')


def _object(name: str, value: object) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError as error:
        raise bad_request(f"can't parse {name} JSON object") from error


def read_text(params: Json) -> tuple[str, list[Json]]:
    """Return the text as people see it with its entities.

    Raises:
        ApiError: empty, over 4,096 units after parsing, or markup that cannot be parsed.
    """
    mode = params.get("parse_mode", "")
    entities: list[Json] = []
    text: str = params["text"]
    if mode.lower() == "html":
        text, entities = parse_html(text)
    elif mode:
        # Markdown is not imitated: an escape that Telegram refuses would pass unseen.
        raise bad_request(f"unsupported parse_mode {mode!r} (this fake knows HTML)")
    elif "entities" in params:
        entities = _given_entities(params["entities"], utf16_length(text))
    text, entities = trim(text, entities)
    if not text:
        raise bad_request("text must be non-empty")
    if utf16_length(text) > TEXT_UNITS:
        raise bad_request("message is too long")
    return text, entities


def _given_entities(value: object, size: int) -> list[Json]:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise cannot_parse("entities must be an array of objects")
    for one in value:
        start, length = one.get("offset"), one.get("length")
        if not (isinstance(one.get("type"), str) and isinstance(start, int) and isinstance(length, int)):
            raise cannot_parse("an entity needs type, offset and length")
        if start < 0 or length < 1 or start + length > size:
            raise cannot_parse(f"entity beyond the text at offset {start}")
    return value


def read_markup(markup: object) -> Json | None:
    """Check a keyboard; returns what the message shows of it: inline keyboards only."""
    if markup is None:
        return None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    kinds = {"inline_keyboard", "keyboard", "remove_keyboard", "force_reply"} & set(markup)
    if len(kinds) != 1:
        raise bad_request("can't parse reply keyboard markup JSON object")
    if kinds != {"inline_keyboard"}:
        return None
    if set(markup) != {"inline_keyboard"}:
        raise bad_request(f"unknown fields in reply markup: {sorted(set(markup) - {'inline_keyboard'})}")
    rows = markup["inline_keyboard"]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request('field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays')
    if sum(map(len, rows)) > BUTTONS:
        raise bad_request("REPLY_MARKUP_BUTTONS_TOO_MUCH")
    if any(len(row) > BUTTONS_IN_ROW for row in rows):
        raise bad_request(f"more than {BUTTONS_IN_ROW} buttons in a row")
    for row in rows:
        for button in row:
            _check_button(button)
    return {"inline_keyboard": rows} if any(rows) else None


def _check_button(button: object) -> None:
    if not isinstance(button, dict):
        raise bad_request("can't parse inline keyboard button: expected an Object")
    label = button.get("text")
    if not isinstance(label, str) or not label.strip():
        raise bad_request('can\'t parse inline keyboard button: field "text" must be non-empty')
    if unknown := set(button) - BUTTON_ACTIONS - BUTTON_LOOKS:
        raise bad_request(f"can't parse inline keyboard button: unknown fields {sorted(unknown)}")
    actions = BUTTON_ACTIONS & set(button)
    if not actions:
        raise bad_request("text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise bad_request("can't parse inline keyboard button: more than one action")
    if "callback_data" in button:
        data = button["callback_data"]
        if not isinstance(data, str) or not 1 <= len(data.encode()) <= CALLBACK_BYTES:
            raise bad_request("BUTTON_DATA_INVALID")
    if "url" in button and not re.match(r"(https?://[^\s/]+|tg://)", str(button["url"])):
        raise bad_request("BUTTON_URL_INVALID")


def read_commands(commands: object) -> list[Json]:
    """Check a list of commands."""
    if not isinstance(commands, list) or not all(isinstance(one, dict) for one in commands):
        raise bad_request("can't parse commands list: expected an Array of BotCommand")
    if len(commands) > COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for one in commands:
        if set(one) != {"command", "description"}:
            raise bad_request("can't parse BotCommand: expected command and description")
        if not re.fullmatch(r"[a-z0-9_]{1,32}", str(one["command"])):
            raise bad_request("BOT_COMMAND_INVALID")
        if not isinstance(one["description"], str) or not 1 <= len(one["description"]) <= COMMAND_DESCRIPTION:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    names = [one["command"] for one in commands]
    if len(set(names)) != len(names):
        raise bad_request("BOT_COMMAND_DUPLICATE")
    return commands


def read_kinds(kinds: object) -> frozenset[str]:
    """Check allowed_updates; an empty list means all but those sent only when asked."""
    if not isinstance(kinds, list) or not all(isinstance(kind, str) for kind in kinds):
        raise bad_request("can't parse allowed_updates: expected an Array of String")
    if unknown := set(kinds) - UPDATE_KINDS:
        raise bad_request(f"unknown kinds in allowed_updates: {sorted(unknown)}")
    return frozenset(kinds) or UPDATE_KINDS - ONLY_WHEN_ASKED
