"""Log in with password and code, set up a second factor, change the password, log out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby

from bot.application.accounts.ports import AdminStore, AdminUnit, PasswordHasher, TotpService
from bot.application.ports import Clock
from bot.core.accounts.audit_trail import SYSTEM, Action, Event
from bot.core.accounts.login_limits import (
    AT_TERMINAL,
    FailureKind,
    FailureSum,
    Origin,
    TryLimit,
    change_limit,
    code_limit,
    described,
    hour_of,
    own_limit,
    strangers_limit,
)
from bot.core.accounts.sessions import Session, SessionStage, stage_after_code, stage_after_factor, stage_after_password
from bot.core.accounts.users import User

UNKNOWN_NAMES = "(nama tak dikenal)"


class LoginRefusal(StrEnum):
    """Why a login did not go on."""

    WRONG = "wrong"
    """Name, password or code is wrong, tried too often, or the account is disabled: which of these is not told."""
    WAIT = "wait"
    """Whoever knows the password has tried too many codes."""
    ENDED = "ended"
    """There is no such session any more."""


@dataclass(frozen=True, kw_only=True)
class LogIn:
    """Everything around a session."""

    store: AdminStore
    passwords: PasswordHasher
    codes: TotpService
    clock: Clock
    new_session_id: Callable[[], str]
    """Returns 256 random bits as text."""

    async def password(self, name: str, password: str, origin: Origin) -> str | LoginRefusal:
        """Begin a session with a name and a password; returns its id. What it still needs, its stage tells.

        Whatever is wrong takes the same steps: a name that nobody has is counted, held back and hashed like any other.
        """
        own, strangers = own_limit(name, origin), strangers_limit(name, origin)
        async with self.store.unit() as unit:
            may_try = await self._takes(unit, own)
            # What one source tries too often does not use up what is left to the others.
            is_first = may_try and (strangers is None or await self._takes(unit, strangers))
            stored = await unit.accounts.password_hash(name)
        # Hashing is slow: no transaction is open meanwhile.
        is_right = await self.passwords.is_right(password, stored)
        async with self.store.unit() as unit:
            user = await unit.accounts.user(name)
            # A second factor keeps strangers out who guess from many addresses; its holder is not held back by them.
            may_go_on = may_try and (is_first or (user is not None and user.has_second_factor))
            if user is None or user.is_disabled or not is_right or not may_go_on:
                kind = FailureKind.PASSWORD if may_go_on or is_first else FailureKind.HELD_BACK
                await unit.accounts.count_failure(name if user else "", kind, self.clock.now())
                return LoginRefusal.WRONG
            await self._give_back(unit, own)
            if strangers is not None and is_first:
                await self._give_back(unit, strangers)
            stage = stage_after_password(user)
            if stage not in (SessionStage.CODE, SessionStage.ENROL):
                await self._welcome(unit, user)
            return await self._begin(unit, user, stage)

    async def code(self, session_id: str, code: str, origin: Origin) -> str | LoginRefusal:
        """Go on with a code; returns the id of the session that replaces this one."""
        async with self.store.unit() as unit:
            user = await self._pending(unit, session_id, SessionStage.CODE)
            if user is None:
                return LoginRefusal.ENDED
            limit = code_limit(user.name, origin)
            if not await self._takes(unit, limit):
                await unit.accounts.count_failure(user.name, FailureKind.HELD_BACK, self.clock.now())
                return LoginRefusal.WAIT
            step = await self._unused_step(unit, user, code)
            if step is None:
                await unit.accounts.count_failure(user.name, FailureKind.CODE, self.clock.now())
                return LoginRefusal.WRONG
            await self._give_back(unit, limit)
            await unit.accounts.use_step(user, step)
            await self._welcome(unit, user)
            return await self._replace(unit, session_id, user, stage_after_code(user))

    async def secret_to_enrol(self, session_id: str) -> str | None:
        """Return the secret that is being set up, the same until the session ends; None when none is."""
        async with self.store.unit() as unit:
            if await self._pending(unit, session_id, SessionStage.ENROL) is None:
                return None
            return await unit.accounts.enrol_secret(session_id, None)

    async def enrol(self, session_id: str, code: str) -> str | LoginRefusal:
        """Set up the second factor with its first code; returns the id of the session that replaces this one.

        Every other session ends: one that waits to set up another factor would take this one away.
        """
        now = self.clock.now()
        async with self.store.unit() as unit:
            user = await self._pending(unit, session_id, SessionStage.ENROL)
            secret = await unit.accounts.enrol_secret(session_id, None) if user else None
            if user is None or secret is None or (user.has_second_factor and not user.must_renew_factor):
                return LoginRefusal.ENDED
            step = self.codes.step(secret, code, now)
            if step is None:
                return LoginRefusal.WRONG
            await unit.accounts.set_secret(user, secret, step)
            await unit.audit.add(_event(Action.SECOND_FACTOR_SET, user), now)
            await self._welcome(unit, user)
            await unit.accounts.end_sessions_of(user)
            return await self._begin(unit, user, stage_after_factor(user))

    async def change_password(self, session_id: str, present: str, wanted: str) -> str | LoginRefusal:
        """Change the password of who is logged in; every other session of the user ends.

        Returns:
            The id of the session that replaces this one, `Refusal.WRONG` when the present password is wrong.

        Raises:
            ValueError: when the new password may not be used; its message says why, in Indonesian.
        """
        limit = change_limit(session_id)
        async with self.store.unit() as unit:
            user = await self._changing(unit, session_id)
            stored = await unit.accounts.password_hash(user.name) if user else None
        if user is None:
            return LoginRefusal.ENDED
        problem = await self.passwords.problem(wanted, user.name, user.full_name, user.agency or "")
        if problem or present == wanted:
            raise ValueError(problem or "Kata sandi baru harus berbeda dari yang lama.")
        async with self.store.unit() as unit:
            if not await self._takes(unit, limit):
                # Whoever holds somebody else's open browser loses it; the user is logged out nowhere else.
                await unit.accounts.end_session(session_id)
                await unit.accounts.count_failure(user.name, FailureKind.HELD_BACK, self.clock.now())
                return LoginRefusal.ENDED
        is_right = await self.passwords.is_right(present, stored)
        hashed = await self.passwords.hash(wanted) if is_right else ""
        async with self.store.unit() as unit:
            user = await self._changing(unit, session_id)
            if user is None or await unit.accounts.password_hash(user.name) != stored:
                return LoginRefusal.ENDED
            if not is_right:
                await unit.accounts.count_failure(user.name, FailureKind.PASSWORD, self.clock.now())
                return LoginRefusal.WRONG
            await unit.accounts.set_password(user, hashed, must_change=False)
            await unit.accounts.end_sessions_of(user)
            await unit.audit.add(_event(Action.PASSWORD_CHANGED, user), self.clock.now())
            return await self._begin(unit, user, SessionStage.OPEN)

    async def log_out(self, session_id: str) -> None:
        """End a session."""
        async with self.store.unit() as unit:
            session = await unit.accounts.session(session_id)
            if session is not None:
                await unit.accounts.end_session(session_id)
                await unit.audit.add(_event(Action.LOGGED_OUT, session.user), self.clock.now())

    async def session(self, session_id: str, *, is_use: bool = True) -> Session | None:
        """Return a session that has not ended; its use keeps it from ending by idleness."""
        now = self.clock.now()
        async with self.store.unit() as unit:
            session = await unit.accounts.session(session_id)
            if session is None or session.has_ended(now) or session.user.is_disabled:
                return None
            if is_use and (now - session.seen_at).total_seconds() >= SEEN_SECONDS:
                await unit.accounts.touch_session(session_id, now)
            return session

    async def authenticate_once(self, name: str, password: str, code: str) -> User | None:
        """Return the user whose password and code these are, for one command; None when they are not."""
        limit = own_limit(name, AT_TERMINAL)
        async with self.store.unit() as unit:
            may_try = await self._takes(unit, limit)
            stored = await unit.accounts.password_hash(name)
        is_right = await self.passwords.is_right(password, stored)
        async with self.store.unit() as unit:
            user = await unit.accounts.user(name)
            # Looked at whether or not the password is right, so that both take as long.
            step = await self._unused_step(unit, user, code) if user else None
            is_proved = user is not None and (step is not None or not user.needs_second_factor)
            is_ready = user is not None and not (user.is_disabled or user.must_change_password)
            if user is None or not (may_try and is_right and is_proved and is_ready) or user.must_renew_factor:
                kind = FailureKind.COMMAND if may_try else FailureKind.HELD_BACK
                await unit.accounts.count_failure(name if user else "", kind, self.clock.now())
                return None
            await self._give_back(unit, limit)
            if step is not None:
                await unit.accounts.use_step(user, step)
            await self._welcome(unit, user, "perintah")
            return user

    async def sum_up(self, now: datetime) -> int:
        """Write the failed logins of the hours that have ended into the trail: one line for each hour and name.

        Returns:
            How many lines that were.
        """
        async with self.store.unit() as unit:
            agencies = {user.name: user.agency or "" for user in await unit.accounts.users()}
            return await self._note_failures(unit, await unit.accounts.take_failures(hour_of(now)), agencies)

    async def _note_failures(self, unit: AdminUnit, sums: Sequence[FailureSum], agencies: Mapping[str, str]) -> int:
        lines = 0
        for (name, hour), same in groupby(sums, key=lambda one: (one.name, one.hour)):
            begin = hour.astimezone(self.clock.now().tzinfo)
            end = begin + timedelta(hours=1)
            event = Event(
                action=Action.LOGIN_FAILED,
                actor=SYSTEM,
                subject=name or UNKNOWN_NAMES,
                detail=f"{described(same)}; {begin:%d-%m-%Y %H.%M}-{end:%H.%M}",
                agency=agencies.get(name, ""),
            )
            await unit.audit.add(event, self.clock.now())
            lines += 1
        return lines

    async def _takes(self, unit: AdminUnit, limit: TryLimit) -> bool:
        """Count a try before it is looked at, so that tries at once cannot pass together; says whether it may be."""
        return await unit.bot.acquire_token(limit.source, self.clock.now(), limit.seconds, limit.tries) == 0.0

    async def _give_back(self, unit: AdminUnit, limit: TryLimit) -> None:
        """Take back the count of a try that was right."""
        await unit.bot.return_token(limit.source, self.clock.now(), limit.seconds)

    async def _unused_step(self, unit: AdminUnit, user: User, code: str) -> int | None:
        """Return the step of a code that is right and newer than the last one used, None for any other."""
        present = await unit.accounts.secret(user)
        step = self.codes.step(present[0], code, self.clock.now()) if present else None
        return None if present is None or step is None or step <= present[1] else step

    async def _pending(self, unit: AdminUnit, session_id: str, stage: SessionStage) -> User | None:
        """Return the user, locked, of a session that waits at this stage; None when there is no such session."""
        first = await unit.accounts.session(session_id)
        user = await unit.accounts.user(first.user.name) if first is not None else None
        # Read again behind the lock: of two requests at once the other may have ended the session meanwhile.
        session = await unit.accounts.session(session_id)
        if user is None or user.is_disabled or session is None or session.stage is not stage:
            return None
        return None if session.has_ended(self.clock.now()) else user

    async def _changing(self, unit: AdminUnit, session_id: str) -> User | None:
        return await self._pending(unit, session_id, SessionStage.OPEN) or await self._pending(
            unit, session_id, SessionStage.NEW_PASSWORD
        )

    async def _welcome(self, unit: AdminUnit, user: User, how: str = "") -> None:
        """Note the login, and before it what failed under this name."""
        now = self.clock.now()
        failures = await unit.accounts.take_failures(now + timedelta(hours=1), user.name)
        await self._note_failures(unit, failures, {user.name: user.agency or ""})
        await unit.audit.add(_event(Action.LOGGED_IN, user, how), now)

    async def _begin(self, unit: AdminUnit, user: User, stage: SessionStage) -> str:
        session_id = self.new_session_id()
        await unit.accounts.begin_session(session_id, user, stage, self.clock.now())
        if stage is SessionStage.ENROL:
            await unit.accounts.enrol_secret(session_id, self.codes.new_secret())
        return session_id

    async def _replace(self, unit: AdminUnit, session_id: str, user: User, stage: SessionStage) -> str:
        """End a session and begin another: nobody who knew the old id gets further with it."""
        await unit.accounts.end_session(session_id)
        return await self._begin(unit, user, stage)


SEEN_SECONDS = 60.0
"""How exactly the last use of a session is kept; not every page writes."""


def _event(action: Action, user: User, detail: str = "") -> Event:
    return Event(action=action, actor=user.name, subject=user.name, detail=detail, agency=user.agency or "")
