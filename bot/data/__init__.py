"""Files that belong to the program: the guidance it begins with, word lists, privacy documents."""

from pathlib import Path

GUIDANCE = Path(__file__).parent / "guidance"
"""The seed: instruments, groups, and a file for each topic."""
WORD_LISTS = Path(__file__).parent / "word_lists"
"""Of the masking."""
