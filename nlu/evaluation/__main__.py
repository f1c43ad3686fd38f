"""`python -m nlu.evaluation --model var/models/x.tar.gz FILE...`: rates by register on held-out questions."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from nlu.components.interpreter import Interpreter
from nlu.evaluation.questions import read_questions, score


def main() -> None:
    """Score and print."""
    arguments = argparse.ArgumentParser(prog="nlu.evaluation")
    arguments.add_argument("--model", type=Path, required=True)
    arguments.add_argument("files", type=Path, nargs="+")
    chosen = arguments.parse_args()
    logging.disable(logging.INFO)
    interpreter = Interpreter(chosen.model)
    questions = [question for file in chosen.files for question in read_questions(file)]
    for register, counts in sorted(score(interpreter, questions).items()):
        print(f"{register:16} {counts.line()}")
    interpreter.close()


if __name__ == "__main__":
    main()
