"""Telegram's HTML: text and entities, or the error that Telegram gives."""

import html
import re
from dataclasses import dataclass

from tests.fakes.telegram.types import ApiError, Json, bad_request

TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)((?:\s+[A-Za-z-]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>\"']+))?)*)\s*>")
ATTRIBUTE = re.compile(r"([A-Za-z-]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"']+)))?")
# Only these are decoded; other names stay as they are. Source: Bot API, "HTML style".
REFERENCE = re.compile(r"&(?:lt|gt|amp|quot|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});")
TYPES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "a": "text_link",
    "tg-emoji": "custom_emoji",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}


def utf16_length(text: str) -> int:
    """Count UTF-16 code units, Telegram's measure of a text."""
    return len(text.encode("utf-16-le")) // 2


def cannot_parse(reason: str) -> ApiError:
    """Make Telegram's answer to broken markup."""
    return bad_request(f"can't parse entities: {reason}")


@dataclass(frozen=True, kw_only=True)
class Open:
    """A tag that waits for its end."""

    name: str
    at: int  # UTF-16 offset in the parsed text
    attributes: dict[str, str]


def _attributes(source: str) -> dict[str, str]:
    found = ATTRIBUTE.findall(source)
    return {name.lower(): html.unescape(first or second or third) for name, first, second, third in found}


def _opened(name: str, source: str, at: int, offset: int) -> Open:
    attributes = _attributes(source)
    if name not in TYPES:
        raise cannot_parse(f'Unsupported start tag "{name}" at byte offset {offset}')
    if name == "span" and attributes.get("class") != "tg-spoiler":
        raise cannot_parse(f'Tag "span" must have class "tg-spoiler" at byte offset {offset}')
    if name == "tg-emoji" and not attributes.get("emoji-id", "").isdigit():
        raise cannot_parse(f"Invalid custom emoji identifier specified at byte offset {offset}")
    return Open(name=name, at=at, attributes=attributes)


def _entity(tag: Open, end: int) -> Json | None:
    if end == tag.at:
        return None
    entity: Json = {"type": TYPES[tag.name], "offset": tag.at, "length": end - tag.at}
    if tag.name == "a":
        url = tag.attributes.get("href", "")
        return entity | {"url": url} if re.match(r"(https?|tg|mailto|tel):", url) else None
    if tag.name == "tg-emoji":
        return entity | {"custom_emoji_id": tag.attributes["emoji-id"]}
    if tag.name == "blockquote" and "expandable" in tag.attributes:
        return entity | {"type": "expandable_blockquote"}
    return entity


def parse_html(source: str) -> tuple[str, list[Json]]:
    """Return the visible text, not yet trimmed, and its entities in order of their start."""
    parts: list[str] = []
    entities: list[Json] = []
    waiting: list[Open] = []
    position = length = 0
    while position < len(source):
        bracket = source.find("<", position)
        plain = REFERENCE.sub(
            lambda found: html.unescape(found[0]), source[position : bracket if bracket >= 0 else None]
        )
        parts.append(plain)
        length += utf16_length(plain)
        if bracket < 0:
            break
        offset = len(source[:bracket].encode())
        tag = TAG.match(source, bracket)
        if tag is None:
            raise cannot_parse(f"Unsupported or unclosed start tag at byte offset {offset}")
        position = tag.end()
        name = tag[2].lower()
        if not tag[1]:
            waiting.append(_opened(name, tag[3], length, offset))
            continue
        entity = _entity(_closed(waiting, name, offset), length)
        entities += [entity] if entity else []
    if waiting:
        raise cannot_parse(f'Can\'t find end tag corresponding to start tag "{waiting[-1].name}"')
    return "".join(parts), sorted(entities, key=lambda one: (one["offset"], -one["length"]))


def _closed(waiting: list[Open], name: str, offset: int) -> Open:
    if not waiting:
        raise cannot_parse(f"Unexpected end tag at byte offset {offset}")
    if waiting[-1].name != name:
        expected = waiting[-1].name
        raise cannot_parse(f'Unmatched end tag at byte offset {offset}, expected "</{expected}>", found "</{name}>"')
    return waiting.pop()


def trim(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """Take white space off both ends, as Telegram does, and move the entities with it."""
    left = utf16_length(text) - utf16_length(text.lstrip())
    kept = text.strip()
    size = utf16_length(kept)
    moved = []
    for entity in entities:
        start = min(max(entity["offset"] - left, 0), size)
        end = min(max(entity["offset"] + entity["length"] - left, 0), size)
        if end > start:
            moved.append(entity | {"offset": start, "length": end - start})
    return kept, moved
