"""The one rule of review: what one person wrote or handed in, another one decides about, as it was when it was read."""

from collections.abc import Collection

from bot.core.errors import InvalidInputError

OWN_WORK = "Anda ikut menulis atau mengajukannya. Persetujuannya harus dari orang lain."
CHANGED_SINCE = "Isinya berubah sejak Anda membukanya. Baca lagi sebelum menyetujui."
NO_REASON = "Tuliskan apa yang perlu diperbaiki, agar penulisnya tahu."
MAX_REASON_CHARACTERS = 500


def is_second_person(involved: Collection[str], name: str) -> bool:
    """Say whether somebody is none of those who wrote something or handed it in; names are the same in any case."""
    return name.casefold() not in {each.casefold() for each in involved}


def with_involved(involved: tuple[str, ...], name: str) -> tuple[str, ...]:
    """Return those who are involved, with one more."""
    return (*involved, name) if is_second_person(involved, name) else involved


def require_review(involved: Collection[str], decider: str, *, is_as_read: bool) -> None:
    """Refuse whoever decides about their own work, or about something else than they read.

    Whether the name is another person's, too, is asked of the trail (`bot.application.accounts.second_person`).

    Raises:
        InvalidInputError: saying which.
    """
    if not is_second_person(involved, decider):
        raise InvalidInputError(OWN_WORK)
    if not is_as_read:
        raise InvalidInputError(CHANGED_SINCE)


def reason_of_return(written: str) -> str:
    """Return why something goes back to its writers, on one line.

    Raises:
        InvalidInputError: when nothing is said.
    """
    reason = " ".join(written.split())[:MAX_REASON_CHARACTERS]
    if not reason:
        raise InvalidInputError(NO_REASON)
    return reason
