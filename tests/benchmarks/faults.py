"""`python -m tests.benchmarks.faults [corpus|copies|endurance|flood] [--most N] [--database D] [--minutes M]`.

Feeds every malformed update through the real intake, loses a thousand acceptances, breaks one part after another under
steady questions, and holds a group by a flood wait. Prints tables, and writes them to `var/faults.json`.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.faults.breakdowns import breakdowns
from tests.faults.copies import count_copies
from tests.faults.corpus_run import feed
from tests.faults.endurance import endure
from tests.faults.flood import private_replies_beside_a_held_group
from tests.faults.postgres import OwnPostgres, own_postgres
from tests.faults.world import world
from tests.support.bot_process import ROOT

INTAKES = (("telegram", "polling"), ("telegram", "webhook"), ("whatsapp", "webhook"))
CONNECTIONS = 1_000
COPIES_SECONDS = 1_200.0
WHOLE_MINUTES = 10.0
PER_SECOND = 20.0
PEOPLE = 500
"""Each asks about every 25 seconds, and no topic twice."""
FILE = ROOT / "var" / "faults.json"


def corpus(arguments: argparse.Namespace) -> Iterator[Any]:
    """Feed the malformed updates."""
    for channel, intake in INTAKES:
        with folder() as place, world(place, webhook=intake == "webhook") as made:
            books = feed(made, channel, polls=intake == "polling", most=arguments.most)
        print("\n".join(books.lines_of_report()), flush=True)
        yield {**asdict(books), "leaks": len(books.leaks)}


def copies(arguments: argparse.Namespace) -> Iterator[Any]:
    """Lose acceptances."""
    for channel in ("telegram", "whatsapp"):
        with folder() as place, world(place) as made:
            found = count_copies(made, channel, arguments.connections // 2, COPIES_SECONDS)
        print(found.line(), flush=True)
        yield asdict(found)


def endurance(arguments: argparse.Namespace) -> Iterator[Any]:
    """Break one part after another."""
    for database in arguments.database.split(","):
        with folder() as place, server_of(database) as server:
            address = server.address if server is not None else ""
            with world(place, database=address) as made:
                plan = breakdowns(made, server, arguments.minutes / WHOLE_MINUTES)
                report = endure(made, database, plan, arguments.rate, PEOPLE)
        print(report.text(), flush=True)
        yield report.values()


def flood(_arguments: argparse.Namespace) -> Iterator[Any]:
    """Hold a group."""
    with folder() as place, world(place, per_second="25") as made:
        found = private_replies_beside_a_held_group(made)
    print(found.line(), flush=True)
    yield asdict(found)


@contextmanager
def folder() -> Iterator[Path]:
    """Return a folder of one bot."""
    with tempfile.TemporaryDirectory() as made:
        yield Path(made) / "bot"


@contextmanager
def server_of(database: str) -> Iterator[OwnPostgres | None]:
    """Return a server of its own, None for SQLite."""
    if database == "sqlite":
        yield None
        return
    with own_postgres() as server:
        yield server


PARTS: dict[str, Callable[[argparse.Namespace], Iterator[Any]]] = {
    "corpus": corpus,
    "copies": copies,
    "endurance": endurance,
    "flood": flood,
}


def main() -> None:
    """Run the parts that were named, or all of them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], default=list(PARTS))
    parser.add_argument("--most", type=int, help="variants of each channel and intake; all when not given")
    parser.add_argument("--connections", type=int, default=CONNECTIONS)
    parser.add_argument("--database", default="postgresql,sqlite")
    parser.add_argument("--minutes", type=float, default=WHOLE_MINUTES, help="of each database's schedule, about")
    parser.add_argument("--rate", type=float, default=PER_SECOND)
    arguments = parser.parse_args()
    found: dict[str, list[Any]] = {}
    for name in arguments.parts:
        started = time.monotonic()
        print(f"== {name}", flush=True)
        for each in PARTS[name](arguments):
            found.setdefault(name, []).append(each)
            FILE.parent.mkdir(parents=True, exist_ok=True)
            FILE.write_text(json.dumps(_with_text_keys(found), indent=1, default=str))
        print(f"   {time.monotonic() - started:.0f} s", flush=True)


def _with_text_keys(found: Any) -> Any:
    """Return the same with every key as text, as JSON wants them."""
    if isinstance(found, dict):
        return {str(key): _with_text_keys(value) for key, value in found.items()}
    return [_with_text_keys(each) for each in found] if isinstance(found, list) else found


if __name__ == "__main__":
    main()
