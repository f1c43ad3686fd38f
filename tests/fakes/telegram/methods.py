"""What each method does, once its parameters have their types."""

import json
import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from tests.fakes.telegram import rules
from tests.fakes.telegram.queue import UpdateQueue
from tests.fakes.telegram.rates import Gate
from tests.fakes.telegram.types import ApiError, Json, bad_request
from tests.fakes.telegram.world import Chat, World, quoted

LOOPBACK = {"127.0.0.1", "::1", "localhost"}
# Source: Bot API, setWebhook.
MAX_CONNECTIONS = 100
DEFAULT_CONNECTIONS = 40
# Source: Bot API, deleteMessage.
DELETABLE_SECONDS = 48 * 3600
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


class Methods:
    """Every method but getUpdates, which waits."""

    def __init__(self, world: World, updates: UpdateQueue, gate: Gate, *, has_privacy_mode: bool) -> None:
        self.world = world
        self.updates = updates
        self.gate = gate
        self.webhook: Json = {}
        self.last_error: tuple[int, str] | None = None
        self._reads_all = not has_privacy_mode
        self._table: dict[str, Callable[[Json], Any]] = {
            "getMe": self._get_me,
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "getWebhookInfo": self._webhook_info,
            "setMyCommands": self._set_commands,
            "deleteMyCommands": self._delete_commands,
            "getMyCommands": lambda params: self.world.commands.get(_scope(params), []),
            "setMyDescription": lambda params: self._describe(params, "description", rules.DESCRIPTION),
            "setMyShortDescription": lambda params: self._describe(
                params, "short_description", rules.SHORT_DESCRIPTION
            ),
            "getMyDescription": lambda params: self._described(params, "description"),
            "getMyShortDescription": lambda params: self._described(params, "short_description"),
            "sendMessage": self._send,
            "editMessageText": self._edit_text,
            "editMessageReplyMarkup": self._edit_markup,
            "sendChatAction": self._chat_action,
            "answerCallbackQuery": self._answer_query,
            "deleteMessage": self._delete,
        }

    def call(self, method: str, params: Json) -> Any:
        """Perform a method.

        Raises:
            ApiError: what Telegram would answer instead of a result.
        """
        return self._table[method](params)

    # About the bot

    def _get_me(self, params: Json) -> Json:
        return self.world.bot | {
            "can_join_groups": True,
            "can_read_all_group_messages": self._reads_all,
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }

    def _set_commands(self, params: Json) -> bool:
        self.world.commands[_scope(params)] = rules.read_commands(params["commands"])
        return True

    def _delete_commands(self, params: Json) -> bool:
        self.world.commands.pop(_scope(params), None)
        return True

    def _describe(self, params: Json, name: str, most: int) -> bool:
        text = params.get(name, "")
        if len(text) > most:
            raise bad_request(f"{name} is too long")
        self.world.descriptions[(name, params.get("language_code", ""))] = text
        return True

    def _described(self, params: Json, name: str) -> Json:
        return {name: self.world.descriptions.get((name, params.get("language_code", "")), "")}

    # Webhook

    def _set_webhook(self, params: Json) -> bool:
        url, secret = params["url"], params.get("secret_token", "")
        most = params.get("max_connections", DEFAULT_CONNECTIONS)
        parts = urlsplit(url)
        # Telegram takes https on four ports only; here a webhook is a port of this machine.
        if parts.scheme not in {"http", "https"} or parts.hostname not in LOOPBACK or not parts.port:
            raise bad_request("bad webhook: a URL of loopback with a port must be provided")
        if "secret_token" in params and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
            raise bad_request("secret token contains unallowed characters")
        if not 1 <= most <= MAX_CONNECTIONS:
            raise bad_request("max_connections must be between 1 and 100")
        if "allowed_updates" in params:
            self.updates.allowed = rules.read_kinds(params["allowed_updates"])
        self.webhook = {"url": url, "secret": secret, "max_connections": most}
        self._drop_if_asked(params)
        return True

    def _delete_webhook(self, params: Json) -> bool:
        self.webhook = {}
        self._drop_if_asked(params)
        return True

    def _drop_if_asked(self, params: Json) -> None:
        if params.get("drop_pending_updates"):
            self.updates.forget()

    def _webhook_info(self, params: Json) -> Json:
        info: Json = {
            "url": self.webhook.get("url", ""),
            "has_custom_certificate": False,
            "pending_update_count": len(self.updates.waiting),
            "allowed_updates": sorted(self.updates.allowed),
        }
        if self.webhook:
            info |= {"max_connections": self.webhook["max_connections"], "ip_address": "127.0.0.1"}
        if self.last_error:
            info |= {"last_error_date": self.last_error[0], "last_error_message": self.last_error[1]}
        return info

    # Messages

    def _send(self, params: Json) -> Json:
        text, entities = rules.read_text(params)
        markup = rules.read_markup(params.get("reply_markup"))
        chat = self.world.known(params["chat_id"])
        content: Json = {"text": text} | ({"entities": entities} if entities else {})
        content |= self._thread(chat, params) | self._reply(chat, params)
        content |= {"reply_markup": markup} if markup else {}
        content |= {"has_protected_content": True} if params.get("protect_content") else {}
        self.gate.pass_one("sendMessage", chat.id, is_paid=params.get("allow_paid_broadcast", False))
        return self.world.add_message(self.world.reachable(chat.id), self.world.bot, content)

    def _thread(self, chat: Chat, params: Json) -> Json:
        thread = params.get("message_thread_id")
        if thread is None:
            return {}
        if thread not in chat.threads:
            raise bad_request("message thread not found")
        return {"message_thread_id": thread, "is_topic_message": True}

    def _reply(self, chat: Chat, params: Json) -> Json:
        wanted = params.get("reply_parameters")
        if wanted is None:
            return {}
        if not isinstance(wanted, dict) or not isinstance(wanted.get("message_id"), int):
            raise bad_request("can't parse reply parameters JSON object")
        there = self.world.known(wanted["chat_id"]) if "chat_id" in wanted else chat
        message = there.messages.get(wanted["message_id"])
        if message is None and not wanted.get("allow_sending_without_reply"):
            raise bad_request("message to be replied not found")
        return {"reply_to_message": quoted(message)} if message else {}

    def _edit_text(self, params: Json) -> Json:
        text, entities = rules.read_text(params)
        return self._edit("editMessageText", params, {"text": text} | ({"entities": entities} if entities else {}))

    def _edit_markup(self, params: Json) -> Json:
        return self._edit("editMessageReplyMarkup", params, None)

    def _edit(self, method: str, params: Json, content: Json | None) -> Json:
        markup = rules.read_markup(params.get("reply_markup"))
        chat = self.world.known(params["chat_id"])
        self.gate.pass_one(method, chat.id, is_paid=False)
        old = self.world.own_message(self.world.reachable(chat.id), params["message_id"], "edit")
        shown = ("text", "entities", "reply_markup")
        told = {key: old[key] for key in shown[:2] if key in old} if content is None else content
        told = told | ({"reply_markup": markup} if markup else {})
        if told == {key: old[key] for key in shown if key in old}:
            raise bad_request(
                "message is not modified: specified new message content and reply markup are exactly the same as a "
                "current content and reply markup of the message"
            )
        kept = {key: value for key, value in old.items() if key not in shown}
        chat.messages[params["message_id"]] = kept | told | {"edit_date": int(time.time())}
        return chat.messages[params["message_id"]]

    def _delete(self, params: Json) -> bool:
        chat = self.world.reachable(params["chat_id"])
        message = chat.messages.get(params["message_id"])
        if message is None:
            raise bad_request("message to delete not found")
        is_others = message["from"]["id"] != self.world.bot["id"] and chat.is_group
        if is_others or message["date"] < time.time() - DELETABLE_SECONDS:
            raise bad_request("message can't be deleted")
        del chat.messages[params["message_id"]]
        return True

    def _chat_action(self, params: Json) -> bool:
        if params["action"] not in rules.CHAT_ACTIONS:
            raise bad_request("wrong parameter action in request")
        chat = self.world.known(params["chat_id"])
        self._thread(chat, params)
        self.gate.pass_one("sendChatAction", chat.id, is_paid=False)
        self.world.reachable(chat.id)
        return True

    def _answer_query(self, params: Json) -> bool:
        if len(params.get("text", "")) > rules.ALERT_TEXT:
            raise bad_request("MESSAGE_TOO_LONG")
        query = self.world.queries.get(params["callback_query_id"])
        if query is None or query.is_answered or time.monotonic() - query.at > self.world.query_life:
            raise bad_request(TOO_OLD)
        query.is_answered = True
        return True


def unknown_method() -> ApiError:
    """Make the answer to a method that is not there."""
    return ApiError(404, "Not Found: method not found")


def _scope(params: Json) -> tuple[str, str]:
    return json.dumps(params.get("scope", {"type": "default"}), sort_keys=True), params.get("language_code", "")
