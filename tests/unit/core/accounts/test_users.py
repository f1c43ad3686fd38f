"""Roles, sessions and what a login needs."""

from datetime import datetime, timedelta

import pytest

from bot.core.accounts.sessions import Session, SessionStage, stage_after_code, stage_after_factor, stage_after_password
from bot.core.accounts.users import Permission, Role, User, user_name_problem


def user(
    *roles: Role,
    has_second_factor: bool = False,
    must_change: bool = False,
    must_renew: bool = False,
    agency: str | None = None,
) -> User:
    return User(
        id="1",
        name="ani",
        full_name="Ani",
        roles=frozenset(roles),
        agency=agency,
        is_disabled=False,
        has_second_factor=has_second_factor,
        must_change_password=must_change,
        must_renew_factor=must_renew,
    )


@pytest.mark.parametrize(
    ("role", "permissions"),
    [
        (Role.VIEWER, {Permission.VIEW}),
        (Role.CURATOR, {Permission.VIEW, Permission.SEE_COUNTS, Permission.EDIT_GUIDANCE}),
        (Role.APPROVER, {Permission.VIEW, Permission.SEE_COUNTS, Permission.PUBLISH, Permission.REVIEW_CAMPAIGNS}),
        (Role.BROADCASTER, {Permission.VIEW, Permission.BROADCAST, Permission.REVIEW_CAMPAIGNS}),
        (Role.ADMIN, {Permission.VIEW, Permission.SEE_COUNTS, Permission.MANAGE_USERS, Permission.READ_AUDIT}),
    ],
)
def test_a_role_gives_its_permissions_and_no_other(role: Role, permissions: set[Permission]) -> None:
    assert {each for each in Permission if user(role).may(each)} == permissions


def test_roles_add_up() -> None:
    both = user(Role.CURATOR, Role.APPROVER)
    assert both.may(Permission.EDIT_GUIDANCE)
    assert both.may(Permission.PUBLISH)
    assert not both.may(Permission.MANAGE_USERS)


@pytest.mark.parametrize(
    ("who", "stage"),
    [
        (user(Role.VIEWER), SessionStage.OPEN),
        (user(Role.VIEWER, must_change=True), SessionStage.NEW_PASSWORD),
        (user(Role.VIEWER, has_second_factor=True), SessionStage.CODE),
        (user(Role.APPROVER), SessionStage.ENROL),
        (user(Role.APPROVER, Role.CURATOR, has_second_factor=True), SessionStage.CODE),
    ],
)
def test_a_right_password_leads_to_what_the_user_still_owes(who: User, stage: SessionStage) -> None:
    assert stage_after_password(who) is stage


def test_the_password_is_changed_after_the_code() -> None:
    who = user(Role.ADMIN, has_second_factor=True, must_change=True)
    assert (stage_after_password(who), stage_after_code(who)) == (SessionStage.CODE, SessionStage.NEW_PASSWORD)


def test_after_a_reset_a_new_factor_comes_after_the_former_ones_code_and_before_the_new_password() -> None:
    who = user(Role.VIEWER, has_second_factor=True, must_change=True, must_renew=True)
    stages = stage_after_password(who), stage_after_code(who), stage_after_factor(who)
    assert stages == (SessionStage.CODE, SessionStage.ENROL, SessionStage.NEW_PASSWORD)


def test_a_factor_that_was_reset_is_set_up_again_also_where_no_role_needs_one() -> None:
    assert stage_after_password(user(Role.VIEWER, must_change=True, must_renew=True)) is SessionStage.ENROL


@pytest.mark.parametrize(
    ("idle", "age", "has_ended"),
    [(29, 60, False), (30, 60, True), (1, 719, False), (1, 720, True)],
)
def test_a_session_ends_by_idleness_or_age(now: datetime, idle: int, age: int, has_ended: bool) -> None:
    session = Session(
        user=user(Role.VIEWER),
        stage=SessionStage.OPEN,
        began_at=now - timedelta(minutes=age),
        seen_at=now - timedelta(minutes=idle),
    )
    assert session.has_ended(now) is has_ended


@pytest.mark.parametrize(
    ("name", "is_fine"),
    [
        ("ani", True),
        ("ani.b-2", True),
        ("Ani", False),
        ("an", False),
        ("a/b", False),
        ("ani b", False),
        ("x" * 41, False),
        ("..-", False),
    ],
)
def test_user_names_fit_into_addresses(name: str, is_fine: bool) -> None:
    assert (user_name_problem(name) is None) is is_fine
