"""Ask whether who decides is another person than who wrote, not only another name."""

from collections.abc import Collection, Sequence
from datetime import datetime

from bot.application.admin import AuditTrail
from bot.core.authority import Handling, held_until, second_person_problem
from bot.core.errors import InvalidInputError


def account_is_settled(handlings: Sequence[Handling], now: datetime) -> bool:
    """Say whether nothing was done to an account lately that nobody confirmed."""
    until = held_until(handlings)
    return until is None or until <= now


async def require_second_person(audit: AuditTrail, decider: str, authors: Collection[str], now: datetime) -> None:
    """Refuse whoever may be the writer under another name.

    Raises:
        InvalidInputError: saying why.
    """
    own = await audit.handlings(decider)
    problem = second_person_problem(own, authors, now)
    if problem is not None:
        raise InvalidInputError(problem)
