"""The seed files: YAML in, values out, and back."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import yaml

from bot.application.guidance.load_seed import Seed
from bot.core.errors import InvalidInputError
from bot.core.guidance.book import GuidanceBook
from bot.core.guidance.entry import (
    GuidanceEntry,
    Topic,
)
from bot.core.guidance.entry_fields import day_of, entry_from_fields, entry_to_fields, texts_of
from bot.core.guidance.instrument import Instrument, InstrumentStatus
from bot.core.plain_text import have_control_characters, strings_in
from bot.data import GUIDANCE

SEED_FOLDER = GUIDANCE
FIRST_VERSION = 1
Value = TypeVar("Value")


def read_seed(folder: Path) -> Seed:
    """Read `groups.yml`, `instruments.yml` and `topics/*.yml`.

    Raises:
        InvalidInputError: naming the file and what is wrong in it.
    """
    groups, order = _read(folder / "groups.yml", _groups)
    instruments = _read(folder / "instruments.yml", lambda d: [_instrument(each) for each in d["instruments"]])
    files = sorted((folder / "topics").glob("*.yml"))
    if not files:
        raise InvalidInputError(f"{folder / 'topics'}: no topic files (*.yml) there")
    pairs = [_read(file, lambda d: (_topic(d), _entry(d))) for file in files]
    pairs.sort(key=lambda pair: (order.get(pair[0].id, len(order)), pair[0].id))
    seed = Seed(
        groups=groups,
        instruments=instruments,
        topics=[topic for topic, _ in pairs],
        entries=[entry for _, entry in pairs if entry is not None],
    )
    _check_references(seed, folder)
    return seed


def write_seed(book: GuidanceBook, folder: Path) -> int:
    """Write what is published as seed files; returns how many files were written."""
    topics = folder / "topics"
    topics.mkdir(parents=True, exist_ok=True)
    groups = [
        {"id": group, "title": title, "topics": [t.id for t in book.topics.values() if t.group == group]}
        for group, title in book.groups.items()
    ]
    _write(folder / "groups.yml", {"groups": groups})
    _write(folder / "instruments.yml", {"instruments": [_plain_instrument(i) for i in book.instruments.values()]})
    for topic in book.topics.values():
        _write(topics / f"{topic.id}.yml", _plain_topic(topic, book.entries.get(topic.id)))
    return len(book.topics) + 2


def _read(file: Path, make: Callable[[Any], Value]) -> Value:
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        if have_control_characters(strings_in(content)):
            raise InvalidInputError(f"{file}: a text holds a control character; write it again without")
        return make(content)
    except OSError as error:
        raise InvalidInputError(f"{file}: cannot be read") from error
    except KeyError as error:
        raise InvalidInputError(f"{file}: {error} is missing") from error
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise InvalidInputError(f"{file}{line}: {error.problem}") from error
    except (yaml.YAMLError, ValueError, TypeError, AttributeError) as error:
        # One line, however many the library wrote.
        raise InvalidInputError(f"{file}: {' '.join(str(error).split())}") from error


def _write(file: Path, content: object) -> None:
    written = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=110)
    file.write_text(written, encoding="utf-8")


def _check_references(seed: Seed, folder: Path) -> None:
    codes = {instrument.code for instrument in seed.instruments}
    topics = {topic.id for topic in seed.topics}
    for names, where in (
        ([instrument.code for instrument in seed.instruments], "instruments.yml"),
        ([topic.id for topic in seed.topics], "topics"),
    ):
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise InvalidInputError(f"{folder / where}: {twice[0]} is there twice")
    for topic in seed.topics:
        if topic.group not in seed.groups:
            raise InvalidInputError(f"{folder}/topics/{topic.id}.yml: no group {topic.group} in groups.yml")
        unknown = set(topic.related) - topics
        if unknown:
            raise InvalidInputError(f"{folder}/topics/{topic.id}.yml: no topic {sorted(unknown)[0]} to be related to")
    for entry in seed.entries:
        missing = {c.instrument for c in entry.citations} - codes
        if missing:
            raise InvalidInputError(
                f"{folder}/topics/{entry.topic}.yml: no instrument {sorted(missing)[0]} in instruments.yml"
            )


def _groups(fields: dict[str, Any]) -> tuple[dict[str, str], dict[str, int]]:
    """Return the headings, and the place of each topic in the menu."""
    titles = {_text(group, "id"): _text(group, "title") for group in fields["groups"]}
    topics = [topic for group in fields["groups"] for topic in texts_of(group, "topics")]
    return titles, {topic: place for place, topic in enumerate(topics)}


def _instrument(fields: dict[str, Any]) -> Instrument:
    dated = fields["date"]
    return Instrument(
        code=_text(fields, "code"),
        title=_text(fields, "title"),
        number=_text_or_none(fields, "number"),
        dated=dated.isoformat() if isinstance(dated, date) else _text_or_none(fields, "date"),
        status=InstrumentStatus(fields["status"]),
        in_force_from=day_of(fields, "in_force_from"),
        in_force_to=day_of(fields, "in_force_to"),
        amended_by=texts_of(fields, "amended_by"),
        replaced_by=_text_or_none(fields, "replaced_by"),
        source=_text(fields, "source"),
        note=_text_or_none(fields, "note"),
    )


def _plain_instrument(value: Instrument) -> dict[str, object]:
    return {
        "code": value.code,
        "title": value.title,
        "number": value.number,
        "date": value.dated,
        "status": value.status.value,
        "in_force_from": value.in_force_from,
        "in_force_to": value.in_force_to,
        "amended_by": list(value.amended_by),
        "replaced_by": value.replaced_by,
        "source": value.source,
        "note": value.note,
    }


def _topic(fields: dict[str, Any]) -> Topic:
    return Topic(
        id=_text(fields, "id"),
        group=_text(fields, "group"),
        title=_text(fields, "title"),
        label=_text(fields, "label"),
        description=_text(fields, "description"),
        keywords=texts_of(fields, "keywords"),
        related=texts_of(fields, "related"),
    )


def _entry(fields: dict[str, Any]) -> GuidanceEntry | None:
    answer = fields.get("answer")
    if answer is None:
        return None
    return entry_from_fields(_written(answer), _text(fields, "id"), FIRST_VERSION)


def _written(value: Any, name: str = "answer") -> Any:
    """Return what a file holds without the line breaks that YAML's folding may leave; a blank text is a fault."""
    match value:
        case dict():
            return {key: _written(item, str(key)) for key, item in value.items()}
        case list():
            return [_written(item, name) for item in value]
        case str() if not value.strip():
            raise ValueError(f"{name} must be text, not {value!r}")
        case str():
            return " ".join(value.split())
    return value


def _plain_topic(topic: Topic, entry: GuidanceEntry | None) -> dict[str, object]:
    plain: dict[str, object] = {
        "id": topic.id,
        "group": topic.group,
        "title": topic.title,
        "label": topic.label,
        "description": topic.description,
        "keywords": list(topic.keywords),
        "related": list(topic.related),
    }
    if entry is not None:
        plain["answer"] = entry_to_fields(entry)
    return plain


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields[name]
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{name} must be text, not {value!r}")
    return value


def _text_or_none(fields: dict[str, Any], name: str) -> str | None:
    return None if fields[name] is None else _text(fields, name)
