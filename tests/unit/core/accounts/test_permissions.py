"""Who may do what: every use case by every set of roles and each reach, as the code itself names them."""

import ast
import importlib
import inspect
import pkgutil
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from types import ModuleType
from typing import Any

import pytest

from bot import application
from bot.core.accounts.permissions import (
    HOLD,
    NO_ROLE,
    NOT_NATIONAL,
    RULES,
    Deed,
    Handling,
    Reach,
    controllers,
    held_until,
    may,
    second_person_problem,
)
from bot.core.accounts.users import PERMISSIONS, Role, User
from bot.core.errors import InvalidInputError

NOW = datetime(2026, 12, 1, 5, 0, tzinfo=UTC)
WHO = {"user", "actor"}
"""Names of the argument that says who acts."""
NAMED = (User, User | None, "User", "User | None")
"""How a signature says that somebody acts."""
BEFORE_ANYBODY = {"LogIn"}
"""Whose methods decide who somebody is; nobody is logged in yet."""
QUIET = {"ManageCampaigns.waiting_for"}
"""Those that answer nothing to whoever may not, and refuse nobody."""


class _ReachedError(Exception):
    """The use case went past its first line."""


class Untouched:
    """A part of a use case that nothing may be asked of."""

    def __getattr__(self, _name: str) -> object:
        raise _ReachedError


@dataclass(frozen=True)
class UseCase:
    """One public method that does something for a user."""

    kind: type
    name: str
    who: str
    first: ast.stmt

    @property
    def label(self) -> str:
        return f"{self.kind.__name__}.{self.name}"

    @property
    def deeds(self) -> Sequence[Deed]:
        """The deeds that the first line names, in `require(user, Deed.X)` or `if not may(user, Deed.X)`."""
        return [
            Deed[call.args[1].attr]
            for call in ast.walk(self.first)
            if isinstance(call, ast.Call)
            and isinstance(call.func, ast.Name)
            and call.func.id in {"require", "may"}
            and isinstance(call.args[0], ast.Name)
            and call.args[0].id == self.who
            and isinstance(call.args[1], ast.Attribute)
        ]

    async def call(self, user: User) -> None:
        """Call it on parts that nothing may be asked of, with nothing in the other arguments."""
        parts: Any = {field.name: Untouched() for field in fields(self.kind)}
        method = getattr(self.kind(**parts), self.name)
        others: Any = {name: None for name in inspect.signature(method).parameters if name != self.who}
        await method(**{self.who: user}, **others)


def _modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(application.__path__, "bot.application."):
        yield importlib.import_module(found.name)


def _use_cases() -> Iterator[UseCase]:
    for module in _modules():
        for kind in vars(module).values():
            if not inspect.isclass(kind) or kind.__module__ != module.__name__ or not is_dataclass(kind):
                continue
            for name, method in vars(kind).items():
                hints = inspect.get_annotations(method) if inspect.isfunction(method) else {}
                who = [each for each, hint in hints.items() if each != "return" and hint in NAMED]
                if who and not name.startswith("_"):
                    body = ast.parse(textwrap.dedent(inspect.getsource(method))).body[0]
                    assert isinstance(body, ast.AsyncFunctionDef | ast.FunctionDef)
                    yield UseCase(kind, name, who[0], body.body[1 if ast.get_docstring(body) else 0])


USE_CASES = [each for each in _use_cases() if each.kind.__name__ not in BEFORE_ANYBODY]
ROLES = [frozenset(roles) for size in range(len(Role) + 1) for roles in combinations(Role, size)]


def person(roles: frozenset[Role], agency: str | None) -> User:
    return User(
        id="1", name="budi", full_name="Budi", roles=roles, agency=agency, is_disabled=False, has_second_factor=True,
        must_change_password=False,
    )  # fmt: skip


async def refusal(use_case: UseCase, user: User) -> str | None:
    """Return the words of a refusal by role or reach, None when the use case went on to its work."""
    try:
        await use_case.call(user)
    except InvalidInputError as error:
        return str(error) if str(error) in {NO_ROLE, NOT_NATIONAL} else None
    except (_ReachedError, AttributeError, TypeError):
        return None
    raise AssertionError("it did its work without a store")


def expected_refusal(deed: Deed, roles: frozenset[Role], agency: str | None) -> str | None:
    rule = RULES[deed]
    if not any(permission in PERMISSIONS[role] for role in roles for permission in rule.permissions):
        return NO_ROLE
    return NOT_NATIONAL if rule.reach is Reach.NATIONAL and agency is not None else None


def test_the_use_cases_that_take_a_user_are_all_seen() -> None:
    seen = {each.kind.__name__ for each in USE_CASES}
    assert seen == {"EditDrafts", "EditLaw", "LabelQuestions", "ManageCampaigns", "ManageTemplates", "ManageUsers"}


@pytest.mark.parametrize("use_case", USE_CASES, ids=lambda each: each.label)
def test_every_use_case_asks_the_table_in_its_first_line(use_case: UseCase) -> None:
    assert len(use_case.deeds) == 1


@pytest.mark.parametrize("use_case", USE_CASES, ids=lambda each: each.label)
def test_who_acts_is_called_by_a_name_that_is_looked_for(use_case: UseCase) -> None:
    assert use_case.who in WHO


@pytest.mark.parametrize(
    "use_case", [each for each in USE_CASES if each.label not in QUIET], ids=lambda each: each.label
)
@pytest.mark.parametrize("agency", [None, "bkd", ""], ids=["national", "agency", "lost agency"])
async def test_a_use_case_serves_whom_the_table_allows_it_and_nobody_else(
    use_case: UseCase, agency: str | None
) -> None:
    for roles in ROLES:
        told = await refusal(use_case, person(roles, agency))
        assert told == expected_refusal(use_case.deeds[0], roles, agency), (sorted(roles), agency)


def test_every_deed_of_the_table_is_asked_for() -> None:
    asked = {deed for each in USE_CASES for deed in each.deeds}
    assert set(Deed) - asked == {Deed.REVIVE_INSTRUMENTS}, "that one is asked for beside what is changed"


@pytest.mark.parametrize("deed", Deed)
@pytest.mark.parametrize("agency", [None, "bkd"], ids=["national", "agency"])
def test_a_page_shows_only_what_the_use_case_does(deed: Deed, agency: str | None) -> None:
    for roles in ROLES:
        user = person(roles, agency)
        if may(user, deed):
            assert any(user.may(permission) for permission in RULES[deed].permissions), (deed, roles)


@pytest.mark.parametrize("deed", Deed)
def test_who_is_disabled_may_nothing(deed: Deed) -> None:
    assert not may(replace(person(frozenset(Role), None), is_disabled=True), deed)


# The second person


def handled(by: str, hours: float, *, is_confirmation: bool = False) -> Handling:
    return Handling(by=by, at=NOW - timedelta(hours=hours), is_confirmation=is_confirmation)


def problem(own: Sequence[Handling], authors: Sequence[str], now: datetime, **others: Sequence[Handling]) -> str | None:
    return second_person_problem("budi", authors, {"budi": own, **others}, now)


def test_whoever_was_just_made_or_reset_decides_about_nothing_for_a_day() -> None:
    assert problem([handled("admin", 1)], ["cici"], NOW) is not None
    assert problem([handled("admin", 25)], ["cici"], NOW) is None
    assert held_until([handled("admin", 1)]) == NOW - timedelta(hours=1) + HOLD


def test_a_second_administrator_ends_the_wait_and_the_first_does_not() -> None:
    assert problem([handled("admin", 2), handled("lain", 1, is_confirmation=True)], ["cici"], NOW) is None
    assert problem([handled("admin", 2), handled("admin", 1, is_confirmation=True)], ["cici"], NOW) is not None
    later = [handled("admin", 3), handled("lain", 2, is_confirmation=True), handled("admin", 1)]
    assert problem(later, ["cici"], NOW) is not None


def test_whoever_was_made_or_reset_by_the_writer_is_no_second_person_ever() -> None:
    own = [handled("cici", 24 * 90), handled("lain", 24 * 89, is_confirmation=True)]
    assert problem(own, ["cici", "dodi"], NOW) is not None
    assert problem(own, ["dodi"], NOW) is None


OLD = 24 * 90
"""Hours: long after every wait."""


def test_two_accounts_that_one_person_made_are_no_two_persons_however_long_ago() -> None:
    made = [handled("admin", OLD)]
    assert problem(made, ["cici"], NOW, cici=made) is not None
    assert problem(made, ["cici"], NOW, cici=[handled("lain", OLD)]) is None


def test_one_confirmed_account_of_the_two_is_enough() -> None:
    made, seen = [handled("admin", OLD)], [handled("admin", OLD), handled("lain", OLD - 1, is_confirmation=True)]
    assert problem(seen, ["cici"], NOW, cici=made) is None
    assert problem(made, ["cici"], NOW, cici=seen) is None


def test_an_account_made_by_an_account_that_the_writer_made_is_the_writers() -> None:
    chain = {"boneka": [handled("cici", OLD)]}
    assert problem([handled("boneka", OLD)], ["cici"], NOW, **chain) is not None
    assert controllers("budi", {"budi": [handled("boneka", OLD)], **chain}) == {"budi", "boneka", "cici"}


def test_the_writers_account_may_be_in_the_deciders_hands_too() -> None:
    assert problem([], ["cici"], NOW, cici=[handled("budi", OLD)]) is not None


def test_every_writer_counts_and_not_only_the_first() -> None:
    made = [handled("admin", OLD)]
    assert problem(made, ["dodi", "cici"], NOW, cici=made) is not None


def test_accounts_that_reset_one_another_end_the_search() -> None:
    ties = {"budi": [handled("cici", OLD)], "cici": [handled("budi", OLD)]}
    assert controllers("budi", ties) == {"budi", "cici"}


def test_a_command_on_the_server_makes_nobody_the_same_person_and_confirms_everybody() -> None:
    assert problem([handled("sistem", 1)], ["cici"], NOW, cici=[handled("sistem", 1)]) is None
    seen = [handled("admin", 2), handled("lain", 2), handled("sistem", 1, is_confirmation=True)]
    assert problem(seen, ["cici"], NOW, cici=[handled("admin", 2)]) is None


def test_each_of_two_administrators_who_reset_an_account_must_be_confirmed() -> None:
    both = [handled("admin", 3), handled("lain", 2), handled("lain", 1, is_confirmation=True)]
    assert held_until(both) == NOW - timedelta(hours=2) + HOLD


@pytest.mark.parametrize("deed", Deed)
def test_an_old_account_with_the_servers_name_may_nothing(deed: Deed) -> None:
    assert not may(replace(person(frozenset(Role), None), name="sistem"), deed)
