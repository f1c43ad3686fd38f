"""`sinetral scrub`, `privacy` and `keys`: what is masked, what was done for people's rights, which keys seal."""

import argparse
import json
import sys
from datetime import timedelta

from bot.bootstrap.services import open_services
from bot.cli.output import print_json
from bot.core.errors import InvalidInputError
from bot.core.figures.query_log import is_storable
from bot.core.legal_day import legal_day
from bot.core.privacy.masking import mask
from bot.data.privacy_documents import DOCUMENTS, document
from bot.settings import Settings
from bot.storage.engine.key_ring import add_key, drop_older_keys, keys_from_file
from bot.storage.key_check import check_key
from bot.storage.privacy.events import events, note_rotation
from bot.storage.retention import leave_old_keys

REPORTED_DAYS = 90


async def scrub(settings: Settings, arguments: argparse.Namespace) -> int:
    """Mask lines of JSON and say of each whether the query log would store it; 2 when one was malformed."""
    if not arguments.jsonl:
        raise InvalidInputError('pakai --jsonl, dengan baris {"text": str} di masukan standar')
    async with open_services(settings) as parts:
        lexicon = await parts.lexicon()
    has_errors = False
    for number, line in enumerate(sys.stdin.buffer, start=1):
        text = _text_of(line)
        if text is None:
            has_errors = True
            print_json({"error": 'expected {"text": str}', "line": number})
            continue
        masked = mask(text, lexicon)
        is_stored = is_storable(masked.text, lexicon)
        print_json({"text": masked.text, "kinds": [kind.value for kind in masked.kinds], "stored": is_stored})
    return 2 if has_errors else 0


async def report(settings: Settings, arguments: argparse.Namespace) -> int:
    """Print what was done for people's rights and by the purges."""
    async with open_services(settings) as parts:
        since = legal_day(parts.clock.now()) - timedelta(days=arguments.days)
        found = await events(parts.store, since)
    if not found:
        print(f"Belum ada kejadian sejak {since}.")
    for each in found:
        print(f"{each.day}  {each.kind.value:<22} {each.times:>6} kali {each.rows:>8} baris")
    return 0


async def show(_settings: Settings, arguments: argparse.Namespace) -> int:
    """Print one of the privacy documents."""
    print(document(arguments.name))
    return 0


async def rotate(settings: Settings, _arguments: argparse.Namespace) -> int:
    """Make a new current key."""
    async with open_services(settings) as parts:
        add_key(settings.key_file)
        # From now on a copy of the former file opens this database no more.
        await check_key(parts.engine, keys_from_file(settings.key_file), settings.key_file)
        await note_rotation(parts.store, parts.clock.now())
    print("Kunci baru dibuat. Sekarang nyalakan ulang semua proses SiNetral, cadangkan berkas kunci yang baru,")
    print("dan jalankan `sinetral keys retire` setelah 24 jam untuk membuang kunci lama.")
    return 0


async def retire(settings: Settings, _arguments: argparse.Namespace) -> int:
    """Bring everything under the current key and forget the older ones."""
    async with open_services(settings) as parts:
        moved = await leave_old_keys(parts.store, parts.clock.now())
    dropped = drop_older_keys(settings.key_file)
    print(f"{moved} persetujuan disegel ulang, {dropped} kunci lama dibuang.")
    return 0


def document_names() -> tuple[str, ...]:
    """Return the names that `show` takes."""
    return tuple(DOCUMENTS)


def _text_of(line: bytes) -> str | None:
    try:
        fields = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    text = fields.get("text") if isinstance(fields, dict) else None
    return text if isinstance(text, str) else None
