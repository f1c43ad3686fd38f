"""`sinetral nlu train`."""

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
    print("Melatih model NLU (sekitar satu menit) …", flush=True)
    print(f"Model siap: {shop.train().name}")
    return 0
