"""Strangers slow themselves down and keep nobody else out; codes work once; failures are summed up in the trail."""

import asyncio
import base64
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import pyotp
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.admin.accounts.credentials import PyotpCodes
from bot.admin.accounts.known_browsers import COOKIE as BROWSER
from bot.admin.web.gate import new_session_id
from bot.application.accounts.log_in import LogIn, LoginRefusal
from bot.core.accounts.login_limits import TRIES, TRIES_OF_STRANGERS, Origin
from bot.core.accounts.sessions import SessionStage
from bot.core.accounts.users import Role
from bot.storage.engine.engine import make_engine
from bot.storage.unit_of_work import DatabaseAdminStore
from tests.support.admin_browser import PASSWORD, Desk, next_session, open_desk
from tests.support.clock import StillClock
from tests.support.database import database_store, execute, rows, seeded

pytestmark = pytest.mark.admin
HOME = Origin(address="192.0.2.1")
ELSEWHERE = Origin(address="198.51.100.1")
KNOWN = Origin(address="198.51.100.1", browser="7f")


@dataclass
class CountedPasswords:
    """Passwords that are their own hashes; counts how often the slow comparison was made."""

    compared: list[str | None] = field(default_factory=list)

    async def problem(self, password: str, user_name: str, *about: str) -> str | None:
        return None

    async def hash(self, password: str) -> str:
        return password

    async def is_right(self, password: str, stored: str | None) -> bool:
        self.compared.append(stored)
        return password == stored


@dataclass(kw_only=True)
class Office:
    """Logins on a database of the test's own."""

    engine: AsyncEngine
    log_in: LogIn
    passwords: CountedPasswords
    clock: StillClock

    async def user(self, name: str, role: Role = Role.VIEWER, secret: str | None = None) -> None:
        async with self.log_in.store.unit() as unit:
            user = await unit.accounts.add(name, name.title(), frozenset({role}), None, PASSWORD)
            await unit.accounts.set_password(user, PASSWORD, must_change=False)
            if secret:
                await unit.accounts.set_secret(user, secret, 0)

    async def enters(self, origin: Origin, password: str = PASSWORD, name: str = "ani") -> bool:
        return not isinstance(await self.log_in.password(name, password, origin), LoginRefusal)

    async def lines(self) -> list[tuple[object, ...]]:
        return await rows(self.engine, "SELECT action, subject, detail FROM audit_event ORDER BY number")


@pytest.fixture(params=[pytest.param("sqlite"), pytest.param("postgres", marks=pytest.mark.full)])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with seeded(request.param, tmp_path) as made:
        yield made


@pytest.fixture
async def office(address: str, now: datetime):  # type: ignore[no-untyped-def]
    engine, clock, passwords = make_engine(address), StillClock(now), CountedPasswords()
    store = database_store(engine)
    log_in = LogIn(
        store=DatabaseAdminStore(store),
        passwords=passwords,
        codes=PyotpCodes(),
        clock=clock,
        new_session_id=new_session_id,
    )
    yield Office(engine=engine, log_in=log_in, passwords=passwords, clock=clock)
    await engine.dispose()


async def test_wrong_passwords_from_one_address_hold_back_that_address_alone(office: Office) -> None:
    await office.user("ani")
    for _ in range(TRIES):
        assert not await office.enters(HOME, "salah")
    assert not await office.enters(HOME)
    assert await office.enters(ELSEWHERE)


async def test_wrong_passwords_from_anywhere_do_not_hold_back_a_browser_of_an_earlier_login(office: Office) -> None:
    await office.user("ani")
    for number in range(200):
        assert not await office.enters(Origin(address=f"203.0.113.{number}"), "salah")
    assert not await office.enters(Origin(address="192.0.2.77"))
    assert await office.enters(KNOWN)


async def test_a_known_browser_has_tries_of_its_own_and_not_more(office: Office) -> None:
    await office.user("ani")
    for _ in range(TRIES):
        assert not await office.enters(KNOWN, "salah")
    assert not await office.enters(KNOWN)
    assert await office.enters(replace(KNOWN, browser="8f"))


async def test_strangers_together_get_few_tries_at_a_name(office: Office) -> None:
    await office.user("ani")
    for number in range(TRIES_OF_STRANGERS):
        await office.enters(Origin(address=f"203.0.113.{number}"), "salah")
    assert not await office.enters(HOME)
    office.clock.forward(minutes=3)
    assert await office.enters(ELSEWHERE)


async def test_who_has_a_second_factor_gets_as_far_as_the_code_whoever_tries_meanwhile(office: Office) -> None:
    await office.user("ani", Role.ADMIN, pyotp.random_base32())
    for number in range(100):
        await office.enters(Origin(address=f"203.0.113.{number}"), "salah")
    assert await office.enters(HOME)


async def test_right_passwords_use_no_tries_up(office: Office) -> None:
    await office.user("ani")
    assert [await office.enters(HOME) for _ in range(3 * TRIES)] == [True] * (3 * TRIES)


async def test_tries_at_once_are_counted_before_they_are_looked_at(office: Office) -> None:
    await office.user("ani")
    await asyncio.gather(*(office.enters(HOME, f"salah {number}") for number in range(3 * TRIES)))
    assert not await office.enters(HOME)


async def test_an_unknown_name_is_compared_and_held_back_like_a_known_one(office: Office) -> None:
    await office.user("ani")
    for name in ("ani", "hantu"):
        office.passwords.compared.clear()
        for _ in range(TRIES + 2):
            assert not await office.enters(HOME, "salah", name)
        assert len(office.passwords.compared) == TRIES + 2


async def test_commands_are_held_back_by_no_stranger_and_hold_back_no_browser(office: Office) -> None:
    await office.user("ani")
    for number in range(100):
        await office.enters(Origin(address=f"203.0.113.{number}"), "salah")
    assert await office.log_in.authenticate_once("ani", PASSWORD, "") is not None
    for _ in range(TRIES):
        assert await office.log_in.authenticate_once("ani", "salah", "") is None
    assert await office.log_in.authenticate_once("ani", PASSWORD, "") is None
    assert await office.enters(KNOWN)


async def test_failures_are_one_line_for_each_hour_and_name(office: Office) -> None:
    await office.user("ani")
    for _ in range(300):
        await office.enters(HOME, "salah")
        await office.enters(HOME, "salah", "hantu")
    assert await office.log_in.sum_up(office.clock.now()) == 0
    office.clock.forward(hours=1)
    assert await office.log_in.sum_up(office.clock.now()) == 2
    assert await office.log_in.sum_up(office.clock.now()) == 0
    detail = "5 kali kata sandi salah, 295 kali ditahan karena terlalu sering; 24-11-2026 12.00-13.00"
    assert await office.lines() == [
        ("login_failed", "(nama tak dikenal)", detail),
        ("login_failed", "ani", detail),
    ]
    assert await rows(office.engine, "SELECT count(*) FROM login_failure") == [(0,)]


async def test_a_login_tells_first_what_failed_before_it(office: Office) -> None:
    await office.user("ani")
    await office.enters(HOME, "salah")
    await office.enters(HOME)
    assert [action for action, *_ in await office.lines()] == ["login_failed", "logged_in"]


async def test_a_code_opens_one_session_of_many_that_try_it_at_once(office: Office) -> None:
    secret = pyotp.random_base32()
    await office.user("ani", Role.ADMIN, secret)
    waiting = [str(await office.log_in.password("ani", PASSWORD, HOME)) for _ in range(4)]
    code = pyotp.TOTP(secret).at(office.clock.now())
    opened = await asyncio.gather(*(office.log_in.code(session, code, HOME) for session in waiting))
    assert sum(not isinstance(one, LoginRefusal) for one in opened) == 1


async def test_one_session_takes_one_of_two_right_codes_at_once(office: Office) -> None:
    secret = pyotp.random_base32()
    await office.user("ani", Role.ADMIN, secret)
    waiting = str(await office.log_in.password("ani", PASSWORD, HOME))
    codes = [pyotp.TOTP(secret).at(office.clock.now(), counter_offset=offset) for offset in (0, 1)]
    opened = await asyncio.gather(*(office.log_in.code(waiting, code, HOME) for code in codes))
    assert sum(not isinstance(one, LoginRefusal) for one in opened) == 1


@pytest.mark.parametrize("is_command_first", [True, False])
async def test_a_code_works_once_between_a_login_and_a_command(office: Office, is_command_first: bool) -> None:
    secret = pyotp.random_base32()
    await office.user("ani", Role.ADMIN, secret)
    code = pyotp.TOTP(secret).at(office.clock.now())
    waiting = str(await office.log_in.password("ani", PASSWORD, HOME))
    if is_command_first:
        assert await office.log_in.authenticate_once("ani", PASSWORD, code) is not None
        assert await office.log_in.code(waiting, code, HOME) is LoginRefusal.WRONG
    else:
        assert not isinstance(await office.log_in.code(waiting, code, HOME), LoginRefusal)
        assert await office.log_in.authenticate_once("ani", PASSWORD, code) is None


async def test_a_wrong_password_uses_no_code_up(office: Office) -> None:
    secret = pyotp.random_base32()
    await office.user("ani", Role.ADMIN, secret)
    code = pyotp.TOTP(secret).at(office.clock.now())
    assert await office.log_in.authenticate_once("ani", "salah", code) is None
    assert await office.log_in.authenticate_once("ani", PASSWORD, code) is not None


async def test_of_two_who_set_up_a_second_factor_only_the_first_does(office: Office) -> None:
    await office.user("ani", Role.ADMIN)
    first, second = [str(await office.log_in.password("ani", PASSWORD, HOME)) for _ in range(2)]
    secrets = [str(await office.log_in.secret_to_enrol(session)) for session in (first, second)]
    codes = [pyotp.TOTP(secret).at(office.clock.now()) for secret in secrets]
    assert not isinstance(await office.log_in.enrol(first, codes[0]), LoginRefusal)
    assert await office.log_in.enrol(second, codes[1]) is LoginRefusal.ENDED


@pytest.mark.parametrize("is_password_reset", [True, False])
async def test_a_reset_login_sets_a_new_factor_and_a_new_password_first(
    office: Office, is_password_reset: bool
) -> None:
    secret = pyotp.random_base32()
    await office.user("ani", Role.APPROVER, secret)
    async with office.log_in.store.unit() as unit:
        user = await unit.accounts.user("ani")
        assert user is not None
        if is_password_reset:
            await unit.accounts.set_password(user, PASSWORD, must_change=True)
        else:
            await unit.accounts.set_secret(user, None, 0)
    stages = []
    session = str(await office.log_in.password("ani", PASSWORD, HOME))
    stages.append(await _stage(office, session))
    assert await office.log_in.authenticate_once("ani", PASSWORD, pyotp.TOTP(secret).at(office.clock.now())) is None
    if is_password_reset:
        session = str(await office.log_in.code(session, pyotp.TOTP(secret).at(office.clock.now()), HOME))
        stages.append(await _stage(office, session))
    newer = str(await office.log_in.secret_to_enrol(session))
    session = str(await office.log_in.enrol(session, pyotp.TOTP(newer).at(office.clock.now())))
    stages.append(await _stage(office, session))
    session = str(await office.log_in.change_password(session, PASSWORD, "sama sekali lain"))
    stages.append(await _stage(office, session))
    code = [SessionStage.CODE] if is_password_reset else []
    assert stages == [*code, SessionStage.ENROL, SessionStage.NEW_PASSWORD, SessionStage.OPEN]
    assert newer != secret


async def test_guesses_at_the_present_password_end_that_session_and_no_other(office: Office) -> None:
    await office.user("ani")
    mine, open_browser = [str(await office.log_in.password("ani", PASSWORD, HOME)) for _ in range(2)]
    for _ in range(TRIES):
        assert await office.log_in.change_password(open_browser, "salah", "yang baru") is LoginRefusal.WRONG
    assert await office.log_in.change_password(open_browser, PASSWORD, "yang baru") is LoginRefusal.ENDED
    assert await office.log_in.session(open_browser) is None
    assert await office.log_in.session(mine) is not None


async def _stage(office: Office, session_id: str) -> SessionStage:
    session = await office.log_in.session(session_id)
    assert session is not None
    return session.stage


# The cookie


@pytest.fixture
def desk(address: str, tmp_path: Path, now: datetime) -> Iterator[Desk]:
    with open_desk(address, tmp_path, now) as opened:
        yield opened


def _try(desk: Desk, cookie: str | None, password: str, name: str = "ani") -> int:
    """Send a login with the cookie of a browser, or without."""
    headers = {"cookie": f"{BROWSER}={cookie}"} if cookie else {}
    session_id = new_session_id()
    if cookie:
        headers["cookie"] += f"; sinetral_admin={session_id}"
    return desk.post("/admin/masuk", {"name": name, "password": password}, session_id, **headers).status_code


def _cookie(desk: Desk, name: str) -> str:
    answer = desk.post("/admin/masuk", {"name": name, "password": PASSWORD})
    [header] = [value for value in answer.headers.get_list("set-cookie") if value.startswith(f"{BROWSER}=")]
    assert ("HttpOnly" in header, "Path=/admin" in header) == (True, True)
    return header.split(";")[0].split("=", 1)[1]


def test_only_a_browser_of_an_earlier_login_of_the_same_user_is_known(desk: Desk) -> None:
    desk.user("ani", Role.VIEWER)
    desk.user("budi", Role.VIEWER)
    own, of_another = _cookie(desk, "ani"), _cookie(desk, "budi")
    forged = base64.urlsafe_b64encode(b"x" * 80).decode()
    desk.call(lambda: execute(desk.parts.engine, "DELETE FROM rate"))
    for _ in range(TRIES):
        assert _try(desk, None, "salah") == 400
    assert [_try(desk, cookie, PASSWORD) for cookie in (None, of_another, forged, "%%%", own)] == [400] * 4 + [303]


def test_a_browser_is_known_after_the_code_and_not_before(desk: Desk) -> None:
    desk.user("ani", Role.ADMIN)
    answer = desk.post("/admin/masuk", {"name": "ani", "password": PASSWORD})
    assert not any(value.startswith(BROWSER) for value in answer.headers.get_list("set-cookie"))
    entered = desk.post("/admin/kode", {"code": desk.code("ani")}, next_session(answer))
    assert any(value.startswith(BROWSER) for value in entered.headers.get_list("set-cookie"))


def test_a_browser_is_forgotten_half_a_year_after_the_login(desk: Desk) -> None:
    desk.user("ani", Role.VIEWER)
    cookie = _cookie(desk, "ani")
    desk.clock.forward(days=181)
    for _ in range(TRIES):
        _try(desk, None, "salah")
    assert _try(desk, cookie, PASSWORD) == 400
