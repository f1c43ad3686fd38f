"""Write the parts of docs that are made from the code: `python -m tools.documents`.

What stands between the two marks of a page is replaced: every command in docs/commands.md, every setting in
docs/operations.md. A test compares them with the code.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from bot.cli.arguments import parser
from bot.settings import SETTINGS, Setting

DOCS = Path(__file__).parents[1] / "docs"
BEGIN = "<!-- made by `python -m tools.documents`; change the code, not this -->"
END = "<!-- end of what is made -->"


def main() -> int:
    """Bring the pages up to date."""
    for name, part in parts().items():
        page = DOCS / name
        page.write_text(with_part(page.read_text(encoding="utf-8"), part), encoding="utf-8")
    return 0


def parts() -> Mapping[str, str]:
    """Return what stands between the marks of each page, by the page's name."""
    return {"commands.md": commands(), "operations.md": settings()}


def with_part(page: str, part: str) -> str:
    """Return a page with what stands between its marks replaced.

    Raises:
        ValueError: when a mark is missing.
    """
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n\n{part}\n{END}{after}"


def settings() -> str:
    """Return the table of all settings."""
    rows = [f"| `{setting.name}` | {_default(setting)} | {setting.meaning} |" for setting in SETTINGS]
    return "\n".join(["| setting | default | meaning |", "|---|---|---|", *rows]) + "\n"


def _default(setting: Setting) -> str:
    return f"`{setting.default}`" if setting.default is not None else setting.unset


def commands() -> str:
    """Return every command with its help and its arguments, in the order of `--help`."""
    return "\n".join(_described(command, text) for command, text in leaves(parser()))


def leaves(command: argparse.ArgumentParser, text: str = "") -> Iterator[tuple[argparse.ArgumentParser, str]]:
    """Yield every command that can be run, with its line of help."""
    below = [action for action in command._actions if isinstance(action, argparse._SubParsersAction)]
    if not below:
        yield command, text
    for action in below:
        lines = {choice.dest: choice.help or "" for choice in action._choices_actions}
        for name, child in action.choices.items():
            yield from leaves(child, lines.get(name, ""))


def _described(command: argparse.ArgumentParser, text: str) -> str:
    arguments = [action for action in command._actions if not isinstance(action, argparse._HelpAction)]
    lines = [f"### `{command.prog}`", "", f"{text}.", ""]
    rows = [f"| {_name(action)} | {_help(action)} |" for action in arguments]
    return "\n".join([*lines, *(["| argument | |", "|---|---|", *rows, ""] if rows else [])])


def _name(action: argparse.Action) -> str:
    shown = action.metavar if isinstance(action.metavar, str) else action.dest
    if not action.option_strings:
        return f"`{shown}`" if action.nargs not in {"?", "*"} else f"`[{shown}]`"
    option = action.option_strings[-1]
    value = "" if action.nargs == 0 else f" {shown if action.metavar else shown.upper()}"
    return f"`{option}{value}`" + (", needed" if action.required else "")


def _help(action: argparse.Action) -> str:
    choices = f"one of {', '.join(f'`{choice}`' for choice in action.choices)}" if action.choices else ""
    return "; ".join(filter(None, [(action.help or "").replace("|", "\\|"), choices]))


if __name__ == "__main__":
    sys.exit(main())
