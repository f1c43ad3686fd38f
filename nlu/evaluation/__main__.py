"""`python -m nlu.evaluation --model var/models/x.tar.gz --out var/evaluasi`: a report on the held-out questions."""

from __future__ import annotations

import argparse
import logging
from dataclasses import replace
from pathlib import Path

from nlu.components.loaded_model import LoadedModel
from nlu.evaluation.baselines import compare
from nlu.evaluation.held_out_sets import Prediction, Question, by_register, predict, read_questions
from nlu.evaluation.report import Evaluation, write_report

HELD_OUT = Path(__file__).parent / "held_out"


def main() -> None:
    """Judge, print the rates, write the report."""
    arguments = argparse.ArgumentParser(prog="nlu.evaluation")
    arguments.add_argument("--model", type=Path, required=True)
    arguments.add_argument("--held-out", type=Path, default=HELD_OUT, help="folder of the questions")
    arguments.add_argument("--out", type=Path, help="folder of the report; without it only the rates are printed")
    arguments.add_argument("--no-baselines", action="store_true", help="skip the models compared with")
    chosen = arguments.parse_args()
    logging.disable(logging.INFO)
    interpreter = LoadedModel(chosen.model)
    try:
        evaluation = _evaluate(interpreter, chosen.held_out, with_baselines=not chosen.no_baselines)
    finally:
        interpreter.close()
    for register, rates in by_register(evaluation.questions).items():
        print(
            f"{register:16} {rates.asked:4d}  top {rates.top:.3f}  three {rates.top_three:.3f}"
            f"  right {rates.right_at_once:.3f}  wrong {rates.wrong:.3f}  resolved {rates.resolved:.3f}"
        )
    if chosen.out is not None:
        page, figures = write_report(evaluation, chosen.out)
        print(f"{page}\n{figures}")


def _evaluate(interpreter: LoadedModel, folder: Path, *, with_baselines: bool) -> Evaluation:
    def judged(name: str, always: str | None = None) -> list[Prediction]:
        questions = read_questions(folder / name)
        if always is not None:
            questions = [replace(question, accepted=(always,)) for question in questions]
        return predict(interpreter, questions)

    questions = judged("questions.jsonl")
    asked: list[Question] = [each.question for each in questions]
    return Evaluation(
        model=interpreter.model,
        questions=questions,
        strangers=judged("out_of_scope.jsonl"),
        opinions=judged("opinion.jsonl", "minta_opini"),
        talk=judged("small_talk.jsonl"),
        baselines=compare(asked) if with_baselines else {},
    )


if __name__ == "__main__":
    main()
