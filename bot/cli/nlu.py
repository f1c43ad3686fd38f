"""`sinetral nlu train|evaluate|examples`."""

import argparse

from bot.bootstrap.nlu import workshop
from bot.bootstrap.services import open_services
from bot.core.curation.labels import LabelKind, training_yaml
from bot.core.errors import InvalidInputError
from bot.settings import Settings


async def train(settings: Settings, _arguments: argparse.Namespace) -> int:
    """Train a model unless one of the present content exists."""
    shop = workshop(settings)
    current = shop.current()
    if current is not None:
        print(f"Model sudah mutakhir: {current.name}")
        return 0
    print("Melatih model NLU (dua sampai tiga menit) …", flush=True)
    print(f"Model siap: {shop.train().name}")
    return 0


async def evaluate(settings: Settings, arguments: argparse.Namespace) -> int:
    """Judge the newest model on the held-out questions and write the report."""
    print("Menilai model pada soal yang tidak pernah dilatihkan (beberapa menit) …", flush=True)
    print(workshop(settings).evaluate(arguments.folder, with_baselines=not arguments.no_baselines))
    return 0


async def examples(settings: Settings, arguments: argparse.Namespace) -> int:
    """Write the labelled examples as training data, to be read by a curator before anything is trained."""
    async with open_services(settings) as parts, parts.admin_store.unit() as unit:
        found = await unit.questions.examples()
        proposals = {each.id: each for each in await unit.questions.proposals()}
    file = arguments.file
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(training_yaml(found, proposals), encoding="utf-8")
    except OSError as error:
        raise InvalidInputError(f"tidak bisa menulis ke {error.filename}: {error.strerror}") from error
    waiting = sum(each.label.kind is LabelKind.PROPOSAL for each in found)
    print(f"{len(found) - waiting} contoh ditulis ke {file}; {waiting} dari usulan topik, sebagai komentar.")
    print("Belum ada yang dilatih. Baca berkasnya, buang yang ragu, salin ke nlu/data, lalu `sinetral nlu train`.")
    return 0
