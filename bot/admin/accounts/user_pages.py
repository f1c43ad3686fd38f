"""The users, for administrators."""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from starlette.responses import Response

from bot.admin.web.gate import AdminRequest, AdminRoute, get, post
from bot.admin.web.render import Renderer, done
from bot.application.accounts.manage_users import ManageUsers, Wanted, manages
from bot.application.accounts.ports import AdminStore
from bot.core.accounts.permissions import held_until, unconfirmed
from bot.core.accounts.users import Permission, Role, User
from bot.core.campaigns.consent import Agency
from bot.core.errors import InvalidInputError

FIRST_PASSWORD_BYTES = 12
EMPTY = Wanted(full_name="", roles=frozenset(), agency=None)


@dataclass(frozen=True, kw_only=True)
class UserPages:
    """The pages, with what they need."""

    store: AdminStore
    manage: ManageUsers
    agencies: Callable[[User], Awaitable[Mapping[str, Agency]]]
    """Those that a user may be given."""
    render: Renderer

    def pages(self) -> list[AdminRoute]:
        """Return the routes."""
        may = Permission.MANAGE_USERS
        return [
            get("/pengguna", may, self._list),
            get("/pengguna/baru", may, self._new),
            post("/pengguna/baru", may, self._add),
            get("/pengguna/satu/{name}", may, self._one),
            post("/pengguna/satu/{name}", may, self._change),
            post("/pengguna/satu/{name}/setujui", may, self._confirm),
            post("/pengguna/satu/{name}/nonaktif", may, self._disable),
            post("/pengguna/satu/{name}/aktif", may, self._enable),
            post("/pengguna/satu/{name}/faktor-kedua", may, self._reset_second_factor),
            post("/pengguna/satu/{name}/kata-sandi", may, self._reset_password),
        ]

    async def _list(self, visit: AdminRequest) -> Response:
        async with self.store.unit() as unit:
            users = [user for user in await unit.accounts.users() if manages(visit.user, user)]
            until = {user.name: held_until(await unit.audit.handlings(user.name)) for user in users}
        open_ = {name for name, moment in until.items() if moment is not None}
        held = {name for name, moment in until.items() if moment is not None and moment > visit.now}
        return self.render.page(visit, "users.html", users=users, held=held, unconfirmed=open_)

    async def _new(self, visit: AdminRequest) -> Response:
        return await self._form(visit, 200, None, "", EMPTY, None)

    async def _add(self, visit: AdminRequest) -> Response:
        name, wanted = visit.value("name").lower(), _wanted(visit)
        password = secrets.token_urlsafe(FIRST_PASSWORD_BYTES)
        try:
            user = await self.manage.add(visit.user, name, wanted, password)
        except InvalidInputError as error:
            return await self._form(visit, 400, None, name, wanted, str(error))
        return self.render.page(visit, "user_password.html", one=user, password=password)

    async def _one(self, visit: AdminRequest) -> Response:
        user = await self._found(visit)
        wanted = Wanted(full_name=user.full_name, roles=user.roles, agency=user.agency, is_national=user.agency is None)
        return await self._form(visit, 200, user, user.name, wanted, None)

    async def _change(self, visit: AdminRequest) -> Response:
        user, wanted = await self._found(visit), _wanted(visit)
        try:
            await self.manage.change(visit.user, user.name, wanted)
        except InvalidInputError as error:
            return await self._form(visit, 400, user, user.name, wanted, str(error))
        return done(visit, "/pengguna", "pengguna-diubah")

    async def _confirm(self, visit: AdminRequest) -> Response:
        await self.manage.confirm(visit.user, visit.path("name"))
        return done(visit, "/pengguna", "pengguna-disetujui")

    async def _disable(self, visit: AdminRequest) -> Response:
        await self.manage.set_disabled(visit.user, visit.path("name"), True)
        return done(visit, "/pengguna", "pengguna-nonaktif")

    async def _enable(self, visit: AdminRequest) -> Response:
        await self.manage.set_disabled(visit.user, visit.path("name"), False)
        return done(visit, "/pengguna", "pengguna-aktif")

    async def _reset_second_factor(self, visit: AdminRequest) -> Response:
        await self.manage.reset_second_factor(visit.user, visit.path("name"))
        return done(visit, "/pengguna", "faktor-disetel")

    async def _reset_password(self, visit: AdminRequest) -> Response:
        password = secrets.token_urlsafe(FIRST_PASSWORD_BYTES)
        await self.manage.reset_password(visit.user, visit.path("name"), password)
        return self.render.page(visit, "user_password.html", one=await self._found(visit), password=password)

    async def _found(self, visit: AdminRequest) -> User:
        async with self.store.unit() as unit:
            user = await unit.accounts.user(visit.path("name"))
        if user is None or not manages(visit.user, user):
            raise InvalidInputError("Tidak ada pengguna dengan nama itu.")
        return user

    async def _form(
        self, visit: AdminRequest, status: int, user: User | None, name: str, wanted: Wanted, error: str | None
    ) -> Response:
        agencies = await self.agencies(visit.user)
        done_by_others = await self.manage.handlings(visit.user, user.name) if user is not None else ()
        until, waiting = held_until(done_by_others), unconfirmed(done_by_others)
        return self.render.page(
            visit,
            "user.html",
            status,
            one=user,
            name=name,
            wanted=wanted,
            error=error,
            roles=list(Role),
            agencies=agencies,
            held_until=until if until is not None and until > visit.now else None,
            handled_by=sorted({done.by for done in waiting}),
        )


def _wanted(visit: AdminRequest) -> Wanted:
    known = {role.value: role for role in Role}
    roles = frozenset(known[value] for value in visit.fields.get("roles", []) if value in known)
    is_national = visit.value("scope") == "nasional"
    return Wanted(
        full_name=visit.value("full_name"),
        roles=roles,
        # What is typed beside the choice of the whole country was left there.
        agency=None if is_national else visit.value("agency") or None,
        is_national=is_national,
    )
