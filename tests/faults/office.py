"""Campaigns as people work on them: by commands with their secrets, sent by the real process, read in its reports."""

import asyncio
import re
import secrets as secret
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import pyotp
from sqlalchemy import insert

from bot.admin.accounts.credentials import Argon2Passwords
from bot.bootstrap.services import open_services
from bot.core.accounts.users import Role
from bot.core.vocabulary import Channel
from bot.settings import Settings
from bot.storage.campaigns.consents import opt_in_binding
from bot.storage.campaigns.tables import OptInRow
from bot.storage.engine.engine import make_engine
from bot.storage.engine.key_ring import keys_from_file
from bot.storage.unit_of_work import DatabaseStore
from tests.fakes.whatsapp.graph_api import Person
from tests.faults.world import World
from tests.integration.accounts.test_user_commands import type_in
from tests.integration.campaigns.engine.harness import noon
from tests.support.admin_browser import PASSWORD
from tests.support.database import execute

ROLES = {"ani": Role.BROADCASTER, "budi": Role.APPROVER, "cici": Role.CURATOR}


@dataclass(kw_only=True)
class Office:
    """A writer, an approver and a curator."""

    world: World
    secrets: dict[str, str] = field(default_factory=dict)

    def open(self) -> None:
        """Add the people."""
        self.secrets = {name: pyotp.random_base32() for name in ROLES}
        asyncio.run(self._add_people())

    async def _add_people(self) -> None:
        async with (
            open_services(Settings.from_env(self.world.bot.environment)) as parts,
            parts.admin_store.unit() as unit,
        ):
            hashed = await Argon2Passwords(memory_kib=64).hash(PASSWORD)
            for name, role in ROLES.items():
                user = await unit.accounts.add(name, name.title(), frozenset({role}), None, hashed)
                await unit.accounts.set_password(user, hashed, must_change=False)
                await unit.accounts.set_secret(user, self.secrets[name], 0)

    async def _forget_codes(self) -> None:
        """Let a code work again: nobody waits half a minute for the next one."""
        engine = make_engine(self.world.address)
        await execute(engine, 'UPDATE "user" SET last_step = 0')
        await engine.dispose()

    def type(self, user: str, *words: str) -> tuple[int, str]:
        """Run a command for a person on a terminal; returns exit code and what was shown."""
        asyncio.run(self._forget_codes())
        lines = [PASSWORD, pyotp.TOTP(self.secrets[user]).now()]
        return type_in(self.world.bot.environment, lines, "campaign", *words, "--as", user)

    def draft(self, *options: str, schedule: str = "sekarang", topic: str = "foto_bersama_calon") -> str:
        """Write a draft."""
        content = () if "--template" in options else ("--topic", topic)
        code, shown = self.type("ani", "create", "Uji", *content, "--schedule", schedule, *options)
        found = re.search(r"Draf (\w+) dibuat", shown)
        assert code == 0, shown
        assert found, shown
        return found[1]

    def scheduled(self, *options: str, schedule: str = "sekarang") -> str:
        """Write a campaign, let a second person approve it, and schedule it."""
        id_ = self.draft(*options, schedule=schedule)
        for user, words in (("ani", "submit"), ("budi", "approve"), ("ani", "run")):
            code, shown = self.type(user, words, id_)
            assert code == 0, shown
        return id_

    def report(self, id_: str) -> str:
        """Return what anybody at the server reads."""
        done = self.world.bot.command("campaign", "report", id_)
        assert done.returncode == 0, done.stderr[-1500:]
        return done.stdout.decode()

    def status(self, id_: str) -> str:
        """Return where a campaign stands; read beside the program, for a command takes seconds."""
        return str(self.world.ask_sql(f"SELECT status FROM campaign WHERE id = '{id_}'")[0][0])

    def counts(self, id_: str) -> dict[str, int]:
        """Return its messages by status."""
        found = self.world.ask_sql(
            "SELECT delivery.status, count(*) FROM delivery JOIN chunk ON chunk.id = delivery.chunk_id"
            f" WHERE chunk.campaign_id = '{id_}' GROUP BY delivery.status"
        )
        return {str(status): int(number) for status, number in found}

    def wait_for_status(self, id_: str, wanted: Sequence[str], seconds: float) -> str:
        """Wait until a campaign stands where it should, or time is up; returns where it stands."""
        until = time.monotonic() + seconds
        while (status := self.status(id_)) not in wanted and time.monotonic() < until:
            time.sleep(0.5)
        return status

    def add_opt_ins(self, people: Sequence[Person], **columns: str) -> None:
        """Let people on WhatsApp opt in, whose window is shut."""

        async def add() -> None:
            engine = make_engine(self.world.address)
            keys = keys_from_file(self.world.bot.folder / "keys" / "master.key")
            store = DatabaseStore(engine, keys, lambda: secret.token_hex(16))
            rows = []
            for person in people:
                key = store.key_of(Channel.WHATSAPP, name_of(person))
                sealed = store.seal_bytes(name_of(person).encode(), opt_in_binding(key))
                rows.append(
                    {
                        "key": key,
                        "channel": Channel.WHATSAPP,
                        "address": sealed,
                        "opted_in_at": noon(),
                        "text_version": "uji",
                        "zone": "WIB",
                        **columns,
                    }
                )
            async with store.session() as session:
                await session.execute(insert(OptInRow), rows)
            await engine.dispose()

        asyncio.run(add())

    def sql(self, statement: str, **values: object) -> None:
        """Change rows behind the program's back."""

        async def change() -> None:
            engine = make_engine(self.world.address)
            await execute(engine, statement, **values)
            await engine.dispose()

        asyncio.run(change())

    def key_of(self, person: Person) -> bytes:
        """Return the key of somebody's opt-in."""
        keys = keys_from_file(self.world.bot.folder / "keys" / "master.key")
        engine = make_engine(self.world.address)
        try:
            store = DatabaseStore(engine, keys, lambda: secret.token_hex(16))
            return store.key_of(Channel.WHATSAPP, name_of(person))
        finally:
            asyncio.run(engine.dispose())


def name_of(person: Person) -> str:
    """Return what the database knows somebody by."""
    return f"bsuid:{person.bsuid}" if person.bsuid is not None else f"wa_id:{person.wa_id}"
