"""`sinetral guidance load|check|export`."""

import argparse
import sys
from datetime import date

from bot.application.guidance.load_seed import count, load_seed, problems
from bot.bootstrap.services import open_services
from bot.core.errors import InvalidInputError
from bot.core.legal_day import legal_day
from bot.operations.booklet import booklet
from bot.settings import Settings
from bot.storage.guidance.seed import SEED_FOLDER, read_seed, write_seed

FAILED = 1


async def load(settings: Settings, arguments: argparse.Namespace) -> int:
    """Load the seed files and report."""
    folder = arguments.folder or SEED_FOLDER
    seed = read_seed(folder)
    async with open_services(settings) as parts, parts.store.unit() as unit:
        report = await load_seed(unit, seed, parts.clock.now())
    print(f"Ditambahkan {len(report.added)}, sudah sama {report.unchanged}, berbeda {len(report.differing)}.")
    for name in report.differing:
        print(f"  berbeda dari berkas, yang di basis data dipertahankan: {name}")
    return 0


async def check(settings: Settings, arguments: argparse.Namespace) -> int:
    """Say which answers may not be sent on a day; 1 when there are any."""
    async with open_services(settings) as parts:
        async with parts.store.unit() as unit:
            book = await unit.guidance()
        day: date = arguments.date or legal_day(parts.clock.now())
    counts = count(book)
    print(
        f"{day}: {counts.topics} topik, {counts.answers} jawaban, {counts.variants} varian,"
        f" {counts.citations} kutipan, {counts.instruments} peraturan."
    )
    found = problems(book, day)
    for standing in found:
        detail = f" ({standing.detail})" if standing.detail else ""
        print(f"ditahan: {standing.topic}: {standing.reason.value}{detail}", file=sys.stderr)
    if found or not book.topics:
        print(f"{len(found)} dari {counts.topics} topik tidak punya jawaban yang boleh dikirim.", file=sys.stderr)
        return FAILED
    print("Semua jawaban boleh dikirim.")
    return 0


async def export(settings: Settings, arguments: argparse.Namespace) -> int:
    """Write what is published as seed files, as a booklet, or both."""
    if arguments.folder is None and arguments.html is None:
        raise InvalidInputError("sebutkan --to FOLDER, --html BERKAS, atau keduanya")
    async with open_services(settings) as parts, parts.store.unit() as unit:
        book = await unit.guidance()
        today = legal_day(parts.clock.now())
    try:
        if arguments.html is not None:
            arguments.html.write_text(booklet(book, today), encoding="utf-8")
            print(f"Buku saku ditulis ke {arguments.html}.")
        if arguments.folder is not None:
            written = write_seed(book, arguments.folder)
            print(f"{written} berkas ditulis ke {arguments.folder}.")
    except OSError as error:
        raise InvalidInputError(f"tidak bisa menulis ke {error.filename}: {error.strerror}") from error
    return 0
