"""The sentences of the corpus as keyboards, word processors and people who hide something write them.

The separators and forms were listed for this file alone, without a look at what the folding and the masking know.
"""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.privacy.corpus import Secret, Sentence, Span, corpus

NUMBERS = (Secret.NIP, Secret.NIK, Secret.NPWP, Secret.PHONE, Secret.ACCOUNT)
SEPARATORS = (
    *(
        "‐",
        "‑",
        "‒",
        "–",
        "—",
        "―",
        "−",
        "⁻",
        "﹣",
        "－",
        "⸺",
        "➖",
        "·",
        "•",
        "∙",
        "⋅",
        "‧",
        "・",
        "｡",
        "。",
        "．",
        "․",
        "▪",
    ),
    *(
        ".",
        ",",
        ":",
        ";",
        "/",
        "\\",
        "|",
        "_",
        "*",
        "~",
        "=",
        "+",
        "#",
        "^",
        "'",
        "⁄",
        "∕",
        "⧸",
        "｜",
        "＿",
        "＊",
        "～",
        "‖",
    ),
    *("\u00a0", "\u2002", "\u2006", "\u2007", "\u202f", "\u205f", "\u3000", "\t", "\n", "\u2028", "\x0b"),
    *("→", "➡️", "☎", "📞", "🔢", "✳️", "⚡", "👉🏽", "\u00ad", "\u200b", "\u2060", "\ufeff", "\u3164", "\ufffd"),
    *(" · ", " – ", " | ", "..", "--", "  ", ".-", ")-(", "\u200b \u200b", "\u2011\u2060"),
)
ZEROS = "٠۰߀०০੦௦౦๐໐០᠐᭐᮰꧐꘠０𝟎𝟘𝟢𝟬𝟶"
HIDDEN = "\u200b\u200c\u200d\u00ad\u2060\u2063\ufeff\u180e\u3164\u2800\u034f\u0336\ufe0f"


@dataclass(frozen=True, kw_only=True)
class Disguised:
    """A sentence with one identifier in another form."""

    text: str
    secret: str
    """The identifier's digits and letters as they were, lower case."""
    kind: str
    form: str


def disguised(seed: int = 7) -> Iterator[Disguised]:
    """Return every sentence with an identifier, each in two of the disguises that its kind may have."""
    chance = random.Random(seed)
    for sentence in corpus():
        for span in sentence.identifiers:
            for name, change in chance.sample(sorted(_changes_of(span.kind).items()), 2):
                yield _with(sentence, span, change(sentence.of(span), chance), f"{span.kind} {name}")


def _changes_of(kind: str) -> dict[str, Callable[[str, random.Random], str]]:
    if kind in NUMBERS:
        return {
            "other separators": _other_separators,
            "one gap": _one_gap,
            "every gap": _every_gap,
            "groups": _groups,
            "digits of a script": _script,
            "hidden characters": _hidden,
        }
    if kind == Secret.EMAIL:
        return {"signs": _signs, "hidden characters": _hidden, "full width": _full_width}
    if kind == Secret.PLATE:
        return {"other separators": _other_separators, "hidden characters": _hidden, "full width": _full_width}
    return {"hidden characters": _hidden, "full width": _full_width}


def _with(sentence: Sentence, span: Span, written: str, form: str) -> Disguised:
    text = sentence.text[: span.start] + written + sentence.text[span.end :]
    return Disguised(text=text, secret=_bare(sentence.of(span)), kind=span.kind, form=form)


def _bare(text: str) -> str:
    return re.sub(r"[\W_]", "", text).lower()


def is_told(case: Disguised, masked: str) -> bool:
    """Say whether more of the secret in a row is left than could be found by chance."""
    most_left = 4 if case.kind in (*NUMBERS, Secret.PLATE) else 7
    rest = _bare(re.sub(r"\[[A-Z_]+\]", " ", masked))
    pieces = (case.secret[at : at + most_left + 1] for at in range(len(case.secret) - most_left))
    if case.kind in NUMBERS:
        rest = re.sub(r"\D", "", rest)
        pieces = (piece for piece in pieces if piece.isdecimal())
    return any(piece in rest for piece in pieces)


def _other_separators(written: str, chance: random.Random) -> str:
    sign = chance.choice(SEPARATORS)
    return re.sub(r"(?<=[0-9A-Za-z])[^\w()+]+(?=[0-9A-Za-z])", lambda _: sign, written)


def _one_gap(written: str, chance: random.Random) -> str:
    gaps = [match.end() for match in re.finditer(r"\d(?=\d)", written)]
    at = chance.choice(gaps) if gaps else len(written)
    return written[:at] + chance.choice(SEPARATORS) + written[at:] if gaps else written


def _every_gap(written: str, chance: random.Random) -> str:
    sign = chance.choice(SEPARATORS)
    return re.sub(r"(?<=\d)(?=\d)", lambda _: sign, written)


def _groups(written: str, chance: random.Random) -> str:
    size = chance.randint(2, 5)
    return re.sub(rf"(\d{{{size}}})(?=\d)", lambda match: match[1] + chance.choice(SEPARATORS), written)


def _script(written: str, chance: random.Random) -> str:
    zero = ord(chance.choice(ZEROS))
    return "".join(chr(zero + int(each)) if each.isdecimal() else each for each in written)


def _hidden(written: str, chance: random.Random) -> str:
    inside = "".join(each + (chance.choice(HIDDEN) if chance.random() < 0.3 else "") for each in written[:-1])
    return inside + written[-1:]


def _full_width(written: str, _chance: random.Random) -> str:
    return "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in written)


def _signs(written: str, chance: random.Random) -> str:
    at = chance.choice(["＠", "﹫", " ＠ ", "\u200b@\u2060", "⟨at⟩", " ﹙at﹚ ", "[at]", "{at}", " at "])
    dot = chance.choice(["．", "。", "․", "\u200b.", " ．", "[dot]", " dot ", "﹒"])
    local, _, domain = written.partition("@")
    return local + at + domain.replace(".", dot) if domain else written
