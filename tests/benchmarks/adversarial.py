"""`python -m tests.benchmarks.adversarial [--texts N]`: the longest work that one text of 4,096 characters makes.

Short units, made of what the searches begin at, are repeated to the full length: what a stranger would send to keep the
event loop busy. Prints for each function the longest time and the unit that took it.
"""

import argparse
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.core.hearing import LONGEST_UTTERANCE, hear, other_words
from bot.core.masking import is_risky, mask
from bot.core.person_names import Lexicon
from bot.core.query_log import masked_to_keep
from bot.core.search import search
from bot.core.text_folding import fold
from bot.storage.seed import SEED_FOLDER, read_seed
from bot.storage.wordlists import read_lexicon
from nlu.text.questions import split_questions

TRIGGERS = (
    *("@", "@si", "o8", "0", "08", "8", "1", "19", "2024", "62", "+62", "12.", "00", "I", "O", "l"),
    *(" ", "  ", ".", ",", ":", ";", "-", "_", "/", "(", ")", "[", "]", "=", "~", "'", '"', "#", "*", "|", "\\", "\n"),
    *("pak ", "bu ", "a.n. ", "an. ", "nama saya ", "nama ", "dari ", "kades ", "calon ", "SDN 3 ", "desa ", "si "),
    *("jl ", "Jl. ", "jalan ", "gg ", "rt 1", "rw 2", "no ", "no. 1", "blok ", "km ", "lahir ", "ttl di ", "tgl "),
    *("sk ", "surat nomor ", "SK/1", "nip ", "nik", "ktp", "kk ", "norek ", "bca ", "bank ", "dana ", "plat b ", "B 1"),
    *("uu ", "uu no 1 tahun ", "pasal 1 ", "ayat (1) ", "pp ", "rp", "rp1", "juta ", ".000", "1.000", "mk ", "/PUU-"),
    *(
        "www.",
        "http://",
        "a.",
        ".com",
        "at ",
        "(at)",
        "dot ",
        "gmail",
        "ig ",
        "ig: ",
        "akun ",
        "nol ",
        "delapan ",
        "satu ",
    ),
    *("Budi", "budi ", "Siti ", "bin ", "Daeng ", "S.Pd ", "S.H., ", "Dr. ", "Aa", "Ab ", "abc", "x", "q", "zz", "kk"),
    *("[NAMA]", "[NIP]", "\u200b", "\u00e9", "\u0301", "\U0001f600", "\u2460", "\u0430", "\ufe0f", "\u20e3", "\u00b2"),
)
MOST_TRIGGERS = 5
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 @._-/:,()"


def adversarial_texts(number: int, seed: int) -> Iterator[tuple[str, str]]:
    """Return that many units with the text of full length that repeats each."""
    chance = random.Random(seed)
    for _ in range(number):
        unit = _unit(chance)
        yield unit, (unit * (LONGEST_UTTERANCE // len(unit) + 1))[:LONGEST_UTTERANCE]


def _unit(chance: random.Random) -> str:
    match chance.randrange(4):
        case 0:
            return "".join(chance.choices(LETTERS, k=chance.randint(1, 12)))
        case 1:
            # One word without an end behind what names somebody.
            return chance.choice(TRIGGERS) + chance.choice(LETTERS) * chance.choice((300, 1_000, 4_000))
        case 2:
            # A long run of one sort of sign, and then what ends it.
            return "".join(chance.choice(TRIGGERS) * chance.randint(1, 200) for _ in range(3))
        case _:
            return "".join(chance.choices(TRIGGERS, k=chance.randint(1, MOST_TRIGGERS)))


@dataclass(kw_only=True)
class Longest:
    """The text that kept one function busy longest."""

    seconds: float = 0.0
    unit: str = ""
    total: float = 0.0
    """Seconds of all texts."""


def works(lexicon: Lexicon) -> Mapping[str, Callable[[str], object]]:
    """Return everything that is done with a text where other people wait, by name."""
    topics = read_seed(SEED_FOLDER).topics

    def other(text: str) -> object:
        # As many finds as the NLU can make of it.
        return other_words(text, [(start, start + 2) for start in range(0, len(text) - 2, 4)])

    return {
        "fold": fold,
        "hear": hear,
        "search": lambda text: search(topics, text),
        "other words": other,
        "mask": lambda text: mask(text, lexicon),
        "is risky": lambda text: is_risky(text, lexicon),
        "text to keep": lambda text: masked_to_keep(text, lexicon),
        "split (NLU)": lambda text: split_questions(text, {}),
    }


def longest_works(
    number: int, seed: int, lexicon: Lexicon, others: Sequence[tuple[str, str]] = ()
) -> dict[str, Longest]:
    """Measure every function's processor time on that many texts, and on others; the longest of each."""
    functions = works(lexicon)
    done = {name: Longest() for name in functions}
    for unit, text in (*adversarial_texts(number, seed), *others):
        for name, work in functions.items():
            started = time.process_time()
            work(text)
            seconds = time.process_time() - started
            longest = done[name]
            longest.total += seconds
            if seconds > longest.seconds:
                longest.seconds, longest.unit = seconds, unit
    return done


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    lexicon = read_lexicon(read_seed(SEED_FOLDER).instruments)
    print(f"{arguments.texts} texts of {LONGEST_UTTERANCE} characters")
    for name, longest in longest_works(arguments.texts, arguments.seed, lexicon).items():
        mean = longest.total / arguments.texts
        print(f"{name:<14} longest {longest.seconds * 1000:7.1f} ms  mean {mean * 1000:6.2f} ms  {longest.unit[:60]!r}")


if __name__ == "__main__":
    main()
