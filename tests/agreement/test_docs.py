"""What README and documents promise is there, and what comments cite can be opened."""

import ast
import fnmatch
import io
import re
import shlex
import tokenize
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from bot.cli.arguments import parser
from bot.settings import SETTINGS, Settings
from tools import documents

CODE = ("bot", "nlu", "tests", "migrations", "tools")
FOLDERS = (*CODE, "docs")
MIN_WORDS, MAX_WORDS = 400, 600
"""Of the README: three minutes."""
MAX_PICTURE_BYTES = 120_000
CITED = re.compile(r"[\w./*<>-]*\w\.(?:md|yml|py)\b")
NAMED = re.compile(r"[\w./*<>-]+\.(?:md|yml|py|html|toml|txt)")
ADDRESS = re.compile(r"https?://[^\s)>\"'`]+")
NUMBERED = re.compile(r"\b(?:issue|finding)s? (?:#?\d|\")", re.IGNORECASE)
WHATSAPP = {
    "WHATSAPP_TOKEN": "t",
    "WHATSAPP_PHONE_NUMBER_ID": "1",
    "WHATSAPP_APP_SECRET": "s",
    "WHATSAPP_VERIFY_TOKEN": "v",
}


class Recorded(dict[str, str]):
    """An environment that remembers what was asked of it."""

    def __init__(self, values: Mapping[str, str]) -> None:
        super().__init__(values)
        self.asked: set[str] = set()

    def get(self, name: str, default: object = None) -> str | None:  # type: ignore[override]
        self.asked.add(name)
        return super().get(name)


@pytest.fixture(scope="module")
def files(root: Path) -> frozenset[str]:
    """Return every way to name a file of the repository by the end of its path; folders have a slash behind."""
    paths = [path for path in root.iterdir() if path.is_file() or path.name in FOLDERS]
    paths += [path for folder in FOLDERS for path in (root / folder).rglob("*") if "__pycache__" not in path.parts]
    found = set()
    for path in paths:
        parts = path.relative_to(root).parts
        end = "/" if path.is_dir() else ""
        found |= {"/".join(parts[start:]) + end for start in range(len(parts))}
    return frozenset(found)


def pages(root: Path) -> dict[str, str]:
    paths = [*root.glob("*.md"), *(root / "docs").rglob("*.md")]
    return {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in sorted(paths)}


def snippets(page: str) -> list[str]:
    """Return what a page shows as code: lines of fenced blocks, and what stands between backticks."""
    blocks = re.findall(r"^ *```\w*\n(.*?)^ *```", page, re.MULTILINE | re.DOTALL)
    rest = re.sub(r"^ *```\w*\n.*?^ *```", "", page, flags=re.MULTILINE | re.DOTALL)
    return [line.strip() for block in blocks for line in block.splitlines()] + re.findall(r"`([^`\n]+)`", rest)


def is_there(name: str, files: frozenset[str]) -> bool:
    """Say whether a name, a path or the end of one is a file or folder of ours; `*` and `<id>` stand for anything."""
    pattern = re.sub(r"<\w+>", "*", name).removeprefix("./")
    return pattern in files or ("*" in pattern and any(fnmatch.fnmatch(path, pattern) for path in files))


def headings(path: Path) -> set[str]:
    """Return the headings of a page, as links name them."""
    found = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


def test_the_readme_is_read_in_three_minutes(root: Path) -> None:
    assert MIN_WORDS <= len(pages(root)["README.md"].split()) <= MAX_WORDS


def test_the_pictures_are_small_and_shown(root: Path) -> None:
    pictures = sorted((root / "docs" / "pictures").iterdir())
    assert [path.name for path in pictures if path.stat().st_size > MAX_PICTURE_BYTES] == []
    assert [path.name for path in pictures if f"docs/pictures/{path.name}" not in pages(root)["README.md"]] == []


def test_every_link_leads_to_a_file_and_a_heading(root: Path) -> None:
    broken = []
    for name, page in pages(root).items():
        for target in re.findall(r"\]\(([^)\s]+)\)", page):
            if ADDRESS.match(target):
                continue
            file, _, heading = target.partition("#")
            path = (root / name).parent / file if file else root / name
            if not path.exists() or (heading and heading not in headings(path)):
                broken.append((name, target))
    assert broken == []


def test_every_document_is_reached_from_the_index(root: Path) -> None:
    linked = set(re.findall(r"\]\((?:\.\./)?([\w./-]+\.md)", pages(root)["docs/README.md"]))
    documents_there = {path.name for path in (root / "docs").glob("*.md")} - {"README.md"}
    assert documents_there - linked == set()
    records = {path.name for path in (root / "docs" / "decisions").glob("*.md")} - {"README.md"}
    assert records - set(re.findall(r"\]\(([\w-]+\.md)\)", pages(root)["docs/decisions/README.md"])) == set()


def test_every_file_that_a_page_names_is_there(root: Path, files: frozenset[str]) -> None:
    missing = []
    for name, page in pages(root).items():
        for snippet in snippets(page):
            for word in ADDRESS.sub("", snippet).split():
                path = word.strip("(),;:").rstrip("/")
                is_file = NAMED.fullmatch(path) or "." in path.rpartition("/")[2]
                is_ours = NAMED.fullmatch(path) or re.fullmatch(rf"(?:{'|'.join(FOLDERS)})/[\w./*<>-]+", path)
                if is_ours and not path.startswith("var/") and not is_there(path if is_file else f"{path}/", files):
                    missing.append((name, path))
    assert missing == []


def test_every_command_that_a_page_names_is_understood(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong, count = [], 0
    for name, page in pages(root).items():
        for snippet in snippets(page):
            for text in re.findall(r"(?:^|[ /])sinetral ((?!siap).+)", snippet):
                count += 1
                if not is_understood(re.split(r" [<#>|] ?", text)[0]):
                    wrong.append((name, text))
    capsys.readouterr()
    assert wrong == []
    assert count > 50


PARSER = parser()
COMMANDS = [command.prog.split()[1:] for command, _ in documents.leaves(PARSER)]


def is_understood(text: str) -> bool:
    """Say whether this is a command's name, or a whole command that the parser takes."""
    words = shlex.split(text)
    if any(command[: len(words)] == words for command in COMMANDS):
        return True
    try:
        PARSER.parse_args(words)
    except SystemExit as left:
        return left.code == 0
    return True


def test_a_command_that_is_not_there_would_be_seen(capsys: pytest.CaptureFixture[str]) -> None:
    assert not is_understood("guidance burn")
    assert not is_understood("guidance check --on 2027-01-01")
    assert is_understood("guidance")
    capsys.readouterr()


def test_every_module_and_target_that_a_page_names_is_there(root: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    missing = []
    for name, page in pages(root).items():
        for snippet in snippets(page):
            missing += [
                (name, f"make {word}") for word in re.findall(r"\bmake ([a-z][a-z-]*)", snippet) if word not in targets
            ]
            for module in re.findall(r"python -m ((?:bot|nlu|tests|tools)[\w.]*)", snippet):
                path = root.joinpath(*module.rstrip(".").split("."))
                if not (path.with_suffix(".py").exists() or (path / "__main__.py").exists()):
                    missing.append((name, module))
    assert missing == []


def test_what_is_made_from_the_code_is_up_to_date(root: Path) -> None:
    for name, part in documents.parts().items():
        page = pages(root)[f"docs/{name}"]
        assert page == documents.with_part(page, part), "run `python -m tools.documents`"


def test_every_setting_is_listed_and_every_listed_one_is_read() -> None:
    environment = Recorded(WHATSAPP)
    Settings.from_env(environment)
    assert environment.asked | {*WHATSAPP} == {setting.name for setting in SETTINGS}


@pytest.mark.parametrize("name", [setting.name for setting in SETTINGS if setting.default is not None])
def test_a_listed_default_is_what_is_taken(name: str) -> None:
    default = next(setting.default for setting in SETTINGS if setting.name == name)
    assert Settings.from_env(WHATSAPP | {name: default or ""}) == Settings.from_env(WHATSAPP)


def test_every_setting_that_a_page_names_is_listed(root: Path) -> None:
    listed = {setting.name for setting in SETTINGS}
    setting = re.compile(r"\b(?:SINETRAL|TELEGRAM|WHATSAPP)_[A-Z_]+\b(?<!_PACE)")
    named = {(name, word) for name, page in pages(root).items() for word in setting.findall(page)}
    assert {(name, word) for name, word in named if word not in listed} == set()


def comments(source: str) -> Iterator[str]:
    """Yield the comments of a file, and the strings that stand for themselves, as docstrings do."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.value.value


def cited_in(root: Path, what: re.Pattern[str]) -> list[tuple[str, str]]:
    """Return what comments of the code cite, each with the path of its file."""
    found = []
    for path in (path for folder in CODE for path in sorted((root / folder).rglob("*.py"))):
        source = path.read_text(encoding="utf-8")
        # Taking a file apart takes some hundredths of a second, and there are seven hundred.
        if what.search(source):
            name = path.relative_to(root).as_posix()
            found += [(name, match) for text in comments(source) for match in what.findall(ADDRESS.sub("", text))]
    return found


def test_every_file_that_a_comment_cites_is_there(root: Path, files: frozenset[str]) -> None:
    cited = cited_in(root, CITED)
    assert [(name, file) for name, file in cited if not is_there(file, files)] == []
    assert len(cited) > 20


def test_no_comment_cites_a_numbered_note_that_a_reader_lacks(root: Path) -> None:
    assert cited_in(root, NUMBERED) == []


def test_a_citation_that_is_not_there_would_be_seen(files: frozenset[str]) -> None:
    source = '"""As `nowhere.md` says."""\nLIMIT = 3\n"""Of `docs/limits.md`."""\n# See nothing.yml.\n'
    cited = [word for comment in comments(source) for word in CITED.findall(comment)]
    assert sorted(word for word in cited if not is_there(word, files)) == ["nothing.yml", "nowhere.md"]
