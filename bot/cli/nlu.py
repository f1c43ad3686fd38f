"""`sinetral nlu train|evaluate`."""

import argparse

from bot.bootstrap import workshop
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
