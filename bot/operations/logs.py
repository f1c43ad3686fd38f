"""Structured log lines: a constant sentence and fields from an allow-list; no text of a person can stand there."""

import json
import logging
import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import TextIO

ALLOWED_FIELDS = frozenset(
    {
        "attempts",
        "campaign",
        "channel",
        "code",
        "count",
        "error",
        "job",
        "kind",
        "left_out",
        "messages",
        "page",
        "seconds",
        "where",
    }
)
"""Numbers, names of ours and types of errors; never what a person wrote, an id, an address or a token."""
MAX_A_MINUTE = 60
"""Lines of one sentence."""
OUR_LOGGERS = "bot"
OTHER_EVENT = "a library reports"


class AllowListFormatter(logging.Formatter):
    """Writes one JSON object a line; whatever is not known to be harmless is left out.

    Of our own lines that is the sentence, which is a constant, and the allowed fields; of a library's only who wrote
    it: its message may hold a text, an address with a token, or the values of a statement. Of an exception only its
    type and its place in the code are written, never its message.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        sentence = _sentence_of_ours(record)
        fields: dict[str, object] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname,
            "logger": record.name,
            "event": OTHER_EVENT if sentence is None else sentence,
        }
        if _is_ours(record):
            fields |= {name: record.__dict__[name] for name in sorted(ALLOWED_FIELDS) if name in record.__dict__}
        if record.exc_info and record.exc_info[0] is not None:
            fields |= {"error": record.exc_info[0].__name__, "where": _place(record.exc_info[2])}
        return json.dumps(fields, ensure_ascii=False, default=lambda value: type(value).__name__)


class SentenceLimit(logging.Filter):
    """Lets a sentence pass so many times a minute; the next one that passes tells how many were left out.

    What a stranger can make happen fills no disk: there are as many sentences as places in the code, and of a
    library's all count as one.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Take the clock, in seconds."""
        super().__init__()
        self._monotonic = monotonic
        self._passed: dict[tuple[str, str], tuple[int, int]] = {}
        """The minute, and how many came in it, by logger and sentence."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether a line is written."""
        sentence = (record.name, _sentence_of_ours(record) or record.levelname)
        minute = int(self._monotonic() // 60)
        last, number = self._passed.get(sentence, (minute, 0))
        if last != minute:
            if number > MAX_A_MINUTE:
                record.left_out = number - MAX_A_MINUTE
            number = 0
        self._passed[sentence] = (minute, number + 1)
        return number < MAX_A_MINUTE


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name.split(".", maxsplit=1)[0] == OUR_LOGGERS and not record.args


def _sentence_of_ours(record: logging.LogRecord) -> str | None:
    """Return the constant sentence of a line of ours, None for a library's."""
    return record.msg if _is_ours(record) and isinstance(record.msg, str) else None


def _place(traceback: TracebackType | None) -> str | None:
    """Return file and line of the innermost frame."""
    if traceback is None:
        return None
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    return f"{traceback.tb_frame.f_code.co_filename}:{traceback.tb_lineno}"


def configure_logging(stream: TextIO = sys.stderr) -> None:
    """Let every logger of the process write through the allow-list, whatever level a flag sets."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(AllowListFormatter())
    handler.addFilter(SentenceLimit())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name in list(logging.root.manager.loggerDict):
        # A library's own handler would write past the allow-list.
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    sys.excepthook = _unhandled


def _unhandled(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, traceback)
        return
    logging.getLogger("bot").critical("the process ends on an error", exc_info=(kind, error, traceback))
