"""Setting up: what is skipped, what is found, what is said on failure."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tools import setup


def run(root: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tools.setup", *arguments],
        cwd=root,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def copy_of(root: Path, folder: Path) -> Path:
    """Return a checkout with just what set-up reads."""
    for name in ("bot/__init__.py", "tools/__init__.py", "tools/setup.py", "pyproject.toml"):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((root / name).read_bytes())
    (folder / "requirements.txt").write_text("")
    (folder / "nlu").mkdir()
    (folder / "nlu" / "requirements.txt").write_text("")
    return folder


def test_it_needs_nothing_but_the_standard_library(root: Path) -> None:
    code = f"import sys; sys.path.insert(0, {str(root)!r}); import tools.setup; print('fine')"
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("fine", "")


@pytest.mark.full
def test_a_failing_step_names_itself_and_what_to_do(root: Path, tmp_path: Path) -> None:
    checkout = copy_of(root, tmp_path)
    (checkout / "requirements.txt").write_text("no-such-package-of-ours==1 --hash=sha256:" + "0" * 64 + "\n")
    done = run(checkout, "bot", PIP_NO_INDEX="1")
    assert done.returncode == 2
    assert "step 1 (bot environment (.venv)) failed" in done.stderr
    assert "run `make setup` again" in done.stderr


def test_what_is_stamped_is_skipped_until_its_input_changes(root: Path, tmp_path: Path) -> None:
    inputs = [tmp_path / "lock.txt"]
    inputs[0].write_text("a==1")
    setup._stamp(tmp_path, inputs)
    assert setup._is_stamped(tmp_path, inputs)
    inputs[0].write_text("a==2")
    assert not setup._is_stamped(tmp_path, inputs)


def test_a_python_of_another_version_is_not_taken_for_310(tmp_path: Path) -> None:
    wrong = tmp_path / "python3.10"
    wrong.write_text("#!/bin/sh\necho 3 9\n")
    wrong.chmod(wrong.stat().st_mode | stat.S_IXUSR)
    assert setup._version_of([str(wrong)]) == (3, 9)


def test_without_python_310_it_says_how_to_get_one(root: Path, tmp_path: Path) -> None:
    checkout = copy_of(root, tmp_path)
    setup_of_copy = (
        "import tools.setup as s; s._make_bot = lambda _: None;"
        "import sys; s._is_stamped = lambda *_: False; sys.exit(s.main([]))"
    )
    empty = tmp_path / "bin"
    empty.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", setup_of_copy],
        cwd=checkout,
        env={"PATH": str(empty)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "step 2 (NLU environment (.venv-nlu)) failed" in done.stderr
    assert "pyenv install 3.10" in done.stderr
