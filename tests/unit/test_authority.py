"""Who may do what: every deed by every set of roles and both reaches, through the use cases themselves."""

import inspect
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any, cast

import pytest

from bot.application.edit_drafts import EditDrafts, EditLaw, Written
from bot.application.label_questions import LabelQuestions
from bot.application.manage_campaigns import ManageCampaigns
from bot.application.manage_templates import ManageTemplates
from bot.application.manage_users import ManageUsers, Wanted
from bot.core.accounts import PERMISSIONS, Role, User
from bot.core.authority import (
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
from bot.core.errors import InvalidInputError

NOW = datetime(2026, 12, 1, 5, 0, tzinfo=UTC)
Call = Callable[[User], Awaitable[object]]


class Clock:
    def now(self) -> datetime:
        return NOW


class _ReachedError(Exception):
    """The use case went past its first line."""


class Untouched:
    """A store that nothing may be asked of."""

    def __getattr__(self, _name: str) -> object:
        raise _ReachedError


STORE: Any = Untouched()
PASSWORDS: Any = Untouched()
DRAFTS = EditDrafts(store=STORE, clock=cast("Any", Clock()), new_id=lambda: "x")
LAW = EditLaw(store=STORE, clock=cast("Any", Clock()))
USERS = ManageUsers(store=STORE, passwords=PASSWORDS, clock=cast("Any", Clock()))
QUESTIONS = LabelQuestions(store=STORE, clock=cast("Any", Clock()), new_id=lambda: "x", lexicon=cast("Any", None))
WANTED = Wanted(full_name="Ani", roles=frozenset({Role.VIEWER}), agency="bkd")
WRITTEN = Written(content=cast("Any", None), effective_from=None, summary="", edition=1)
CALLS: Sequence[tuple[str, Deed, Call]] = (
    ("begin", Deed.WRITE_DRAFTS, lambda user: DRAFTS.begin(user, "hak_pilih")),
    ("save", Deed.WRITE_DRAFTS, lambda user: DRAFTS.save(user, "x", WRITTEN)),
    ("submit", Deed.WRITE_DRAFTS, lambda user: DRAFTS.submit(user, "x")),
    ("give_back", Deed.RETURN_DRAFTS, lambda user: DRAFTS.give_back(user, "x", "kurang")),
    ("discard", Deed.WRITE_DRAFTS, lambda user: DRAFTS.discard(user, "x")),
    ("approve", Deed.PUBLISH_DRAFTS, lambda user: DRAFTS.approve(user, "x", 1)),
    ("change_instrument", Deed.CHANGE_INSTRUMENTS, lambda user: LAW.change_instrument(user, cast("Any", None))),
    ("set_stages", Deed.SET_CALENDAR, lambda user: LAW.set_stages(user, "Pilkada", ())),
    ("label", Deed.LABEL_QUESTIONS, lambda user: QUESTIONS.label(user, ["x"], cast("Any", None))),
    ("propose", Deed.LABEL_QUESTIONS, lambda user: QUESTIONS.propose(user, ["x"], "Nama", "Lingkup")),
    ("undo", Deed.LABEL_QUESTIONS, lambda user: QUESTIONS.undo(user, "x")),
    ("merge", Deed.LABEL_QUESTIONS, lambda user: QUESTIONS.merge(user, "x", "hak_pilih")),
    ("close", Deed.LABEL_QUESTIONS, lambda user: QUESTIONS.close(user, "x")),
    ("discard questions", Deed.LABEL_QUESTIONS, lambda user: QUESTIONS.discard(user, ["x"])),
    ("delete", Deed.LABEL_QUESTIONS, lambda user: QUESTIONS.delete(user, "x")),
    ("add", Deed.MANAGE_USERS, lambda user: USERS.add(user, "ani", WANTED, "kuda lari senja 9 biru")),
    ("change", Deed.MANAGE_USERS, lambda user: USERS.change(user, "ani", WANTED)),
    ("set_disabled", Deed.MANAGE_USERS, lambda user: USERS.set_disabled(user, "ani", True)),
    ("reset_second_factor", Deed.MANAGE_USERS, lambda user: USERS.reset_second_factor(user, "ani")),
    ("reset_password", Deed.MANAGE_USERS, lambda user: USERS.reset_password(user, "ani", "kuda lari senja 9 biru")),
    ("confirm", Deed.MANAGE_USERS, lambda user: USERS.confirm(user, "ani")),
    ("handlings", Deed.MANAGE_USERS, lambda user: USERS.handlings(user, "ani")),
)
ROLES = [frozenset(roles) for size in range(len(Role) + 1) for roles in combinations(Role, size)]


def person(roles: frozenset[Role], agency: str | None) -> User:
    return User(
        id="1", name="budi", full_name="Budi", roles=roles, agency=agency, is_disabled=False, has_second_factor=True,
        must_change_password=False, failures=0, locked_until=None,
    )  # fmt: skip


async def refusal(call: Call, user: User) -> str | None:
    """Return the words of a refusal, None when the use case went on to its work."""
    try:
        await call(user)
    except InvalidInputError as error:
        return str(error)
    except (_ReachedError, AttributeError, TypeError):
        return None
    raise AssertionError("it did its work without a store")


@pytest.mark.parametrize(("name", "deed", "call"), CALLS, ids=[name for name, _, _ in CALLS])
@pytest.mark.parametrize("agency", [None, "bkd"], ids=["national", "agency"])
async def test_a_deed_is_done_for_whom_the_table_allows_it_and_for_nobody_else(
    name: str, deed: Deed, call: Call, agency: str | None
) -> None:
    rule = RULES[deed]
    for roles in ROLES:
        has_role = any(permission in PERMISSIONS[role] for role in roles for permission in rule.permissions)
        expected = None
        if not has_role:
            expected = NO_ROLE
        elif rule.reach is Reach.NATIONAL and agency is not None:
            expected = NOT_NATIONAL
        told = await refusal(call, person(roles, agency))
        assert told == expected, (name, sorted(roles), agency)


@pytest.mark.parametrize("deed", Deed)
def test_who_is_disabled_may_nothing(deed: Deed) -> None:
    assert not may(replace(person(frozenset(Role), None), is_disabled=True), deed)


def _methods(kind: type) -> set[str]:
    return {
        name
        for name, method in inspect.getmembers(kind, inspect.iscoroutinefunction)
        if not name.startswith("_") and {"user", "actor"} & set(inspect.signature(method).parameters)
    }


@pytest.mark.parametrize("kind", [EditDrafts, EditLaw, LabelQuestions, ManageUsers])
def test_no_use_case_with_a_user_is_left_out(kind: type) -> None:
    assert _methods(kind) <= {name.split()[0] for name, _, _ in CALLS}


@pytest.mark.parametrize("kind", [ManageCampaigns, ManageTemplates])
def test_every_use_case_of_reminders_asks_who_may(kind: type) -> None:
    asks = {name for name in _methods(kind) if "allow(" in inspect.getsource(getattr(kind, name))}
    acts = {name for name in _methods(kind) if "self._acting(" in inspect.getsource(getattr(kind, name))}
    looks = {"waiting_for"}
    assert _methods(kind) - asks - acts - looks == set()


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
