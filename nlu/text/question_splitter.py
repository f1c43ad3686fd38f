"""Take a message with several questions apart."""

import re
from collections.abc import Mapping

from nlu.text.normalise import normalise_token

MAX_QUESTIONS = 3
"""A text that seems to ask more is a story that wonders, not a list of questions."""
MIN_WORDS = 3
"""A shorter question ("sanksinya apa?") leans on what stands before it and is no question of its own."""

_SENTENCE = re.compile(r"[^.?!;\n]+[.?!;\n]*")
_JOINING = "terus|trus|trs|lalu|lantas|kemudian|selain itu|satu lagi|1 lagi|sekalian|oh ?iya|oh ?ya|oya"
_AND_ASKING = (
    "(?:dan|sama|atau|n) +(?:apakah|apa|apkh|bolehkah|boleh|bole|blh|gimana|gmn|gmna|bagaimana|bgmn|kalau|kalo|klo|kl)"
)
_JOINT = re.compile(rf"(?:,\s*|(?<!\s)\s+)(?=(?:{_JOINING}|{_AND_ASKING})\b)", re.IGNORECASE)
"""Where one question may end and the next begin without a mark between them; a row of blanks is looked at once."""
_ASKING = re.compile(
    r"\b(?:apa|apakah|apaan|boleh|bolehkah|bisa|bisakah|gimana|bagaimana|kenapa|mengapa|kapan|siapa|berapa|mana|dimana"
    r"|dilarang|larangan|melanggar|pelanggaran|kena|dihukum|sanksi|wajib|harus|haruskah|aman|bahaya|salah|gapapa"
    r"|oleh|entuk|iso|tiasa|meunang|buliah|bulih|kengeng|pareng)\b"
)
"""Words, in their common spelling, one of which stands in nearly every question about what is allowed."""


def split_questions(text: str, spellings: Mapping[str, str]) -> tuple[str, ...]:
    """Return the questions of a message that asks two or three, in order; () for one question or a long story.

    A sentence that asks nothing belongs to the question after it, as its situation; behind the last one, to that.

    Args:
        text: as written.
        spellings: as `normalise_token` reads them.
    """
    questions: list[str] = []
    situation = ""
    for sentence in _SENTENCE.findall(text):
        for part in _JOINT.split(sentence):
            situation = f"{situation} {part.strip()}".strip()
            if _asks(part, spellings):
                questions.append(situation)
                situation = ""
    own = [question for question in questions if len(question.split()) >= MIN_WORDS]
    if situation and own and own[-1] == questions[-1]:
        own[-1] = f"{own[-1]} {situation}"
    return tuple(own) if 2 <= len(own) <= MAX_QUESTIONS else ()


def _asks(part: str, spellings: Mapping[str, str]) -> bool:
    if part.rstrip().endswith("?"):
        return True
    return any(_ASKING.search(normalise_token(word, spellings)) for word in part.split())
