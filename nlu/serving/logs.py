"""Log lines of the NLU process: who wrote and how grave it is; a message only from our own code."""

import logging
import sys
from typing import TextIO


class SilentFormatter(logging.Formatter):
    """Leaves out what a library says: Rasa writes every text, a server the message of every exception."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; of an exception only its type."""
        is_ours = record.name.split(".", maxsplit=1)[0] == "nlu"
        said = record.getMessage() if is_ours else "a library reports"
        kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] is not None else ""
        return f"{self.formatTime(record)} {record.levelname} {record.name}: {said} {kind}".rstrip()


def configure_logging(stream: TextIO = sys.stderr) -> None:
    """Let nothing below a warning be written, whatever level a flag or a library sets, and nothing of a text."""
    # Rasa and its libraries log texts at debug level.
    logging.disable(logging.INFO)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(SilentFormatter())
    logging.getLogger().handlers[:] = [handler]
    for name in list(logging.root.manager.loggerDict):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
