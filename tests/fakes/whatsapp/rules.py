"""What Meta's Graph API refuses of a message, by its documented limits (`docs/limits.md`)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
WRONG = 100
NOT_VALID = 131009
NO_TEMPLATE = 132001
OTHER_COUNT = 132000
BAD_PARAMETER = 132018
MESSAGE_FIELDS = frozenset(
    {"messaging_product", "recipient_type", "to", "recipient", "type", "context", "biz_opaque_callback_data"}
)


class RefusalError(Exception):
    """What the API answers instead."""

    def __init__(self, code: int, message: str, status: int = 400) -> None:
        super().__init__(f"({code}) {message}")
        self.code, self.message, self.status = code, message, status


@dataclass(frozen=True, kw_only=True)
class Template:
    """An approved template."""

    name: str
    language: str
    body: str
    buttons: tuple[str, ...] = ()
    status: str = "APPROVED"
    category: str = "UTILITY"

    @property
    def parameters(self) -> int:
        return len(set(re.findall(r"\{\{\w+\}\}", self.body)))

    def listed(self) -> Json:
        """As the API lists it."""
        components: list[Json] = [{"type": "BODY", "text": self.body}]
        if self.buttons:
            shown = [{"type": "QUICK_REPLY", "text": label} for label in self.buttons]
            components.append({"type": "BUTTONS", "buttons": shown})
        return {
            "name": self.name,
            "language": self.language,
            "status": self.status,
            "category": self.category,
            "components": components,
            "id": f"id-{self.name}",
        }


def check_message(body: Mapping[str, Any], templates: Mapping[tuple[str, str], Template]) -> None:
    """Refuse what the API refuses of a message's shape."""
    _must(body.get("messaging_product") == "whatsapp", "messaging_product must be whatsapp")
    _must(body.get("recipient_type", "individual") == "individual", "recipient_type")
    _must(("to" in body) != ("recipient" in body), "either to or recipient")
    kind = body.get("type", "text")
    _must(kind in {"text", "interactive", "template"}, f"type {kind}")
    unknown = set(body) - MESSAGE_FIELDS - {kind}
    _must(not unknown, f"unexpected {sorted(unknown)}")
    back = body.get("biz_opaque_callback_data", "")
    _must(isinstance(back, str) and len(back) <= 512, "biz_opaque_callback_data")
    content = body.get(kind)
    _must(isinstance(content, dict), f"{kind} is missing")
    assert isinstance(content, dict)
    if kind == "text":
        _string(content.get("body"), 4_096, "text.body")
    elif kind == "interactive":
        _interactive(content)
    else:
        _template(content, templates)


def _interactive(content: Mapping[str, Any]) -> None:
    kind = content.get("type")
    _must(kind in {"button", "list"}, "interactive.type", NOT_VALID)
    _string(content.get("body", {}).get("text"), 1_024, "interactive.body")
    action = content.get("action", {})
    if kind == "button":
        buttons = [each.get("reply", {}) for each in action.get("buttons", []) if each.get("type") == "reply"]
        _must(1 <= len(buttons) <= 3 and len(buttons) == len(action.get("buttons", [])), "1 to 3 buttons", NOT_VALID)
        _named(buttons, title=20, id_=256)
        return
    _string(action.get("button"), 20, "action.button")
    sections = action.get("sections", [])
    _must(1 <= len(sections) <= 10, "1 to 10 sections", NOT_VALID)
    for section in sections:
        _must(len(sections) == 1 or bool(section.get("title")), "a title for each section", NOT_VALID)
        _must(len(section.get("title", "")) <= 24, "section title", NOT_VALID)
    rows = [row for section in sections for row in section.get("rows", [])]
    _must(1 <= len(rows) <= 10, "1 to 10 rows", NOT_VALID)
    for row in rows:
        _must(len(row.get("description", "")) <= 72, "row description", NOT_VALID)
    _named(rows, title=24, id_=200)


def _named(items: list[Json], *, title: int, id_: int) -> None:
    for item in items:
        _string(item.get("title"), title, "title")
        _string(item.get("id"), id_, "id")
        _must("\n" not in item["title"], "title in one line", NOT_VALID)
    _must(len({item["id"] for item in items}) == len(items), "ids must differ", NOT_VALID)
    _must(len({item["title"] for item in items}) == len(items), "titles must differ", NOT_VALID)


def _template(content: Mapping[str, Any], templates: Mapping[tuple[str, str], Template]) -> None:
    found = templates.get((content.get("name", ""), content.get("language", {}).get("code", "")))
    if found is None or found.status != "APPROVED":
        raise RefusalError(NO_TEMPLATE, "Template name does not exist in the translation", 404)
    components = content.get("components", [])
    parameters = [p for each in components if each.get("type") == "body" for p in each.get("parameters", [])]
    if len(parameters) != found.parameters:
        raise RefusalError(OTHER_COUNT, "Number of parameters does not match the expected number of params")
    for each in parameters:
        words = each.get("text", "")
        _string(words, 1_024, "parameter")
        if re.search(r"[\n\t]| {5}", words):
            raise RefusalError(BAD_PARAMETER, "Param text cannot have new-line/tab characters or more than 4 spaces")
    filled = found.body
    for number, each in enumerate(parameters, start=1):
        filled = filled.replace(f"{{{{{number}}}}}", each["text"])
    _must(len(filled) <= 1_024, "template body too long", OTHER_COUNT)
    pressed = [each for each in components if each.get("type") == "button"]
    _must(len(pressed) <= len(found.buttons), "more buttons than the template has", OTHER_COUNT)


def _string(value: Any, most: int, what: str) -> None:
    # Counted as a phone does, in UTF-16 units.
    is_fine = isinstance(value, str) and 0 < len(value.encode("utf-16-le", "replace")) // 2 <= most and value.strip()
    _must(bool(is_fine), f"{what} must have 1 to {most} characters", NOT_VALID)


def _must(is_so: bool, what: str, code: int = WRONG) -> None:
    if not is_so:
        raise RefusalError(code, f"Invalid parameter: {what}")
