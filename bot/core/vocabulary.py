"""Words that every room uses: channels, stages of an election, facts of a situation, aspects of an answer."""

from enum import StrEnum


class Channel(StrEnum):
    """Where a conversation takes place."""

    WEB = "web"
    TERMINAL = "terminal"
    TELEGRAM = "telegram"
    WHATSAPP = "whatsapp"


class Stage(StrEnum):
    """The stage of an election, in order."""

    BEFORE_CANDIDATES = "sebelum_penetapan"
    CAMPAIGN = "kampanye"
    QUIET_PERIOD = "masa_tenang"
    VOTING_DAY = "hari_pemungutan"
    AFTER_VOTING = "setelah_pemungutan"


class Slot(StrEnum):
    """A fact of the asker's situation that may change a verdict; also the NLU's entity kinds."""

    ROLE = "peran"
    STAGE = "tahapan"
    ELECTION = "jenis_pemilihan"
    FAMILY = "hubungan_keluarga"
    MEDIUM = "kanal"


class Aspect(StrEnum):
    """Which part of a topic's guidance was given."""

    ANSWER = "answer"
    SANCTION = "sanction"
    LEGAL_BASIS = "legal_basis"
    EXCEPTION = "exception"
    VARIANT = "variant"


class Unreadable(StrEnum):
    """Why an utterance has no parse."""

    EMPTY = "empty"
    NO_WORDS = "no_words"
    """Emoji or punctuation only."""
    TOO_LONG = "too_long"
    VOICE = "voice"
    PICTURE = "picture"
    STICKER = "sticker"
    FORWARDED = "forwarded"
    EDITED = "edited"
    UNSUPPORTED = "unsupported"
    """Any other kind of message."""
    NLU_DOWN = "nlu_down"


class Pending(StrEnum):
    """What a person is told before the answer to their next message; stored by value."""

    REPLY_LOST = "reply_lost"
    """An earlier answer did not reach them."""
    NUMBER_CHANGED = "number_changed"
    """Their number changed, so their reminders ended; only a new consent brings them back."""


CHANNEL_NAMES = {
    Channel.WEB: "Web",
    Channel.TERMINAL: "Terminal",
    Channel.TELEGRAM: "Telegram",
    Channel.WHATSAPP: "WhatsApp",
}
