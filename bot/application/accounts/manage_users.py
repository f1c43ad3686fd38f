"""Add, change and disable users; each of it is a line of the audit trail."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.application.accounts.ports import AdminStore, AdminUnit, PasswordHasher
from bot.application.accounts.second_person import are_apart, require_settled
from bot.application.ports import Clock
from bot.core.accounts.audit_trail import SYSTEM, Action, Event
from bot.core.accounts.permissions import Deed, Handling, require, unconfirmed
from bot.core.accounts.users import (
    NATIONAL_ROLES,
    Role,
    User,
    agency_code,
    is_same_agency,
    sorted_roles,
    user_name_problem,
)
from bot.core.errors import InvalidInputError
from bot.core.plain_text import have_control_characters


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a user is to be."""

    full_name: str
    roles: frozenset[Role]
    agency: str | None
    """None only for somebody whose reach is national."""
    is_national: bool = False
    """Chosen by name: a field that was left empty gives nobody everything."""

    def checked(self) -> "Wanted":
        """Return it trimmed.

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
        if trimmed.is_national and trimmed.agency is not None:
            raise InvalidInputError("Pilih salah satu: cakupan nasional atau satu instansi.")
        if not trimmed.is_national and trimmed.agency is None:
            raise InvalidInputError("Pilih cakupannya: satu instansi, atau nasional bila untuk semua instansi.")
        if not trimmed.roles:
            raise InvalidInputError("Pilih paling sedikit satu peran.")
        return trimmed


@dataclass(frozen=True, kw_only=True)
class ManageUsers:
    """What an administrator does with users; `actor` None stands for a command on the server."""

    store: AdminStore
    passwords: PasswordHasher
    clock: Clock

    async def add(self, actor: User | None, name: str, wanted: Wanted, password: str) -> User:
        """Add a user, who must change the password at the first login.

        Raises:
            InvalidInputError: when the name is taken or something may not be so.
        """
        if actor is not None:
            require(actor, Deed.MANAGE_USERS)
        wanted = _within(actor, wanted).checked()
        problem = user_name_problem(name) or await self.passwords.problem(
            password, name, wanted.full_name, wanted.agency or ""
        )
        if problem:
            raise InvalidInputError(problem)
        hashed = await self.passwords.hash(password)
        async with self.store.unit() as unit:
            await self._require_settled(unit, actor)
            wanted = await _listed(unit, wanted, actor.agency if actor else None)
            _refuse_publishing(actor, wanted.roles)
            user = await unit.accounts.add(name, wanted.full_name, wanted.roles, wanted.agency, hashed)
            await self._note(unit, Action.USER_ADDED, actor, user, _described(user))
            return user

    async def change(self, actor: User, name: str, wanted: Wanted) -> None:
        """Change name, roles and agency; whoever is logged in with other roles logs in again.

        Raises:
            InvalidInputError: when the user is not within reach, or somebody changes one's own roles or reach.
        """
        require(actor, Deed.MANAGE_USERS)
        wanted = _within(actor, wanted).checked()
        async with self.store.unit() as unit:
            await self._require_settled(unit, actor)
            user = await self._managed(unit, actor, name)
            wanted = await _listed(unit, wanted, user.agency)
            _refuse_publishing(actor, wanted.roles - user.roles)
            if user.id == actor.id and (wanted.roles != user.roles or wanted.agency != user.agency):
                raise InvalidInputError("Peran dan cakupan sendiri tidak bisa diubah; minta admin lain.")
            changed = replace(user, full_name=wanted.full_name, roles=wanted.roles, agency=wanted.agency)
            await unit.accounts.change(changed)
            is_other = changed.roles != user.roles or changed.agency != user.agency
            if is_other:
                await unit.accounts.end_sessions_of(user)
            # A corrected name gives nobody a hold on the account, so it holds nobody back.
            action = Action.USER_CHANGED if is_other else Action.USER_RENAMED
            await self._note(unit, action, actor, changed, _described(changed))

    async def set_disabled(self, actor: User | None, name: str, is_disabled: bool) -> None:
        """Disable a user at once, or let one log in again."""
        if actor is not None:
            require(actor, Deed.MANAGE_USERS)
        async with self.store.unit() as unit:
            await self._require_settled(unit, actor)
            user = await self._managed(unit, actor, name)
            if actor and user.id == actor.id:
                raise InvalidInputError("Akun sendiri tidak bisa dinonaktifkan; minta admin lain.")
            await unit.accounts.change(replace(user, is_disabled=is_disabled))
            if is_disabled:
                await unit.accounts.end_sessions_of(user)
            action = Action.USER_DISABLED if is_disabled else Action.USER_ENABLED
            await self._note(unit, action, actor, user)

    async def reset_second_factor(self, actor: User | None, name: str) -> None:
        """Take the second factor away: at the next login a new one is set up."""
        if actor is not None:
            require(actor, Deed.MANAGE_USERS)
        async with self.store.unit() as unit:
            await self._require_settled(unit, actor)
            user = await self._managed(unit, actor, name)
            if actor and user.id == actor.id:
                raise InvalidInputError("Faktor kedua sendiri tidak bisa disetel ulang; minta admin lain.")
            await unit.accounts.set_secret(user, None, 0)
            await unit.accounts.end_sessions_of(user)
            await self._note(unit, Action.SECOND_FACTOR_RESET, actor, user)

    async def reset_password(self, actor: User | None, name: str, password: str) -> None:
        """Set a password that must be changed at the next login.

        Raises:
            InvalidInputError: when there is no such user, or the password may not be used.
        """
        if actor is not None:
            require(actor, Deed.MANAGE_USERS)
        problem = await self.passwords.problem(password, name)
        if problem:
            raise InvalidInputError(problem)
        hashed = await self.passwords.hash(password)
        async with self.store.unit() as unit:
            await self._require_settled(unit, actor)
            user = await self._managed(unit, actor, name)
            if actor and user.id == actor.id:
                raise InvalidInputError("Kata sandi sendiri diganti di halaman Kata sandi, bukan di sini.")
            await unit.accounts.set_password(user, hashed, must_change=True)
            await unit.accounts.end_sessions_of(user)
            await self._note(unit, Action.PASSWORD_CHANGED, actor, user, "disetel ulang")

    async def confirm(self, actor: User | None, name: str) -> None:
        """Confirm as a second administrator what another one did to an account: it may decide at once.

        Raises:
            InvalidInputError: when the actor did it, is the holder, is held back too, or may be in the same hands as
                whoever did it.
        """
        if actor is not None:
            require(actor, Deed.MANAGE_USERS)
        async with self.store.unit() as unit:
            user = await self._managed(unit, actor, name)
            waiting = {done.by for done in unconfirmed(await unit.audit.handlings(user.name))}
            if not waiting:
                raise InvalidInputError("Akun ini tidak menunggu persetujuan.")
            if actor is not None:
                await require_settled(unit.audit, actor.name, self.clock.now())
                if user.id == actor.id or not await are_apart(unit.audit, actor.name, waiting):
                    raise InvalidInputError(
                        "Akun ini harus disetujui admin lain: bukan yang membuat atau mengubahnya, dan bukan akun yang"
                        " dibuat atau disetel ulang olehnya."
                    )
            await self._note(unit, Action.USER_CONFIRMED, actor, user)

    async def handlings(self, actor: User, name: str) -> Sequence[Handling]:
        """Return what other users did to an account, the oldest first."""
        require(actor, Deed.MANAGE_USERS)
        async with self.store.unit() as unit:
            return await unit.audit.handlings((await self._managed(unit, actor, name)).name)

    async def _require_settled(self, unit: AdminUnit, actor: User | None) -> None:
        """Refuse an administrator whom somebody else just made or reset: it may be that one at work."""
        if actor is not None:
            await require_settled(unit.audit, actor.name, self.clock.now())

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
    return actor.agency is None or is_same_agency(actor.agency, user.agency)


def _within(actor: User | None, wanted: Wanted) -> Wanted:
    """Keep what an administrator of one agency gives within that agency."""
    if actor is None or actor.agency is None:
        return wanted
    if wanted.is_national:
        raise InvalidInputError("Cakupan nasional hanya diberikan oleh admin bercakupan nasional.")
    return replace(wanted, agency=actor.agency)


async def _listed(unit: AdminUnit, wanted: Wanted, present: str | None) -> Wanted:
    """Name the agency by its code in the list; one that somebody has already stays as it is."""
    if wanted.agency is None or wanted.agency == present:
        return wanted
    code = agency_code(wanted.agency, await unit.accounts.agency_names())
    if code is None:
        raise InvalidInputError("Instansi itu tidak ada di daftar. Pilih yang ada, atau tambahkan dulu di Instansi.")
    return replace(wanted, agency=code)


def _refuse_publishing(actor: User | None, given: frozenset[Role]) -> None:
    """Refuse to have an agency's administrator give roles that write or publish what everybody is told."""
    if actor is not None and actor.agency is not None and given & NATIONAL_ROLES:
        raise InvalidInputError(
            "Peran kurator dan penyetuju menyangkut semua instansi, jadi hanya diberikan admin bercakupan nasional."
        )


def _described(user: User) -> str:
    roles = ", ".join(role.value for role in sorted_roles(user.roles))
    return f"{user.full_name}; peran {roles}; cakupan {user.agency or 'nasional'}"
