"""The JSON of the Cloud API, without its recipient.

Source: Cloud API reference, messages; limits in `docs/limits.md`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.core.replies import texts
from bot.core.replies.reply import Button
from bot.core.replies.whatsapp_layout import MAX_ROW, WhatsAppMessage

Json = dict[str, Any]


def message_json(message: WhatsAppMessage) -> Json:
    """Return a text, buttons or a list."""
    if not message.buttons:
        return _typed("text", {"body": message.text, "preview_url": False})
    action = _rows(message.buttons) if message.is_list else _buttons(message.buttons)
    kind = "list" if message.is_list else "button"
    return _typed("interactive", {"type": kind, "body": {"text": message.text}, "action": action})


def plain_json(body: Mapping[str, Any]) -> Json | None:
    """Return a message of ours as words alone, its choices as lines; None when it is nothing else already."""
    interactive = body.get("interactive")
    if not isinstance(interactive, Mapping):
        return None
    action = interactive["action"]
    titles = [each["reply"]["title"] for each in action.get("buttons", ())]
    titles += [row["title"] for section in action.get("sections", ()) for row in section["rows"]]
    words = "\n".join([interactive["body"]["text"], "", *(f"• {title}" for title in titles)])
    return _typed("text", {"body": words, "preview_url": False})


def template_json(name: str, language: str, parameters: Sequence[str], payloads: Sequence[str] = ()) -> Json:
    """Return a template with what its body and its quick replies are filled with, in order."""
    components: list[Json] = []
    if parameters:
        filled = [{"type": "text", "text": each} for each in parameters]
        components.append({"type": "body", "parameters": filled})
    components += [
        {
            "type": "button",
            "sub_type": "quick_reply",
            "index": str(number),
            "parameters": [{"type": "payload", "payload": payload}],
        }
        for number, payload in enumerate(payloads)
    ]
    return _typed("template", {"name": name, "language": {"code": language}, "components": components})


def addressed(body: Mapping[str, Any], address: Mapping[str, str], ticket: str = "") -> Json:
    """Return a message to one person.

    Args:
        address: as `Identity.address` gives it.
        ticket: what the platform hands back with every status; none is asked for when empty.
    """
    back = {"biz_opaque_callback_data": ticket} if ticket else {}
    return {**body, **address, **back}


def _typed(kind: str, content: Json) -> Json:
    return {"messaging_product": "whatsapp", "recipient_type": "individual", "type": kind, kind: content}


def _buttons(buttons: Sequence[Button]) -> Json:
    return {"buttons": [{"type": "reply", "reply": {"id": b.payload, "title": b.label}} for b in buttons]}


def _rows(buttons: Sequence[Button]) -> Json:
    rows = [{"id": each.payload, "title": each.label[:MAX_ROW]} for each in buttons]
    return {"button": texts.WHATSAPP_LIST, "sections": [{"title": texts.WHATSAPP_LIST, "rows": rows}]}
