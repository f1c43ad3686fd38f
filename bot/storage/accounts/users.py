"""Users and sessions in the database."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.accounts.login_limits import FailureKind, FailureSum, hour_of
from bot.core.accounts.sessions import SESSION_IDLE, SESSION_LIFE, Session, SessionStage
from bot.core.accounts.users import NAME_REFUSED, Role, User, sorted_roles
from bot.core.errors import InvalidInputError, PermanentError
from bot.storage.accounts.tables import AgencyRow, LoginFailureRow, SessionRow, UserRow
from bot.storage.engine.database import Database, insert_into, lock


class DatabaseAccounts:
    """The real `Accounts`."""

    def __init__(self, store: Database, session: AsyncSession) -> None:
        """Hold the transaction."""
        self._store = store
        self._session = session

    async def users(self) -> Sequence[User]:
        """Return every user by name."""
        return [_user(row) for row in await self._session.scalars(select(UserRow).order_by(UserRow.name))]

    async def user(self, name: str) -> User | None:
        """Return a user by name, and lock it."""
        row = await self._row(name)
        return _user(row) if row else None

    async def add(self, name: str, full_name: str, roles: frozenset[Role], agency: str | None, hashed: str) -> User:
        """Add a user."""
        await lock(self._session, hashlib.sha256(b"user " + name.encode()).digest())
        if await self._row(name) is not None:
            raise InvalidInputError(NAME_REFUSED)
        row = UserRow(
            id=self._store.new_id(),
            name=name,
            full_name=full_name,
            roles=[role.value for role in sorted_roles(roles)],
            agency=agency,
            is_national=agency is None,
            is_disabled=False,
            password_hash=hashed,
            must_change_password=True,
            must_renew_factor=False,
            secret=None,
            last_step=0,
            failures=0,
            locked_until=None,
        )
        self._session.add(row)
        await self._session.flush()
        return _user(row)

    async def agency_names(self) -> Mapping[str, str]:
        """Return the names of the agencies by code."""
        found = await self._session.execute(select(AgencyRow.code, AgencyRow.name))
        return {row.code: row.name for row in found}

    async def change(self, user: User) -> None:
        """Keep what is not a credential."""
        row = await self._of(user)
        row.full_name, row.agency, row.is_disabled = user.full_name, user.agency, user.is_disabled
        row.is_national = user.agency is None
        row.roles = [role.value for role in sorted_roles(user.roles)]

    async def password_hash(self, name: str) -> str | None:
        """Return the stored hash."""
        return await self._session.scalar(select(UserRow.password_hash).where(UserRow.name == name))

    async def set_password(self, user: User, hashed: str, must_change: bool) -> None:
        """Keep a new password."""
        row = await self._of(user)
        row.password_hash, row.must_change_password = hashed, must_change
        row.must_renew_factor = row.must_renew_factor or (must_change and row.secret is not None)

    async def secret(self, user: User) -> tuple[str, int] | None:
        """Return the second factor's secret and the last step used."""
        row = await self._of(user)
        if row.secret is None:
            return None
        plain = self._store.open_bytes(row.secret, secret_binding(row.id))
        if plain is None:
            raise PermanentError(
                f"faktor kedua {row.name} tersegel dengan kunci lain; jalankan `sinetral user reset-totp {row.name}`"
            )
        return plain.decode(), row.last_step

    async def set_secret(self, user: User, secret: str | None, step: int) -> None:
        """Keep a second factor and the step used last."""
        row = await self._of(user)
        row.secret = self._store.seal_bytes(secret.encode(), secret_binding(row.id)) if secret else None
        row.must_renew_factor = secret is None
        row.must_change_password = row.must_change_password or secret is None
        row.last_step = step

    async def use_step(self, user: User, step: int) -> None:
        """Remember the step used last."""
        (await self._of(user)).last_step = step

    async def count_failure(self, name: str, kind: FailureKind, now: datetime) -> None:
        """Count a failure within its hour."""
        values = {"name": name, "hour": hour_of(now.astimezone(UTC)), "kind": kind.value, "times": 1}
        insert = insert_into(self._session, LoginFailureRow).values(**values)
        more = {"times": LoginFailureRow.times + 1}
        await self._session.execute(insert.on_conflict_do_update(index_elements=["name", "hour", "kind"], set_=more))

    async def take_failures(self, before: datetime, name: str | None = None) -> Sequence[FailureSum]:
        """Read and forget what was counted."""
        mine = [LoginFailureRow.hour < before.astimezone(UTC)]
        if name is not None:
            mine.append(LoginFailureRow.name == name)
        rows = list(await self._session.scalars(select(LoginFailureRow).where(*mine).with_for_update()))
        sums = [FailureSum(name=row.name, hour=row.hour, kind=FailureKind(row.kind), times=row.times) for row in rows]
        for row in rows:
            await self._session.delete(row)
        await self._session.flush()
        return sorted(sums, key=lambda one: (one.hour, one.name, one.kind))

    async def begin_session(self, session_id: str, user: User, stage: SessionStage, now: datetime) -> None:
        """Keep a session."""
        self._session.add(
            SessionRow(id_hash=_hash(session_id), user_id=user.id, stage=stage, began_at=now, seen_at=now, secret=None)
        )
        await self._session.flush()

    async def session(self, session_id: str) -> Session | None:
        """Return a session, ended or not."""
        found = await self._session.execute(
            select(SessionRow, UserRow)
            .join(UserRow, UserRow.id == SessionRow.user_id)
            .where(SessionRow.id_hash == _hash(session_id))
        )
        pair = found.one_or_none()
        if pair is None:
            return None
        row, user = pair
        return Session(user=_user(user), stage=row.stage, began_at=row.began_at, seen_at=row.seen_at)

    async def touch_session(self, session_id: str, now: datetime) -> None:
        """Remember that it was used."""
        row = await self._session.get(SessionRow, _hash(session_id))
        if row is not None:
            row.seen_at = now

    async def enrol_secret(self, session_id: str, secret: str | None) -> str | None:
        """Keep the secret being set up, or give it."""
        key = _hash(session_id)
        row = await self._session.get(SessionRow, key)
        if row is None:
            return None
        if secret is not None:
            row.secret = self._store.seal_bytes(secret.encode(), b"enrol " + key)
        plain = self._store.open_bytes(row.secret, b"enrol " + key) if row.secret else None
        return plain.decode() if plain else None

    async def end_session(self, session_id: str) -> None:
        """Forget a session."""
        await self._session.execute(delete(SessionRow).where(SessionRow.id_hash == _hash(session_id)))

    async def end_sessions_of(self, user: User) -> None:
        """Forget every session of a user."""
        await self._session.execute(delete(SessionRow).where(SessionRow.user_id == user.id))

    async def purge_sessions(self, now: datetime) -> int:
        """Forget the sessions that have ended."""
        ended = or_(SessionRow.seen_at <= now - SESSION_IDLE, SessionRow.began_at <= now - SESSION_LIFE)
        gone = await self._session.execute(delete(SessionRow).where(ended).returning(SessionRow.id_hash))
        return len(gone.all())

    async def _row(self, name: str) -> UserRow | None:
        query = select(UserRow).where(UserRow.name == name).with_for_update()
        return await self._session.scalar(query.execution_options(populate_existing=True))

    async def _of(self, user: User) -> UserRow:
        row = await self._session.get(UserRow, user.id)
        if row is None:
            raise PermanentError(f"pengguna {user.name} tidak ada lagi")
        return row


def secret_binding(user_id: str) -> bytes:
    """Return what the secret of a second factor is bound to."""
    return b"second factor " + user_id.encode()


def _hash(session_id: str) -> bytes:
    return hashlib.sha256(session_id.encode()).digest()


def _user(row: UserRow) -> User:
    return User(
        id=row.id,
        name=row.name,
        full_name=row.full_name,
        roles=frozenset(Role(role) for role in row.roles),
        # An empty field gives nobody everything.
        agency=None if row.is_national else row.agency or "",
        is_disabled=row.is_disabled,
        has_second_factor=row.secret is not None,
        must_change_password=row.must_change_password,
        must_renew_factor=row.must_renew_factor,
    )
