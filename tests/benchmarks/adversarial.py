"""`python -m tests.benchmarks.adversarial [--texts N]`: the longest work that one text of 4,096 characters makes.

Prints for each function the longest time and how the text began that took it.
"""

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.core.dialogue.topic_search import search
from bot.core.dialogue.utterance import MAX_UTTERANCE, classify_utterance, other_words
from bot.core.figures.query_log import masked_to_keep
from bot.core.privacy.masking import mask, may_identify
from bot.core.privacy.person_names import NameLexicon
from bot.core.privacy.text_folding import fold
from bot.storage.guidance.seed import SEED_FOLDER, read_seed
from bot.storage.privacy.word_lists import read_lexicon
from nlu.text.question_splitter import split_questions
from tests.privacy.adversarial import adversarial_texts


@dataclass(kw_only=True)
class Longest:
    """The text that kept one function busy longest."""

    seconds: float = 0.0
    text: str = ""
    total: float = 0.0
    """Seconds of all texts."""


def works(lexicon: NameLexicon) -> Mapping[str, Callable[[str], object]]:
    """Return everything that is done with a text where other people wait, by name."""
    topics = read_seed(SEED_FOLDER).topics

    def other(text: str) -> object:
        # As many finds as the NLU can make of it.
        return other_words(text, [(start, start + 2) for start in range(0, len(text) - 2, 4)])

    return {
        "fold": fold,
        "hear": classify_utterance,
        "search": lambda text: search(topics, text),
        "other words": other,
        "mask": lambda text: mask(text, lexicon),
        "is risky": lambda text: may_identify(text, lexicon),
        "text to keep": lambda text: masked_to_keep(text, lexicon),
        "split (NLU)": lambda text: split_questions(text, {}),
    }


def longest_works(number: int, seed: int, lexicon: NameLexicon, others: Sequence[str] = ()) -> dict[str, Longest]:
    """Measure every function's processor time on that many texts, and on others; the longest of each."""
    functions = works(lexicon)
    done = {name: Longest() for name in functions}
    for text in (*adversarial_texts(number, seed), *others):
        for name, work in functions.items():
            started = time.process_time()
            work(text)
            seconds = time.process_time() - started
            longest = done[name]
            longest.total += seconds
            if seconds > longest.seconds:
                longest.seconds, longest.text = seconds, text
    return done


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    lexicon = read_lexicon(read_seed(SEED_FOLDER).instruments)
    print(f"{arguments.texts} texts of {MAX_UTTERANCE} characters")
    for name, longest in longest_works(arguments.texts, arguments.seed, lexicon).items():
        mean = longest.total / arguments.texts
        print(f"{name:<14} longest {longest.seconds * 1000:7.1f} ms  mean {mean * 1000:6.2f} ms  {longest.text[:60]!r}")


if __name__ == "__main__":
    main()
