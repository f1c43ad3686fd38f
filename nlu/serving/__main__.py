"""Command line of the NLU process: `python -m nlu.serving --model var/models/x.tar.gz --port 5005`."""

from __future__ import annotations

import argparse
import os
import sys
import threading
from pathlib import Path

from aiohttp import web

from nlu.components.loaded_model import LoadedModel
from nlu.serving.logs import configure_logging
from nlu.serving.server import build_app


def main() -> None:
    """Load the model, then serve until a signal or, with `--exit-with-parent`, until stdin closes."""
    arguments = _arguments()
    secret = os.environ.get("SINETRAL_NLU_SECRET", "")
    if not secret:
        sys.exit("SINETRAL_NLU_SECRET is not set; the bot sets it for the NLU that it starts")
    configure_logging()
    if arguments.exit_with_parent:
        threading.Thread(target=_leave_with_parent, daemon=True).start()
    interpreter = LoadedModel(arguments.model)
    try:
        web.run_app(
            build_app(interpreter, secret),
            host=arguments.host,
            port=arguments.port,
            access_log=None,
            print=lambda *_: None,
        )
    finally:
        interpreter.close()
        # TensorFlow, which Rasa imports, takes seconds to leave; nothing of ours is left to do.
        os._exit(0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="nlu.serving")
    parser.add_argument("--model", type=Path, required=True, help="model archive written by `rasa train nlu`")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=5005)
    parser.add_argument("--exit-with-parent", action="store_true", help="stop when standard input is closed")
    return parser.parse_args()


def _leave_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main()
