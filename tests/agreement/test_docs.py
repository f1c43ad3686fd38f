"""What the README promises is there."""

import re
from pathlib import Path

from bot.cli.arguments import parser


def readme(root: Path) -> str:
    return (root / "README.md").read_text(encoding="utf-8")


def test_every_setting_is_listed_and_every_listed_one_is_read(root: Path) -> None:
    names = "(?:SINETRAL|TELEGRAM|WHATSAPP)_[A-Z_]+"
    read = set(re.findall(f'"({names})"', (root / "bot" / "settings.py").read_text(encoding="utf-8")))
    listed = set(re.findall(f"`({names})`", readme(root)))
    assert listed == read


def test_every_make_target_named_is_there(root: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"`?make ([a-z-]+)", readme(root))) - targets == set()


def test_every_command_named_is_understood(root: Path) -> None:
    named = ["chat", 'ask "boleh?"', "ask --jsonl", "guidance check --date 2027-01-01", "guidance load"]
    named += ["guidance export --to x", "guidance export --html y", "calendar show"]
    for command in named:
        words = [word.strip('"') for word in command.split()]
        assert parser().parse_args(words).command is not None
        assert words[0] in readme(root)


def test_every_file_named_in_the_house_is_there(root: Path) -> None:
    paths = re.findall(r"`((?:bot|nlu|tests|channels|application|core|storage)/[a-z_/]+\.py)`", readme(root))
    assert paths
    missing = [path for path in paths if not (root / path).exists() and not (root / "bot" / path).exists()]
    assert missing == []
