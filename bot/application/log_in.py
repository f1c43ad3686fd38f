"""Log in with password and code, set up a second factor, change the password, log out."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.application.admin import AdminStore, AdminUnit, Codes, Passwords
from bot.application.ports import Clock
from bot.core.accounts import (
    Session,
    SessionStage,
    User,
    lock_after,
    password_problem,
    stage_after_code,
    stage_after_password,
)
from bot.core.audit import Action, Event


class Refusal(StrEnum):
    """Why a login did not go on."""

    WRONG = "wrong"
    """Name, password or code is wrong, or the account is locked or disabled: which of these is not told."""
    ENDED = "ended"
    """There is no such session any more."""


@dataclass(frozen=True, kw_only=True)
class LogIn:
    """Everything around a session."""

    store: AdminStore
    passwords: Passwords
    codes: Codes
    clock: Clock
    new_session_id: Callable[[], str]
    """Gives 256 random bits as text."""

    async def password(self, name: str, password: str) -> str | Refusal:
        """Begin a session with a name and a password; gives its id. What it still needs, its stage tells."""
        async with self.store.unit() as unit:
            stored = await unit.accounts.password_hash(name)
        # Hashing is slow: no transaction is open meanwhile.
        is_right = await self.passwords.is_right(password, stored)
        now = self.clock.now()
        async with self.store.unit() as unit:
            user = await unit.accounts.user(name)
            if user is None or user.is_disabled or user.is_locked(now):
                return Refusal.WRONG
            if not is_right:
                await self._count_failure(unit, user, "kata sandi")
                return Refusal.WRONG
            stage = stage_after_password(user)
            if stage not in (SessionStage.CODE, SessionStage.ENROL):
                await self._welcome(unit, user)
            session_id = await self._begin(unit, user, stage)
            if stage is SessionStage.ENROL:
                await unit.accounts.enrol_secret(session_id, self.codes.new_secret())
            return session_id

    async def code(self, session_id: str, code: str) -> str | Refusal:
        """Go on with a code; gives the id of the session that replaces this one."""
        now = self.clock.now()
        async with self.store.unit() as unit:
            user = await self._pending(unit, session_id, SessionStage.CODE)
            if user is None:
                return Refusal.ENDED
            if not await self._uses_code(unit, user, code):
                user = await self._count_failure(unit, user, "kode")
                if user.is_locked(now):
                    await unit.accounts.end_session(session_id)
                    return Refusal.ENDED
                return Refusal.WRONG
            await self._welcome(unit, user)
            return await self._replace(unit, session_id, user, stage_after_code(user))

    async def secret_to_enrol(self, session_id: str) -> str | None:
        """Give the secret that is being set up, the same until the session ends; None when none is."""
        async with self.store.unit() as unit:
            if await self._pending(unit, session_id, SessionStage.ENROL) is None:
                return None
            return await unit.accounts.enrol_secret(session_id, None)

    async def enrol(self, session_id: str, code: str) -> str | Refusal:
        """Set up the second factor with its first code; gives the id of the session that replaces this one."""
        now = self.clock.now()
        async with self.store.unit() as unit:
            user = await self._pending(unit, session_id, SessionStage.ENROL)
            secret = await unit.accounts.enrol_secret(session_id, None) if user else None
            if user is None or secret is None:
                return Refusal.ENDED
            step = self.codes.step(secret, code, now)
            if step is None:
                return Refusal.WRONG
            await unit.accounts.set_secret(user, secret, step)
            await unit.audit.add(_event(Action.SECOND_FACTOR_SET, user), now)
            await self._welcome(unit, user)
            return await self._replace(unit, session_id, user, stage_after_code(user))

    async def change_password(self, session_id: str, present: str, wanted: str) -> str | Refusal:
        """Change the password of who is logged in; every other session of the user ends.

        Returns:
            The id of the session that replaces this one, `Refusal.WRONG` when the present password is wrong.

        Raises:
            ValueError: when the new password may not be used; its message says why, in Indonesian.
        """
        async with self.store.unit() as unit:
            user = await self._changing(unit, session_id)
            stored = await unit.accounts.password_hash(user.name) if user else None
        if user is None:
            return Refusal.ENDED
        problem = password_problem(wanted, user.name)
        if problem or present == wanted:
            raise ValueError(problem or "Kata sandi baru harus berbeda dari yang lama.")
        is_right = await self.passwords.is_right(present, stored)
        hashed = await self.passwords.hash(wanted) if is_right else ""
        async with self.store.unit() as unit:
            user = await self._changing(unit, session_id)
            if user is None:
                return Refusal.ENDED
            if not is_right:
                user = await self._count_failure(unit, user, "kata sandi")
                if user.is_locked(self.clock.now()):
                    await unit.accounts.end_sessions_of(user)
                    return Refusal.ENDED
                return Refusal.WRONG
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
        """Give a session that has not ended; its use keeps it from ending by idleness."""
        now = self.clock.now()
        async with self.store.unit() as unit:
            session = await unit.accounts.session(session_id)
            if session is None or session.has_ended(now) or session.user.is_disabled:
                return None
            if is_use and (now - session.seen_at).total_seconds() >= SEEN_SECONDS:
                await unit.accounts.touch_session(session_id, now)
            return session

    async def prove(self, name: str, password: str, code: str) -> User | None:
        """Give the user whose password and code these are, for one command; None when they are not."""
        async with self.store.unit() as unit:
            stored = await unit.accounts.password_hash(name)
        is_right = await self.passwords.is_right(password, stored)
        now = self.clock.now()
        async with self.store.unit() as unit:
            user = await unit.accounts.user(name)
            if user is None or user.is_disabled or user.is_locked(now) or user.must_change_password:
                return None
            if not is_right or (user.needs_second_factor and not await self._uses_code(unit, user, code)):
                await self._count_failure(unit, user, "perintah")
                return None
            await self._welcome(unit, user, "perintah")
            return user

    async def _uses_code(self, unit: AdminUnit, user: User, code: str) -> bool:
        """Say whether the code is right and newer than the last one used; then it is used up."""
        kept = await unit.accounts.secret(user)
        step = self.codes.step(kept[0], code, self.clock.now()) if kept else None
        if kept is None or step is None or step <= kept[1]:
            return False
        await unit.accounts.set_secret(user, kept[0], step)
        return True

    async def _pending(self, unit: AdminUnit, session_id: str, stage: SessionStage) -> User | None:
        """Give the user, locked, of a session that waits at this stage; None when there is no such session."""
        session = await unit.accounts.session(session_id)
        now = self.clock.now()
        if session is None or session.stage is not stage or session.has_ended(now):
            return None
        user = await unit.accounts.user(session.user.name)
        return None if user is None or user.is_disabled or user.is_locked(now) else user

    async def _changing(self, unit: AdminUnit, session_id: str) -> User | None:
        return await self._pending(unit, session_id, SessionStage.OPEN) or await self._pending(
            unit, session_id, SessionStage.NEW_PASSWORD
        )

    async def _count_failure(self, unit: AdminUnit, user: User, what: str) -> User:
        now = self.clock.now()
        failures = user.failures + 1
        user = replace(user, failures=failures, locked_until=lock_after(failures, now))
        await unit.accounts.change(user)
        await unit.audit.add(_event(Action.LOGIN_FAILED, user, what), now)
        if user.is_locked(now):
            await unit.audit.add(_event(Action.LOCKED, user), now)
        return user

    async def _welcome(self, unit: AdminUnit, user: User, how: str = "") -> None:
        await unit.accounts.change(replace(user, failures=0, locked_until=None))
        await unit.audit.add(_event(Action.LOGGED_IN, user, how), self.clock.now())

    async def _begin(self, unit: AdminUnit, user: User, stage: SessionStage) -> str:
        session_id = self.new_session_id()
        await unit.accounts.begin_session(session_id, user, stage, self.clock.now())
        return session_id

    async def _replace(self, unit: AdminUnit, session_id: str, user: User, stage: SessionStage) -> str:
        """End a session and begin another: nobody who knew the old id gets further with it."""
        await unit.accounts.end_session(session_id)
        return await self._begin(unit, user, stage)


SEEN_SECONDS = 60.0
"""How exactly the last use of a session is kept; not every page writes."""


def _event(action: Action, user: User, detail: str = "") -> Event:
    return Event(action=action, actor=user.name, subject=user.name, detail=detail, agency=user.agency or "")
