"""What can be interpreted, and what is something else."""

import pytest

from bot.core.dialogue.conversation import Command, Search, Thumb
from bot.core.dialogue.utterance import MAX_UTTERANCE, classify_utterance, other_words, word_count
from bot.core.vocabulary import Unreadable


@pytest.mark.parametrize(
    ("utterance", "text"),
    [
        ("bolehkah saya like?", "bolehkah saya like?"),
        ("  bolehkah\n", "bolehkah"),
        ("👍 setuju", "👍 setuju"),
        ("2", "2"),
        ("2️⃣", "2️⃣"),
        ("ꦧꦺꦴꦭꦺꦃ", "ꦧꦺꦴꦭꦺꦃ"),
    ],
)
def test_what_has_a_letter_or_a_digit_is_interpreted_trimmed(utterance: str, text: str) -> None:
    assert classify_utterance(utterance) == text


@pytest.mark.parametrize("utterance", ["", " ", "\n\t\u00a0"])
def test_white_space_is_an_empty_message(utterance: str) -> None:
    assert classify_utterance(utterance) == Unreadable.EMPTY


@pytest.mark.parametrize("utterance", ["?", "...", "😀", "🙏🙏", "👍👎", "👍😀", "👍🐀", "👍!", "/", "\u200d"])
def test_emoji_and_punctuation_have_no_words(utterance: str) -> None:
    assert classify_utterance(utterance) == Unreadable.NO_WORDS


@pytest.mark.parametrize(
    ("utterance", "heard"),
    [("a" * MAX_UTTERANCE, "a" * MAX_UTTERANCE), ("a" * (MAX_UTTERANCE + 1), Unreadable.TOO_LONG)],
    ids=["longest", "longer"],
)
def test_4096_characters_are_read_and_not_one_more(utterance: str, heard: str | Unreadable) -> None:
    assert classify_utterance(utterance) == heard


def test_the_longest_utterance_is_what_the_design_says() -> None:
    assert MAX_UTTERANCE == 4_096


@pytest.mark.parametrize("utterance", [" " * 5_000, "👍" * 5_000, "/hapus " + "a" * 5_000])
def test_a_text_too_long_is_too_long_whatever_it_holds(utterance: str) -> None:
    assert classify_utterance(utterance) == Unreadable.TOO_LONG


@pytest.mark.parametrize(
    ("utterance", "thumb"),
    [
        ("👍", Thumb.UP),
        (" 👍🏽 ", Thumb.UP),
        ("👍👍🏿 👍", Thumb.UP),
        ("👍\ufe0f", Thumb.UP),
        ("👎", Thumb.DOWN),
        ("👎🏻", Thumb.DOWN),
    ],
)
def test_a_thumb_is_feedback_in_every_skin_tone(utterance: str, thumb: Thumb) -> None:
    assert classify_utterance(utterance) == thumb


@pytest.mark.parametrize("tone", [chr(point) for point in range(0x1F3FB, 0x1F400)])
def test_a_skin_tone_alone_is_no_thumb(tone: str) -> None:
    assert classify_utterance(tone) == Unreadable.NO_WORDS


@pytest.mark.parametrize(
    ("utterance", "command"),
    [
        ("/start", Command.START),
        ("/mulai", Command.START),
        ("/help", Command.HELP),
        ("/bantuan", Command.HELP),
        ("/topik", Command.TOPICS),
        ("/topics", Command.TOPICS),
        ("/cari", Command.TOPICS),
        ("/privasi", Command.PRIVACY),
        ("/privacy", Command.PRIVACY),
        ("/hapus", Command.ERASE),
        (" /HAPUS ", Command.ERASE),
        ("/hapus sekarang juga", Command.ERASE),
        ("/hapus\nsemua", Command.ERASE),
        ("/hapus@SiNetralBot", Command.ERASE),
    ],
)
def test_a_slash_command_is_known_by_its_names(utterance: str, command: Command) -> None:
    assert classify_utterance(utterance) == command


@pytest.mark.parametrize("utterance", ["/topik foto calon", "/topics  foto calon", "/CARI@SiNetralBot Foto calon "])
def test_the_topics_command_with_words_asks_for_topics_by_them(utterance: str) -> None:
    assert classify_utterance(utterance) == Search(words="foto calon")


@pytest.mark.parametrize("utterance", ["/hapuskan", "/entah", "hapus", "tolong /hapus", "/hapus!", "//hapus"])
def test_what_only_looks_like_a_command_is_interpreted(utterance: str) -> None:
    assert classify_utterance(utterance) == utterance


@pytest.mark.parametrize(
    "hidden", ["\u200b", "\u00ad", "\u2060", "\ufeff", "\u3164", "\u2800", "\u202e", "\x00", "\u0336"]
)
@pytest.mark.parametrize(
    ("before", "after", "heard"),
    [
        ("/ha", "pus", Command.ERASE),
        ("", "/privasi", Command.PRIVACY),
        ("/", "topik foto", Search(words="foto")),
        ("ST", "OP", Command.STOP),
        ("berhenti", "", Command.STOP),
        ("", "👍", Thumb.UP),
        ("bo", "lehkah like?", "bolehkah like?"),
        ("kirim 0812", "3456", "kirim 08123456"),
    ],
)
def test_what_cannot_be_seen_changes_nothing_that_is_heard(
    before: str, after: str, heard: str | Command | Search | Thumb, hidden: str
) -> None:
    assert classify_utterance(f"{before}{hidden}{after}") == heard


@pytest.mark.parametrize(
    ("utterance", "heard"),
    [
        ("／ｈａｐｕｓ", Command.ERASE),
        ("⁄hapus", Command.ERASE),
        ("/ｔｏｐｉｋ\u3000ｆｏｔｏ　ｃａｌｏｎ", Search(words="foto calon")),
        ("/tоpik cаlon", Search(words="calon")),
        ("ｓｔｏｐ", Command.STOP),
        ("𝐁𝐞𝐫𝐡𝐞𝐧𝐭𝐢！", Command.STOP),
        ("ѕtор", Command.STOP),
        ("🅂🅃🄾🄿", Command.STOP),
        ("\u2067stop\u2069", Command.STOP),
        ("“bolehkah saya ‘like’ — atau tidak…”", "\"bolehkah saya 'like' - atau tidak...\""),
        ("pilih ２", "pilih 2"),
        ("\ud83d\udc4d", Thumb.UP),
        ("👎\ufe0f\u200d", Thumb.DOWN),
        ("👍🏽", Thumb.UP),
    ],
)
def test_every_form_is_heard_as_the_plain_one(utterance: str, heard: str | Command | Search | Thumb) -> None:
    assert classify_utterance(utterance) == heard


@pytest.mark.parametrize(
    "hidden", ["\u200b", "\u00ad\u2060", "\u3164", "\u2800 \u2800", "\ufeff\n", "\U000e0041", "\x00"]
)
def test_what_cannot_be_seen_alone_has_no_words(hidden: str) -> None:
    assert classify_utterance(hidden) == Unreadable.NO_WORDS


def test_a_text_is_too_long_by_what_was_written_and_not_by_what_it_folds_to() -> None:
    assert classify_utterance("a" + "\u200b" * MAX_UTTERANCE) == Unreadable.TOO_LONG
    heard = classify_utterance("㌀" * MAX_UTTERANCE)
    assert isinstance(heard, str)
    assert len(heard) <= MAX_UTTERANCE


@pytest.mark.parametrize(("text", "words"), [("", 0), ("boleh", 1), (" kalau  PPPK\nbagaimana? ", 3)])
def test_words_stand_between_white_space(text: str, words: int) -> None:
    assert word_count(text) == words


@pytest.mark.parametrize(
    ("text", "entity", "others"),
    [
        ("kalau PPPK gimana?", "PPPK", ()),
        ("klo suami saya yg maju", "suami saya", ("maju",)),
        ("Gimanaaa kalo sekda juga?", "sekda", ()),
        ("pasalnya berapa", "", ("pasal", "berapa")),
        ("kalau PPPK ikut kampanye?", "PPPK", ("ikut", "kampanye")),
    ],
)
def test_other_words_stand_outside_entities_and_carry_content(text: str, entity: str, others: tuple[str, ...]) -> None:
    start = text.index(entity)
    assert other_words(text, [(start, start + len(entity))]) == others
