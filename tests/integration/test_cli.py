"""The command line on a SQLite file: what it prints, where, and its exit codes."""

import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import yaml

from bot.application.guidance.load_seed import count
from bot.cli import run
from bot.core.guidance.book import GuidanceBook
from bot.storage.guidance.seed import read_seed
from tests.support.database import the_seed

GOOD_DAY = "2026-11-24"
LATER = "2027-05-24"
"""The day after the review day of the seed."""
EVER = "2000-01-01..2100-01-01"
QUIET = "masa_tenang=2031-01-05..2031-01-07"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What one command did."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, kw_only=True)
class CommandLine:
    """`sinetral` with a database of its own."""

    database: Path
    capture: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str) -> Outcome:
        """Run one command."""
        self.capture.readouterr()
        code = run(list(arguments))
        printed = self.capture.readouterr()
        return Outcome(code=code, out=printed.out, err=printed.err)

    def refused(self, arguments: Sequence[str]) -> Outcome:
        """Run one command that is refused before it begins."""
        self.capture.readouterr()
        with pytest.raises(SystemExit) as stopped:
            run(list(arguments))
        printed = self.capture.readouterr()
        assert isinstance(stopped.value.code, int)
        return Outcome(code=stopped.value.code, out=printed.out, err=printed.err)

    def sql(self, statement: str, *values: str) -> None:
        """Change rows behind the program's back."""
        connection = sqlite3.connect(self.database)
        with connection:
            connection.execute(statement, values)
        connection.close()


@pytest.fixture
def fresh(empty_sqlite: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """Return the command line on a database that does not exist yet."""
    return _command_line(empty_sqlite, monkeypatch, capsys)


@pytest.fixture
def sinetral(seeded_sqlite: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """Return the command line on a database with the seed published."""
    return _command_line(seeded_sqlite, monkeypatch, capsys)


# guidance load


def test_the_first_load_says_what_was_added(fresh: CommandLine, book: GuidanceBook) -> None:
    added = len(book.groups) + len(book.instruments) + 59 + 59
    expected = Outcome(code=0, out=f"Ditambahkan {added}, sudah sama 0, berbeda 0.\n", err="")
    assert fresh("guidance", "load") == expected


def test_a_second_load_adds_nothing(sinetral: CommandLine, book: GuidanceBook) -> None:
    same = len(book.groups) + len(book.instruments) + 59 + 59
    expected = Outcome(code=0, out=f"Ditambahkan 0, sudah sama {same}, berbeda 0.\n", err="")
    assert sinetral("guidance", "load") == expected


def test_a_load_names_what_was_edited_in_the_database(sinetral: CommandLine) -> None:
    sinetral.sql("UPDATE guidance SET short = 'Disunting.' WHERE topic_id = ?", "tim_sukses")
    sinetral.sql("UPDATE instrument SET status = 'dicabut' WHERE code = ?", "PP 94/2021")
    loaded = sinetral("guidance", "load")
    assert loaded.code == 0
    assert loaded.out.splitlines()[1:] == [
        "  berbeda dari berkas, yang di basis data dipertahankan: peraturan PP 94/2021",
        "  berbeda dari berkas, yang di basis data dipertahankan: jawaban tim_sukses",
    ]


def test_loading_from_a_folder_without_files_is_bad_input(fresh: CommandLine, tmp_path: Path) -> None:
    folder = tmp_path / "tak-ada"
    expected = Outcome(code=2, out="", err=f"sinetral: {folder / 'groups.yml'}: cannot be read\n")
    assert fresh("guidance", "load", "--from", str(folder)) == expected
    assert not fresh.database.exists()


# guidance check


def test_a_check_counts_what_is_published(sinetral: CommandLine, book: GuidanceBook) -> None:
    counts = count(book)
    checked = sinetral("guidance", "check", "--date", GOOD_DAY)
    assert (checked.code, checked.err) == (0, "")
    assert checked.out.splitlines() == [
        f"{GOOD_DAY}: 59 topik, 59 jawaban, {counts.variants} varian, {counts.citations} kutipan,"
        f" {counts.instruments} peraturan.",
        "Semua jawaban boleh dikirim.",
    ]


def test_a_check_names_every_withheld_answer_and_its_reason(sinetral: CommandLine) -> None:
    sinetral.sql("UPDATE instrument SET status = 'dicabut' WHERE code = ?", "Putusan MK 135/PUU-XXII/2024")
    sinetral.sql("UPDATE guidance SET review_by = '2026-11-23' WHERE topic_id = ?", "hak_pilih")
    checked = sinetral("guidance", "check", "--date", GOOD_DAY)
    *withheld, total = checked.err.splitlines()
    assert checked.code == 1
    assert total == "2 dari 59 topik tidak punya jawaban yang boleh dikirim."
    assert "ditahan: hak_pilih: tanggal tinjau ulang terlewati (2026-11-23)" in withheld
    assert [line for line in withheld if line.endswith("dasar hukum tidak berlaku (Putusan MK 135/PUU-XXII/2024)")]


def test_a_check_after_the_review_day_withholds_everything(sinetral: CommandLine) -> None:
    checked = sinetral("guidance", "check", "--date", LATER)
    assert checked.code == 1
    assert checked.err.splitlines()[-1] == "59 dari 59 topik tidak punya jawaban yang boleh dikirim."


def test_a_check_of_an_empty_database_fails(fresh: CommandLine) -> None:
    checked = fresh("guidance", "check", "--date", GOOD_DAY)
    assert (checked.code, checked.err) == (1, "0 dari 0 topik tidak punya jawaban yang boleh dikirim.\n")


# guidance export


def test_an_export_holds_the_seed_and_what_was_edited_since(sinetral: CommandLine, tmp_path: Path) -> None:
    folder = tmp_path / "keluar"
    words = "Disunting: “ya” & tidak."
    sinetral.sql("UPDATE guidance SET short = ? WHERE topic_id = ?", words, "tim_sukses")
    exported = sinetral("guidance", "export", "--to", str(folder))
    assert exported == Outcome(code=0, out=f"61 berkas ditulis ke {folder}.\n", err="")
    edited = [replace(e, short=words) if e.topic == "tim_sukses" else e for e in the_seed().entries]
    in_order = sorted(the_seed().instruments, key=lambda instrument: instrument.code)
    assert read_seed(folder) == replace(the_seed(), entries=edited, instruments=in_order)


def test_an_export_to_nowhere_is_bad_input(sinetral: CommandLine) -> None:
    expected = Outcome(code=2, out="", err="sinetral: sebutkan --to FOLDER, --html BERKAS, atau keduanya\n")
    assert sinetral("guidance", "export") == expected


def test_an_export_that_cannot_be_written_is_bad_input(sinetral: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "berkas").touch()
    exported = sinetral("guidance", "export", "--to", str(tmp_path / "berkas"))
    assert (exported.code, exported.out) == (2, "")
    assert exported.err.startswith(f"sinetral: tidak bisa menulis ke {tmp_path / 'berkas'}")


def test_labelled_examples_are_written_for_a_curator_to_read(sinetral: CommandLine, tmp_path: Path) -> None:
    insert = "INSERT INTO labelled_example VALUES (?, ?, ?, ?, 'ani', '2026-11-24', NULL, 'sekali')"
    sinetral.sql(insert, "a", "jadi timses [NAMA]?", "topic", "tim_sukses")
    sinetral.sql(insert, "b", "podcast politik?", "proposal", "usulan-1")
    file = tmp_path / "baru" / "contoh.yml"
    written = sinetral("nlu", "examples", "--to", str(file))
    assert written.out.startswith(f"1 contoh ditulis ke {file}; 1 dari usulan topik")
    assert yaml.safe_load(file.read_text())["nlu"] == [{"intent": "tim_sukses", "examples": "- jadi timses X?\n"}]
    assert sinetral("nlu", "examples", "--to", str(tmp_path)).code == 2


# calendar


def test_a_stage_that_was_set_is_shown_with_todays(sinetral: CommandLine) -> None:
    put = sinetral("calendar", "set", "Pilkada 2031", f"kampanye={EVER}", QUIET)
    assert put == Outcome(code=0, out="Pilkada 2031: 2 tahapan ditetapkan.\n", err="")
    shown = sinetral("calendar", "show")
    *periods, today = shown.out.splitlines()
    assert [period.split() for period in periods] == [
        ["2000-01-01..2100-01-01", "kampanye", "Pilkada", "2031"],
        ["2031-01-05..2031-01-07", "masa_tenang", "Pilkada", "2031"],
    ]
    assert re.fullmatch(r"Hari ini \(\d{4}-\d\d-\d\d\): kampanye\.", today)


def test_setting_an_election_again_replaces_its_stages_only(sinetral: CommandLine) -> None:
    sinetral("calendar", "set", "Pilkada 2031", f"kampanye={EVER}", QUIET)
    sinetral("calendar", "set", "Pemilu 2029", "kampanye=2028-11-01..2029-02-01")
    sinetral("calendar", "set", "Pilkada 2031", QUIET)
    periods = sinetral("calendar", "show").out.splitlines()[:-1]
    assert [period.split()[1:] for period in periods] == [
        ["kampanye", "Pemilu", "2029"],
        ["masa_tenang", "Pilkada", "2031"],
    ]


def test_without_elections_the_standing_rules_apply(sinetral: CommandLine) -> None:
    [today] = sinetral("calendar", "show").out.splitlines()
    assert today.endswith(": tidak ada tahapan; aturan umum yang berlaku.")


def test_a_removed_election_is_gone(sinetral: CommandLine) -> None:
    sinetral("calendar", "set", "Pilkada 2031", QUIET)
    removed = sinetral("calendar", "remove", "Pilkada 2031")
    assert removed == Outcome(code=0, out="Pilkada 2031 dihapus dari kalender.\n", err="")
    assert len(sinetral("calendar", "show").out.splitlines()) == 1


def test_removing_an_election_that_is_not_there_is_bad_input(sinetral: CommandLine) -> None:
    expected = Outcome(code=2, out="", err="sinetral: tidak ada pemilihan bernama Pilkada 1999 di kalender\n")
    assert sinetral("calendar", "remove", "Pilkada 1999") == expected


def test_one_stage_twice_is_bad_input_and_changes_nothing(sinetral: CommandLine) -> None:
    sinetral("calendar", "set", "Pilkada 2031", f"kampanye={EVER}")
    refused = sinetral("calendar", "set", "Pilkada 2031", QUIET, QUIET)
    assert refused == Outcome(code=2, out="", err="sinetral: satu tahapan ditulis dua kali\n")
    assert "kampanye" in sinetral("calendar", "show").out


# Bad input


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["guidance", "check", "--date", "24-11-2026"], "bukan tanggal TTTT-BB-HH: 24-11-2026"),
        (["calendar", "set", "Pilkada 2031", "masa_tenang"], "tulis TAHAPAN=MULAI..SELESAI"),
        (["calendar", "set", "Pilkada 2031", f"liburan={EVER}"], "tulis TAHAPAN=MULAI..SELESAI"),
        (["calendar", "set", "Pilkada 2031", "kampanye=2031-01-07..2031-01-05"], "mulai sesudah selesai"),
        (["calendar", "set", "Pilkada 2031"], "TAHAPAN=MULAI..SELESAI"),
        (["terbang"], "terbang"),
        ([], "PERINTAH"),
    ],
)
def test_arguments_that_cannot_be_read_are_bad_input(fresh: CommandLine, arguments: list[str], said: str) -> None:
    refused = fresh.refused(arguments)
    assert (refused.code, refused.out) == (2, "")
    assert said in refused.err.splitlines()[-1]
    assert not fresh.database.exists()


@pytest.mark.parametrize("character", ["\0", "\x07", "\x7f", "\udcff"])
def test_a_control_character_or_what_is_not_utf_8_reaches_no_command_that_keeps_it(
    sinetral: CommandLine, character: str
) -> None:
    refused = sinetral("calendar", "set", f"Pilkada{character}", f"kampanye={EVER}")
    assert (refused.code, refused.out) == (2, "")
    assert refused.err == "sinetral: argumen memuat karakter kendali atau yang bukan UTF-8; ketik ulang tanpa itu\n"
    assert "Pilkada" not in sinetral("calendar", "show").out


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SINETRAL_PORT", "banyak", "SINETRAL_PORT must be a whole number from 1 to 65535"),
        ("SINETRAL_TIMEZONE", "WIB", "SINETRAL_TIMEZONE must name a time zone, such as Asia/Makassar; not WIB"),
        ("SINETRAL_DATABASE_URL", "mysql://x", "SINETRAL_DATABASE_URL must begin with sqlite: or postgresql:"),
    ],
)
def test_a_setting_that_cannot_be_read_is_one_line_that_names_it(
    fresh: CommandLine, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    assert fresh("guidance", "check") == Outcome(code=2, out="", err=f"sinetral: {said}\n")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("postgresql://127.0.0.1:9/x", "Connection refused"),
        ("sqlite:///{folder}/tulisan.txt", "file is not a database"),
    ],
    ids=["nobody listens", "no database"],
)
def test_a_database_that_cannot_be_opened_is_one_line(
    fresh: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, address: str, said: str
) -> None:
    (tmp_path / "tulisan.txt").write_text("bukan basis data " * 100, encoding="utf-8")
    monkeypatch.setenv("SINETRAL_DATABASE_URL", address.format(folder=tmp_path))
    checked = fresh("guidance", "check", "--date", GOOD_DAY)
    [line] = checked.err.splitlines()
    assert (checked.code, checked.out) == (2, "")
    assert line.startswith("sinetral: basis data tidak bisa dibuka: ")
    assert f"{said}; periksa SINETRAL_DATABASE_URL" in line


def test_a_folder_for_the_database_that_cannot_be_made_is_one_line(
    fresh: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "berkas").touch()
    monkeypatch.setenv("SINETRAL_DATABASE_URL", f"sqlite:///{tmp_path}/berkas/sinetral.db")
    checked = fresh("guidance", "check", "--date", GOOD_DAY)
    [line] = checked.err.splitlines()
    assert (checked.code, checked.out) == (2, "")
    assert line.startswith(f"sinetral: folder basis data {tmp_path}/berkas tidak bisa dibuat (")


def test_a_damaged_key_file_stops_every_command_that_opens_the_store(
    sinetral: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    key = tmp_path / "rusak.key"
    key.write_text("rusak", encoding="ascii")
    key.chmod(0o600)
    monkeypatch.setenv("SINETRAL_KEY_FILE", str(key))
    checked = sinetral("guidance", "check", "--date", GOOD_DAY)
    assert (checked.code, checked.out) == (2, "")
    assert checked.err.startswith(f"sinetral: the key file {key} ")
    assert key.read_text(encoding="ascii") == "rusak"


def test_upgrading_the_database_makes_it_and_its_key(fresh: CommandLine, tmp_path: Path) -> None:
    upgraded = fresh("database", "upgrade")
    assert upgraded == Outcome(code=0, out="Skema basis data mutakhir.\n", err="")
    assert fresh.database.exists()
    assert (tmp_path / "keys" / "master.key").exists()


def _command_line(address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    database = Path(address.removeprefix("sqlite:///"))
    folder = database.parent if database.exists() else database.parent.parent
    monkeypatch.setenv("SINETRAL_DATABASE_URL", address)
    monkeypatch.setenv("SINETRAL_KEY_FILE", str(folder / "keys" / "master.key"))
    monkeypatch.setenv("SINETRAL_TIMEZONE", "Asia/Jakarta")
    return CommandLine(database=database, capture=capsys)
