"""Add, change and disable users; each of it is a line of the audit trail."""

from dataclasses import dataclass, replace

from bot.application.admin import AdminStore, AdminUnit, Passwords
from bot.application.ports import Clock
from bot.core.accounts import Role, User, password_problem, sorted_roles, user_name_problem
from bot.core.audit import Action, Event
from bot.core.errors import InvalidInputError
from bot.core.plain_text import have_control_characters

SYSTEM = "sistem"
"""The actor of a command on the server, where nobody is logged in."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a user is to be."""

    full_name: str
    roles: frozenset[Role]
    agency: str | None

    def checked(self) -> "Wanted":
        """Give it trimmed.

        Raises:
            InvalidInputError: naming what is missing.
        """
        trimmed = replace(
            self, full_name=self.full_name.strip()[:200], agency=(self.agency or "").strip()[:200] or None
        )
        if not trimmed.full_name:
            raise InvalidInputError("Nama lengkap belum diisi.")
        if have_control_characters((trimmed.full_name, trimmed.agency or "")):
            raise InvalidInputError("Nama atau instansi memuat karakter yang tidak dapat dibaca. Ketik ulang.")
        if not trimmed.roles:
            raise InvalidInputError("Pilih paling sedikit satu peran.")
        return trimmed


@dataclass(frozen=True, kw_only=True)
class ManageUsers:
    """What an administrator does with users; `actor` None stands for a command on the server."""

    store: AdminStore
    passwords: Passwords
    clock: Clock

    async def add(self, actor: User | None, name: str, wanted: Wanted, password: str) -> User:
        """Add a user, who must change the password at the first login.

        Raises:
            InvalidInputError: when the name is taken or something may not be so.
        """
        problem = user_name_problem(name) or password_problem(password, name)
        if problem:
            raise InvalidInputError(problem)
        wanted = _within(actor, wanted.checked())
        hashed = await self.passwords.hash(password)
        async with self.store.unit() as unit:
            user = await unit.accounts.add(name, wanted.full_name, wanted.roles, wanted.agency, hashed)
            await self._note(unit, Action.USER_ADDED, actor, user, _described(user))
            return user

    async def change(self, actor: User, name: str, wanted: Wanted) -> None:
        """Change name, roles and agency; whoever is logged in with other roles logs in again."""
        wanted = _within(actor, wanted.checked())
        async with self.store.unit() as unit:
            user = await self._managed(unit, actor, name)
            if user.id == actor.id and Role.ADMIN not in wanted.roles:
                raise InvalidInputError("Peran admin tidak bisa dicabut dari diri sendiri; minta admin lain.")
            changed = replace(user, full_name=wanted.full_name, roles=wanted.roles, agency=wanted.agency)
            await unit.accounts.change(changed)
            if changed.roles != user.roles or changed.agency != user.agency:
                await unit.accounts.end_sessions_of(user)
            await self._note(unit, Action.USER_CHANGED, actor, changed, _described(changed))

    async def set_disabled(self, actor: User | None, name: str, is_disabled: bool) -> None:
        """Disable a user at once, or let one log in again; enabling also unlocks."""
        async with self.store.unit() as unit:
            user = await self._managed(unit, actor, name)
            if actor and user.id == actor.id:
                raise InvalidInputError("Akun sendiri tidak bisa dinonaktifkan; minta admin lain.")
            await unit.accounts.change(replace(user, is_disabled=is_disabled, failures=0, locked_until=None))
            if is_disabled:
                await unit.accounts.end_sessions_of(user)
            action = Action.USER_DISABLED if is_disabled else Action.USER_ENABLED
            await self._note(unit, action, actor, user)

    async def reset_second_factor(self, actor: User | None, name: str) -> None:
        """Take the second factor away: at the next login a new one is set up."""
        async with self.store.unit() as unit:
            user = await self._managed(unit, actor, name)
            await unit.accounts.set_secret(user, None, 0)
            await unit.accounts.end_sessions_of(user)
            await self._note(unit, Action.SECOND_FACTOR_RESET, actor, user)

    async def reset_password(self, actor: User | None, name: str, password: str) -> None:
        """Set a password that must be changed at the next login.

        Raises:
            InvalidInputError: when there is no such user, or the password may not be used.
        """
        problem = password_problem(password, name)
        if problem:
            raise InvalidInputError(problem)
        hashed = await self.passwords.hash(password)
        async with self.store.unit() as unit:
            user = await self._managed(unit, actor, name)
            await unit.accounts.set_password(user, hashed, must_change=True)
            await unit.accounts.change(replace(user, failures=0, locked_until=None))
            await unit.accounts.end_sessions_of(user)
            await self._note(unit, Action.PASSWORD_CHANGED, actor, user, "disetel ulang")

    async def _managed(self, unit: AdminUnit, actor: User | None, name: str) -> User:
        user = await unit.accounts.user(name)
        if user is None or (actor and not manages(actor, user)):
            raise InvalidInputError(f"Tidak ada pengguna bernama {name}.")
        return user

    async def _note(self, unit: AdminUnit, action: Action, actor: User | None, user: User, detail: str = "") -> None:
        event = Event(
            action=action,
            actor=actor.name if actor else SYSTEM,
            subject=user.name,
            detail=detail,
            agency=(actor.agency or "") if actor else "",
        )
        await unit.audit.add(event, self.clock.now())


def manages(actor: User, user: User) -> bool:
    """Say whether a user is within reach of an administrator: of the same agency, or of any for one without."""
    return actor.agency is None or actor.agency == user.agency


def _within(actor: User | None, wanted: Wanted) -> Wanted:
    """Keep what an administrator of one agency gives within that agency."""
    if actor is None or actor.agency is None:
        return wanted
    return replace(wanted, agency=actor.agency)


def _described(user: User) -> str:
    roles = ", ".join(role.value for role in sorted_roles(user.roles))
    return f"{user.full_name}; peran {roles}; instansi {user.agency or 'semua'}"
