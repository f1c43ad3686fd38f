"""What may be typed after `sinetral`."""

import argparse
from datetime import date
from pathlib import Path

from bot.cli import ask, calendar, campaigns, chat, figures, guidance, nlu, platform_templates, privacy, server, users
from bot.core.vocabulary import Stage

MAX_PERIODS = 520


def parser() -> argparse.ArgumentParser:
    """Return the parser; every command sets `command`, an async function of settings and arguments."""
    top = argparse.ArgumentParser(
        prog="sinetral", description="Menjawab pertanyaan ASN tentang netralitas, beserta pasalnya."
    )
    commands = top.add_subparsers(required=True, metavar="PERINTAH")
    run = commands.add_parser("run", help="nyalakan NLU dan obrolan web")
    run.set_defaults(command=server.run)
    talk = commands.add_parser("chat", help="mengobrol di terminal")
    talk.set_defaults(command=chat.run)
    _add_ask(commands.add_parser("ask", help="satu pertanyaan, atau banyak lewat --jsonl"))
    _add_guidance(commands.add_parser("guidance", help="jawaban: muat, periksa, keluarkan"))
    _add_calendar(commands.add_parser("calendar", help="kalender tahapan pemilihan"))
    _add_nlu(commands.add_parser("nlu", help="model NLU: latih, nilai; contoh berlabel"))
    _add_privacy(commands)
    users.add_commands(commands)
    campaigns.add_commands(commands)
    platform_templates.add_commands(commands)
    database = commands.add_parser("database", help="basis data").add_subparsers(required=True, metavar="PERINTAH")
    upgrade = database.add_parser("upgrade", help="mutakhirkan skema")
    upgrade.set_defaults(command=server.upgrade_database)
    return top


def _add_ask(command: argparse.ArgumentParser) -> None:
    command.add_argument("text", nargs="?", help="pertanyaannya")
    command.add_argument(
        "--jsonl", action="store_true", help='baris {"text": str, "conversation": str?} dari masukan standar'
    )
    command.add_argument("--date", type=_day, help="jawab seolah hari ini tanggal ini (TTTT-BB-HH)")
    command.add_argument("--stage", type=_stage, help=f"tahapan pemilihan: {', '.join(stage.value for stage in Stage)}")
    command.set_defaults(command=ask.run)


def _add_guidance(command: argparse.ArgumentParser) -> None:
    commands = command.add_subparsers(required=True, metavar="PERINTAH")
    load = commands.add_parser("load", help="muat berkas awal; yang sudah disunting tidak ditimpa")
    load.add_argument("--from", dest="folder", type=Path, help="folder berkas YAML (bawaan: bot/data/guidance)")
    load.set_defaults(command=guidance.load)
    check = commands.add_parser("check", help="periksa apakah semua jawaban boleh dikirim")
    check.add_argument("--date", type=_day, help="periksa untuk tanggal ini (TTTT-BB-HH)")
    check.set_defaults(command=guidance.check)
    export = commands.add_parser("export", help="tulis jawaban yang terbit sebagai YAML atau buku saku")
    export.add_argument("--to", dest="folder", type=Path, help="folder tujuan berkas YAML")
    export.add_argument("--html", type=Path, help="berkas tujuan buku saku untuk dicetak")
    export.set_defaults(command=guidance.export)


def _add_calendar(parent: argparse.ArgumentParser) -> None:
    commands = parent.add_subparsers(required=True, metavar="PERINTAH")
    show = commands.add_parser("show", help="tampilkan kalender dan tahapan hari ini")
    show.set_defaults(command=calendar.show)
    put = commands.add_parser("set", help="tetapkan tahapan satu pemilihan, menggantikan yang lama")
    put.add_argument("election", help="nama pemilihan, misalnya 'Pilkada 2031'")
    put.add_argument(
        "periods",
        nargs="+",
        type=calendar.period,
        metavar="TAHAPAN=MULAI..SELESAI",
        help="misalnya masa_tenang=2031-01-05..2031-01-07",
    )
    put.set_defaults(command=calendar.put)
    remove = commands.add_parser("remove", help="hapus satu pemilihan dari kalender")
    remove.add_argument("election")
    for command in (put, remove):
        command.add_argument("--as", dest="acting", metavar="NAMA", help="atas nama pengguna; kata sandi ditanyakan")
    remove.set_defaults(command=calendar.remove)


def _add_nlu(command: argparse.ArgumentParser) -> None:
    commands = command.add_subparsers(required=True, metavar="PERINTAH")
    train = commands.add_parser("train", help="latih model dari nlu/data; dilewati bila tidak ada yang berubah")
    train.set_defaults(command=nlu.train)
    evaluate = commands.add_parser("evaluate", help="nilai model pada soal uji; laporan HTML dan JSON")
    evaluate.add_argument("--to", dest="folder", type=Path, default=Path("var/evaluasi"), help="folder laporan")
    evaluate.add_argument("--no-baselines", action="store_true", help="tanpa model pembanding")
    evaluate.set_defaults(command=nlu.evaluate)
    examples = commands.add_parser("examples", help="tulis contoh berlabel sebagai data latih untuk dibaca")
    examples.add_argument(
        "--to", dest="file", type=Path, default=Path("var/contoh-berlabel.yml"), help="berkas YAML tujuan"
    )
    examples.set_defaults(command=nlu.examples)


def _add_privacy(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    scrub = commands.add_parser("scrub", help="tutup data pribadi seperti pada catatan pertanyaan")
    scrub.add_argument("--jsonl", action="store_true", help='baris {"text": str} dari masukan standar')
    scrub.set_defaults(command=privacy.scrub)
    published = commands.add_parser("figures", help="angka yang boleh dibagikan: topik per minggu, sebagai CSV")
    published.add_argument("--weeks", type=_weeks, default=8, help="berapa minggu penuh terakhir (bawaan: 8)")
    published.set_defaults(command=figures.run)
    about = commands.add_parser("privacy", help="laporan hapus dan purge, dokumen privasi")
    abouts = about.add_subparsers(required=True, metavar="PERINTAH")
    report = abouts.add_parser("report", help="apa yang dihapus dan dicabut, tanpa identitas")
    report.add_argument("--days", type=_weeks, default=privacy.REPORTED_DAYS, help="berapa hari ke belakang")
    report.set_defaults(command=privacy.report)
    show = abouts.add_parser("show", help="tampilkan dokumen privasi")
    show.add_argument("name", choices=privacy.document_names())
    show.set_defaults(command=privacy.show)
    keys = commands.add_parser("keys", help="kunci penyegel").add_subparsers(required=True, metavar="PERINTAH")
    rotate = keys.add_parser("rotate", help="buat kunci baru; yang lama masih membuka")
    rotate.set_defaults(command=privacy.rotate)
    retire = keys.add_parser("retire", help="segel ulang dengan kunci baru dan buang yang lama")
    retire.set_defaults(command=privacy.retire)


def _weeks(value: str) -> int:
    if not value.isdecimal() or not 1 <= int(value) <= MAX_PERIODS:
        raise argparse.ArgumentTypeError(f"bilangan dari 1 sampai {MAX_PERIODS}, bukan {value}")
    return int(value)


def _day(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"bukan tanggal TTTT-BB-HH: {value}") from error


def _stage(value: str) -> Stage:
    try:
        return Stage(value)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"tahapan yang dikenal: {', '.join(s.value for s in Stage)}") from error
