"""Ask whether who decides is another person than who wrote, not only another name."""

from collections.abc import Collection, Iterable
from datetime import datetime

from bot.application.accounts.ports import AuditTrail
from bot.core.accounts.permissions import Ties, controllers, hold_problem, second_person_problem, unconfirmed
from bot.core.errors import InvalidInputError


async def ties_of(audit: AuditTrail, names: Iterable[str]) -> Ties:
    """Return what was done to these accounts and to everybody they lead to."""
    ties = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in ties:
            ties[name] = await audit.handlings(name)
            waiting.extend(done.by for done in unconfirmed(ties[name]))
    return ties


async def are_apart(audit: AuditTrail, one: str, others: Collection[str]) -> bool:
    """Say whether an account is in no hands that one of the others may be in, too."""
    ties = await ties_of(audit, [one, *others])
    return not any(controllers(one, ties) & controllers(other, ties) for other in others)


async def require_settled(audit: AuditTrail, name: str, now: datetime) -> None:
    """Refuse whoever was just made, changed or reset by somebody else.

    Raises:
        InvalidInputError: saying so.
    """
    problem = hold_problem(await audit.handlings(name), now)
    if problem is not None:
        raise InvalidInputError(problem)


async def require_second_person(audit: AuditTrail, decider: str, authors: Collection[str], now: datetime) -> None:
    """Refuse whoever may be the writer under another name.

    Raises:
        InvalidInputError: saying why.
    """
    ties = await ties_of(audit, [decider, *authors])
    problem = second_person_problem(decider, authors, ties, now)
    if problem is not None:
        raise InvalidInputError(problem)
