"""Lines of JSON on standard output."""

import json
import sys


def print_json(answer: dict[str, object]) -> None:
    """Print one object a line, readable where it can be."""
    try:
        line = json.dumps(answer, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        # A text with half a surrogate pair can only be written escaped.
        line = json.dumps(answer).encode("ascii")
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()
