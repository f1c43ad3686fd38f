"""Log lines: constant sentences and allowed fields, whoever writes them and whatever a flag says."""

import ast
import io
import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.operations.logs import (
    ALLOWED_FIELDS,
    MAX_A_MINUTE,
    OTHER_EVENT,
    AllowListFormatter,
    SentenceLimit,
    configure_logging,
)

pytestmark = pytest.mark.privacy

LEVELS = {"debug", "info", "warning", "error", "critical", "exception", "log"}
SECRET = "zwartbolk"
LIBRARIES = [
    "uvicorn",
    "uvicorn.error",
    "uvicorn.access",
    "aiohttp.access",
    "aiohttp.client",
    "sqlalchemy.engine.Engine",
]
LIBRARIES += ["telegram.Bot", "telegram.ext", "asyncio", "alembic.runtime.migration", "httpx", "botanik"]


@pytest.fixture
def _logging_as_it_was() -> Iterator[None]:
    """Put the loggers of the whole process back."""
    root = logging.getLogger()
    before = (list(root.handlers), root.level, sys.excepthook)
    yield
    root.handlers[:], level, sys.excepthook = before
    root.setLevel(level)


@pytest.fixture
def stream(_logging_as_it_was: None) -> io.StringIO:
    """Return what is written once logging has begun."""
    written = io.StringIO()
    configure_logging(written)
    return written


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def logger_calls(root: Path) -> list[tuple[str, ast.Call]]:
    """Return every call of a logger's method below bot/, with its place."""
    found = []
    for path in sorted((root / "bot").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LEVELS:
                owner = ast.unparse(node.func.value)
                if "log" in owner.lower():
                    found.append((f"{path.relative_to(root)}:{node.lineno}", node))
    return found


# Our own calls


def test_there_are_calls_to_look_at(root: Path) -> None:
    assert len(logger_calls(root)) >= 10


def test_every_line_of_ours_is_one_constant_sentence(root: Path) -> None:
    wrong = []
    for place, call in logger_calls(root):
        is_constant = len(call.args) == 1 and isinstance(call.args[0], ast.Constant)
        if not is_constant or "%" in str(getattr(call.args[0], "value", "")):
            wrong.append(place)
    assert wrong == []


def test_every_field_of_ours_is_allowed(root: Path) -> None:
    wrong = []
    for place, call in logger_calls(root):
        for keyword in call.keywords:
            if keyword.arg == "extra":
                assert isinstance(keyword.value, ast.Dict), place
                keys = {key.value for key in keyword.value.keys if isinstance(key, ast.Constant)}
                if len(keys) != len(keyword.value.keys) or not keys <= ALLOWED_FIELDS:
                    wrong.append(place)
            elif keyword.arg != "exc_info":
                wrong.append(place)
    assert wrong == []


def test_every_error_field_is_the_type_of_an_error(root: Path) -> None:
    values = {
        ast.unparse(value)
        for _, call in logger_calls(root)
        for keyword in call.keywords
        if keyword.arg == "extra" and isinstance(keyword.value, ast.Dict)
        for key, value in zip(keyword.value.keys, keyword.value.values, strict=True)
        if isinstance(key, ast.Constant) and key.value == "error"
    }
    assert values == {"type(error).__name__"}


def test_nobody_prints_or_logs_past_the_loggers(root: Path) -> None:
    wrong = []
    for path in sorted((root / "bot").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {
                *(f"logging.{level}" for level in LEVELS),
                "traceback.print_exc",
                "traceback.format_exc",
                "logging.basicConfig",
                "warnings.warn",
            }:
                wrong.append(f"{path.relative_to(root)}:{node.lineno}")
    assert wrong == []


# The formatter


def test_a_line_of_ours_is_its_sentence_with_allowed_fields(stream: io.StringIO) -> None:
    logging.getLogger("bot.workers").info("a job is done", extra={"job": "log", "count": 3})
    [line] = lines(stream)
    assert (line["event"], line["job"], line["count"], line["level"]) == ("a job is done", "log", 3, "INFO")


def test_an_unknown_field_is_left_out(stream: io.StringIO) -> None:
    logging.getLogger("bot.x").info("a job is done", extra={"text": SECRET, "person": SECRET})
    assert SECRET not in stream.getvalue()
    assert lines(stream)[0]["event"] == "a job is done"


def test_an_allowed_field_that_is_an_object_shows_its_type_only(stream: io.StringIO) -> None:
    logging.getLogger("bot.x").error("a job failed", extra={"error": ValueError(SECRET)})
    assert SECRET not in stream.getvalue()
    assert lines(stream)[0]["error"] == "ValueError"


def test_a_line_with_arguments_is_not_taken_for_a_constant(stream: io.StringIO) -> None:
    logging.getLogger("bot.x").info("asked %s", SECRET)
    assert SECRET not in stream.getvalue()
    assert lines(stream)[0]["event"] == OTHER_EVENT


def test_the_message_of_an_exception_is_left_out_and_its_place_is_told(stream: io.StringIO) -> None:
    try:
        try:
            raise ValueError(SECRET)
        except ValueError as error:
            raise RuntimeError(f"because {SECRET}") from error
    except RuntimeError:
        logging.getLogger("bot.x").exception("a job failed")
    assert SECRET not in stream.getvalue()
    [line] = lines(stream)
    assert line["error"] == "RuntimeError"
    assert str(line["where"]).partition(":")[0] == __file__


@pytest.mark.parametrize("name", LIBRARIES)
def test_a_librarys_message_is_left_out(stream: io.StringIO, name: str) -> None:
    logger = logging.getLogger(name)
    logger.warning('"GET /chat?text=zwartbolk HTTP/1.1" 200', extra={"error": SECRET, "where": SECRET})
    logger.warning("INSERT INTO x VALUES (%s) bot123:zwartbolk", SECRET)
    try:
        raise OSError(f"https://api.telegram.org/bot{SECRET}/getMe")
    except OSError:
        logger.exception(SECRET, stack_info=True)
    assert SECRET not in stream.getvalue()
    assert [(line["logger"], line["event"]) for line in lines(stream)] == [(name, OTHER_EVENT)] * 3


def test_a_line_is_one_line(stream: io.StringIO) -> None:
    logging.getLogger("bot.x").info("a job is done", extra={"kind": "a\nb\u2028c"})
    assert len(stream.getvalue().split("\n")) == 2


# Flags


@pytest.mark.usefixtures("_logging_as_it_was")
def test_a_handler_that_a_library_had_is_taken_away() -> None:
    past = io.StringIO()
    library = logging.getLogger("sqlalchemy.engine.Engine")
    library.addHandler(logging.StreamHandler(past))
    library.propagate = False
    configure_logging(io.StringIO())
    library.warning(SECRET)
    assert past.getvalue() == ""


@pytest.mark.parametrize("name", ["", *LIBRARIES])
def test_debug_level_set_by_a_flag_shows_no_message(stream: io.StringIO, name: str) -> None:
    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(logging.DEBUG)
    try:
        logging.getLogger(name or "library").debug("%s", SECRET)
        logging.getLogger(name or "library").debug(SECRET)
    finally:
        logger.setLevel(before)
    assert SECRET not in stream.getvalue()


def test_an_error_that_ends_the_process_shows_no_message(stream: io.StringIO) -> None:
    try:
        raise ValueError(SECRET)
    except ValueError as error:
        sys.excepthook(ValueError, error, error.__traceback__)
    assert SECRET not in stream.getvalue()
    assert lines(stream)[0]["error"] == "ValueError"


def test_a_field_of_an_unserialisable_key_does_not_break_a_line() -> None:
    record = logging.LogRecord("bot.x", logging.INFO, __file__, 1, "a job is done", None, None)
    record.__dict__["count"] = {1, 2}
    assert json.loads(AllowListFormatter().format(record))["count"] == "set"


def test_a_sentence_that_comes_without_end_is_written_so_many_times_a_minute_and_then_counted() -> None:
    now = [0.0]
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(AllowListFormatter())
    handler.addFilter(SentenceLimit(lambda: now[0]))
    for name in ("bot.workers", "uvicorn.error"):
        for number in range(500):
            sentence = "a job failed" if name.startswith("bot") else f"a library's sentence number {number}"
            handler.handle(logging.LogRecord(name, logging.ERROR, "", 1, sentence, (), None))
    assert len(stream.getvalue().splitlines()) == 2 * MAX_A_MINUTE
    now[0] = 61.0
    handler.handle(logging.LogRecord("bot.workers", logging.ERROR, "", 1, "a job failed", (), None))
    assert json.loads(stream.getvalue().splitlines()[-1])["left_out"] == 500 - MAX_A_MINUTE
    handler.handle(logging.LogRecord("bot.workers", logging.ERROR, "", 1, "another job failed", (), None))
    assert "another" in stream.getvalue()
