"""Addresses of mail, links and names of accounts in a text, each masked whole: half of one is enough to look it up."""

import re
from collections.abc import Callable, Iterator

from bot.core.privacy.number_runs import SEPARATOR
from bot.core.privacy.personal_data import Found, PersonalData, Words, finds, words_in

_PART = r"[\w.+%-]"
_LOCAL = rf"(?<!{_PART}){_PART}{{1,64}}"
"""Of an e-mail address, RFC 5321; bounded, so that a long text takes no longer than its length asks."""
_EMAIL_END = r"(?:com|co|id|go|net|org|ac|sch|mail|desa|web|me|info|xyz)\b"
_AT = rf"(?: ?@ ?| ?[\[({{<] ?(?:at|et|a|@) ?[\])}}>] ?|{SEPARATOR}{{1,3}}(?:at|et)\b{SEPARATOR}{{1,3}})"
_DOT = (
    rf"(?: ?[.,~:_|*] ?| ?[\[({{<] ?(?:dot|titik|\.) ?[\])}}>] ?|{SEPARATOR}{{1,3}}(?:dot|titik)\b{SEPARATOR}{{1,3}})"
)
_DOMAIN = rf"[A-Za-z0-9-]{{1,63}}(?:{_DOT}[A-Za-z0-9-]{{1,63}}){{0,2}}?(?:{_DOT}{_EMAIL_END}){{1,4}}"
_SPELT_MARK = r"(?: ?\. | \.| (?:dot|titik|underscore|strip|garis bawah|_) )"
"""Between the parts of an address that is written apart: "siti . aminah @ gmail . com"."""
_EMAIL = re.compile(
    rf"(?<!{_PART})(?:[\w+%-]{{1,40}}+{_SPELT_MARK}){{1,3}}{_PART}{{1,64}} ?@ ?{_DOMAIN}"
    rf"|{_LOCAL}+{_AT}{_DOMAIN}"
    rf"|{_LOCAL}+@[\w-]{{1,63}}(?:\.[\w-]{{1,63}}){{1,6}}",
    re.IGNORECASE,
)
_EMAIL_OF_MARKS = re.compile(rf"{_LOCAL}{_AT}{_DOMAIN}", re.IGNORECASE)
_AT_BETWEEN_MARKS = re.compile(r"[.+%_-](?:at|et)[.+%_-]", re.IGNORECASE)
"""In "budi_at_gmail_dot_com" what separates the parts may stand in them too."""
_EMAIL_BEHIND_LABEL = re.compile(
    rf"(?:e-?mail|surel|imel|gmail|ymail)(?:ku|nya)?(?: (?:saya|sy|aku|gw|dia|beliau))?[ :=]{{1,3}}"
    rf"(?P<address>(?:[\w.+-]{{1,40}} ){{1,4}}?{_PART}{{0,40}}{_AT}{_DOMAIN})",
    re.IGNORECASE,
)
_EMAIL_SPELT = re.compile(
    rf"(?<!{_PART})(?:[\w+%-]{{1,40}} (?:dot|titik|underscore|strip|garis bawah) ){{1,3}}{_PART}{{1,64}}{_AT}{_DOMAIN}",
    re.IGNORECASE,
)
_EMAIL_WORDS = frozenset({"at", "et", "a"})
_EMAIL_LABELS = words_in("email emailku emailnya e surel surelku surelnya imel imelnya gmail gmailku gmailnya ymail")
_SPELT_WORDS = words_in("dot titik underscore strip garis")

_LINK = re.compile(
    r"\b(?:https?|hxxps?)://[^\s\]]+|\bwww\.[^\s\]]+"
    r"|(?<![a-z0-9.-])(?:[a-z0-9-]{1,63}\.){1,6}(?:com|id|net|org|me|ly|gl|link|info|xyz|io|app|page|site|online|co|tv|gle|ee|be|to|cc|my|sg|us|uk|cloud|dev|ai|gg|news|desa)\b(?:/[^\s\]]*)?",
    re.IGNORECASE,
)
_DOTTED = re.compile(r"\w\.\w")

_PLATFORM = (
    r"(?:ig|insta|instagram|tele|telegram|twitter|tiktok|tik ?tok|fb|facebook|line|threads?|youtube|yt|signal|medsos)"
)
_ACCOUNT_WORD = rf"(?:{_PLATFORM}|username|usn|user|user ?id|id|akun|account|handle)(?:nya|ku)?"
_ACCOUNT_WORDS = frozenset(
    word + ending
    for word in words_in(
        "ig insta instagram tele telegram twitter tiktok tik fb facebook line thread threads youtube yt signal medsos "
        "username usn user userid id akun account handle"
    )
    for ending in ("", "nya", "ku")
)
_BETWEEN = (
    r"(?:(?:nya|saya|sy|aku|ku|gw|gue|dia|beliau|itu|ini|di|dengan|dgn|nama|namanya|bernama|yang|yg|pakai|pake|milik|"
    rf"punya|ada|pribadi|adalah|yaitu|{_ACCOUNT_WORD})\b[ :=,(\"'-]{{0,3}}){{0,4}}"
)
_NAME_OF_ACCOUNT = r"(?P<name>(?<![\w.@])[A-Za-z0-9_][\w.-]{1,62}[A-Za-z0-9_])(?![\w@])"
_BEHIND_ACCOUNT = re.compile(rf"{_ACCOUNT_WORD}\b[ :=,(\"'-]{{1,3}}{_BETWEEN}{_NAME_OF_ACCOUNT}", re.IGNORECASE)
_BEHIND_COLON = re.compile(
    rf"{_ACCOUNT_WORD}(?: saya| sy| ku| gw)? ?[:=] ?(?P<name>[A-Za-z0-9][\w.\-]{{2,}})", re.IGNORECASE
)
_SPELT_HANDLE = re.compile(r"(?<![\w.])[\w.]{1,40}(?: (?:underscore|garis bawah) [\w.]{1,40}){1,3}", re.IGNORECASE)
_HANDLE = re.compile(r"(?<![\w@])@ ?[A-Za-z0-9_](?:[A-Za-z0-9_.]*[A-Za-z0-9_])(?:@[A-Za-z0-9_.]*[A-Za-z0-9_])*")
_WITH_LINE = re.compile(r"(?<![\w@#.])(?=[\w.]{0,64}[A-Za-z])[A-Za-z0-9][A-Za-z0-9.]*_[A-Za-z0-9_.]*[A-Za-z0-9_]")
_FILE_ENDING = re.compile(r"\.(?:pdf|docx?|xlsx?|pptx?|jpe?g|png|mp[34]|zip|rar|csv|txt|apk)$", re.IGNORECASE)
_DOTTED_LOWER = re.compile(r"(?<![\w.@/-])[a-z0-9_]{2,30}(?:\.[a-z0-9_]{2,30}){2,4}(?![\w@/-]|\.\w)")
_WITH_NUMBER = re.compile(r"(?<![\w.@#/-])[a-z]{6,30}\d{2,6}(?![\w@/-]|\.\w)")
_LETTER = re.compile(r"[A-Za-z]")
_MARK_INSIDE = re.compile(r"[._\d]")
_LETTERS = re.compile(r"[a-z]+")
MAX_SIGN = 8
MIN_SMALL_LETTERS = 2
"""Of a name with a line in it; "T_T" is a face, "5G_LT2" a network."""
MIN_ACCOUNT = 4
"""Characters; "p3k" behind "akun" is no name of one."""


def online_names(readable: str, words: Words, is_ordinary: Callable[[str], bool]) -> Iterator[Found]:
    """Yield addresses of mail, links and accounts, the surest kinds first; finds may overlap.

    Args:
        readable: a working copy with what is never masked hidden.
        words: of the text.
        is_ordinary: says of a lower-case word whether it is an ordinary one.
    """
    if "@" in readable or words.have(_EMAIL_WORDS):
        yield from _emails(readable, words)
    if "://" in readable or _DOTTED.search(readable):
        yield from finds(_LINK, readable, PersonalData.LINK)
    yield from _handles(readable, words, is_ordinary)


def _emails(readable: str, words: Words) -> Iterator[Found]:
    for start in words.places_of(_EMAIL_LABELS):
        match = _EMAIL_BEHIND_LABEL.match(readable, start)
        if match is not None:
            yield Found(start=match.start("address"), end=match.end("address"), kind=PersonalData.EMAIL)
    if words.have(_SPELT_WORDS):
        yield from finds(_EMAIL_SPELT, readable, PersonalData.EMAIL)
    yield from finds(_EMAIL, readable, PersonalData.EMAIL)
    if _AT_BETWEEN_MARKS.search(readable) is not None:
        yield from finds(_EMAIL_OF_MARKS, readable, PersonalData.EMAIL)


def _handles(readable: str, words: Words, is_ordinary: Callable[[str], bool]) -> Iterator[Found]:
    if "@" in readable:
        yield from finds(_HANDLE, readable, PersonalData.HANDLE)
    has_account = words.have(_ACCOUNT_WORDS)
    if has_account:
        for start in words.places_of(_ACCOUNT_WORDS):
            yield from _behind_account(readable, start, is_ordinary)
    if "underscore" in words.known or "bawah" in words.known:
        yield from finds(_SPELT_HANDLE, readable, PersonalData.HANDLE)
    yield from _tokens_with_marks(readable, is_ordinary, has_account=has_account)


def _tokens_with_marks(readable: str, is_ordinary: Callable[[str], bool], *, has_account: bool) -> Iterator[Found]:
    """Yield what is written as only names of accounts are, with lines, dots or a number, wherever it stands."""
    if "_" in readable:
        for match in _WITH_LINE.finditer(readable):
            token = match.group()
            has_enough = sum(map(str.islower, token)) >= MIN_SMALL_LETTERS or len(token) >= MAX_SIGN
            if has_enough and not _is_file_name(token):
                yield Found(start=match.start(), end=match.end(), kind=PersonalData.HANDLE)
    patterns = ([_DOTTED_LOWER] if "." in readable else []) + ([_WITH_NUMBER] if has_account else [])
    for pattern in patterns:
        for match in pattern.finditer(readable):
            if not _is_made_of_words(match.group(), is_ordinary) and not _is_file_name(match.group()):
                yield Found(start=match.start(), end=match.end(), kind=PersonalData.HANDLE)


def _behind_account(readable: str, start: int, is_ordinary: Callable[[str], bool]) -> Iterator[Found]:
    match = _BEHIND_COLON.match(readable, start)
    if match is None:
        match = _BEHIND_ACCOUNT.match(readable, start)
        if match is None or not _is_account(match["name"], is_ordinary):
            return
    yield Found(start=match.start("name"), end=match.end("name"), kind=PersonalData.HANDLE)


def _is_account(token: str, is_ordinary: Callable[[str], bool]) -> bool:
    """Say whether what stands behind a word for an account names one: it has a digit, dot or line, and a letter."""
    if len(token) < MIN_ACCOUNT or not _LETTER.search(token) or not _MARK_INSIDE.search(token):
        return False
    return "_" in token or not (_is_made_of_words(token, is_ordinary) or _is_file_name(token))


def _is_made_of_words(token: str, is_ordinary: Callable[[str], bool]) -> bool:
    """Say whether a blank was only forgotten behind a full stop, or a number ends an ordinary word: "pemilu2024"."""
    return all(is_ordinary(word) for word in _LETTERS.findall(token.lower()))


def _is_file_name(token: str) -> bool:
    return _FILE_ENDING.search(token) is not None
