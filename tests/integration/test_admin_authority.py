"""What one administrator alone cannot do, over HTTP: answer for the whole country, or be a second person."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.application.edit_drafts import EditDrafts
from bot.core.accounts import Role, User
from bot.core.audit import Action
from bot.core.drafts import DraftState
from bot.core.errors import InvalidInputError
from tests.conftest import NOW
from tests.database import seeded
from tests.desk import Desk, open_desk

pytestmark = pytest.mark.admin
TOPIC = "hak_pilih"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.full)])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    with seeded(request.param, tmp_path) as address, open_desk(address, tmp_path, NOW) as opened:
        yield opened


def save(desk: Desk, admin: str, name: str, *roles: Role, new: bool = False, **fields: str) -> int:
    """Add or change a user on the page; return the status."""
    path = "/admin/pengguna/baru" if new else f"/admin/pengguna/satu/{name}"
    sent: dict[str, str | list[str]] = {"full_name": name.title(), "roles": [role.value for role in roles], **fields}
    return desk.post(path, sent | ({"name": name} if new else {}), admin).status_code


def user(desk: Desk, name: str) -> User:
    async def find() -> User:
        async with desk.unit() as unit:
            found = await unit.accounts.user(name)
            assert found is not None
            return found

    found: User = desk.call(find)
    return found


def drafts(desk: Desk) -> EditDrafts:
    return EditDrafts(store=desk.parts.admin_store, clock=desk.clock, new_id=lambda: "d1")


def submitted(desk: Desk, writer: User) -> int:
    """Hand a draft in; return the edition to publish."""
    edit = drafts(desk)
    desk.call(lambda: edit.begin(writer, TOPIC))
    desk.call(lambda: edit.submit(writer, "d1"))
    return 1


def publish(desk: Desk, approver: str, edition: int) -> DraftState:
    decider = user(desk, approver)
    state: DraftState = desk.call(lambda: drafts(desk).approve(decider, "d1", edition))
    return state


def actions(desk: Desk) -> list[str]:
    return [str(action) for (action,) in desk.rows("SELECT action FROM audit_event ORDER BY number")]


def test_an_agencys_people_write_and_publish_no_answer_whatever_roles_they_are_given(desk: Desk) -> None:
    admin = desk.session(desk.user("bos", Role.ADMIN, agency="bkd-a"))
    assert save(desk, admin, "tulis", Role.CURATOR, new=True) == 200
    assert save(desk, admin, "terbit", Role.APPROVER, new=True) == 200
    writer = desk.session(user(desk, "tulis"))
    assert desk.post(f"/admin/jawaban/{TOPIC}/draf", {}, writer).status_code in (403, 404)
    with pytest.raises(InvalidInputError, match="nasional"):
        submitted(desk, user(desk, "tulis"))
    edition = submitted(desk, desk.user("cici", Role.CURATOR))
    with pytest.raises(InvalidInputError, match="nasional"):
        publish(desk, "terbit", edition)
    assert desk.rows(f"SELECT count(*) FROM guidance WHERE topic_id = '{TOPIC}'") == [(1,)]


@pytest.mark.parametrize("scope", ["nasional", "instansi", ""])
def test_an_agencys_administrator_gives_nobody_the_whole_country(desk: Desk, scope: str) -> None:
    admin = desk.session(desk.user("bos", Role.ADMIN, agency="bkd-a"))
    save(desk, admin, "tulis", Role.CURATOR, new=True, scope=scope)
    rows = desk.rows("SELECT agency FROM \"user\" WHERE name = 'tulis'")
    assert rows in ([], [("bkd-a",)])


def test_the_whole_country_is_chosen_by_name_and_not_by_an_empty_field(desk: Desk) -> None:
    admin = desk.session(desk.user("bos", Role.ADMIN))
    assert save(desk, admin, "tulis", Role.CURATOR, new=True) == 400
    assert save(desk, admin, "tulis", Role.CURATOR, new=True, scope="instansi") == 400
    assert save(desk, admin, "tulis", Role.CURATOR, new=True, scope="instansi", agency="bkd-a") == 200
    assert save(desk, admin, "tulis", Role.CURATOR, scope="nasional") == 303
    assert user(desk, "tulis").agency is None


@pytest.mark.parametrize(
    "roles", [[Role.ADMIN, Role.CURATOR, Role.APPROVER], [Role.VIEWER], [Role.ADMIN, Role.BROADCASTER]]
)
def test_nobody_changes_ones_own_roles(desk: Desk, roles: list[Role]) -> None:
    admin = desk.session(desk.user("bos", Role.ADMIN))
    assert save(desk, admin, "bos", *roles, scope="nasional") == 400
    assert user(desk, "bos").roles == frozenset({Role.ADMIN})


def test_nobody_changes_ones_own_reach(desk: Desk) -> None:
    admin = desk.session(desk.user("bos", Role.ADMIN))
    assert save(desk, admin, "bos", Role.ADMIN, scope="instansi", agency="bkd-a") == 400
    assert save(desk, admin, "bos", Role.ADMIN, scope="nasional") == 303


@pytest.mark.parametrize("deed", ["kata-sandi", "faktor-kedua"])
def test_who_was_reset_publishes_only_after_a_second_administrator_or_a_day(desk: Desk, deed: str) -> None:
    edition = submitted(desk, desk.user("cici", Role.CURATOR))
    desk.user("budi", Role.APPROVER)
    first, second = desk.session(desk.user("bos", Role.ADMIN)), desk.session(desk.user("lain", Role.ADMIN))
    desk.post(f"/admin/pengguna/satu/budi/{deed}", {}, first)
    with pytest.raises(InvalidInputError, match="admin lain"):
        publish(desk, "budi", edition)
    assert "menunggu persetujuan" in desk.get("/admin/pengguna", second).text
    assert "Setujui akun ini" not in desk.get("/admin/pengguna/satu/budi", first).text
    assert desk.post("/admin/pengguna/satu/budi/setujui", {}, first).status_code == 400
    assert "Setujui akun ini" in desk.get("/admin/pengguna/satu/budi", second).text
    assert desk.post("/admin/pengguna/satu/budi/setujui", {}, second).status_code == 303
    assert publish(desk, "budi", edition) is DraftState.PUBLISHED
    assert Action.USER_CONFIRMED.value in actions(desk)


def test_who_was_reset_publishes_after_a_day_where_there_is_one_administrator(desk: Desk) -> None:
    edition = submitted(desk, desk.user("cici", Role.CURATOR))
    desk.user("budi", Role.APPROVER)
    desk.post("/admin/pengguna/satu/budi/kata-sandi", {}, desk.session(desk.user("bos", Role.ADMIN)))
    desk.clock.at = NOW + timedelta(hours=24, minutes=1)
    assert publish(desk, "budi", edition) is DraftState.PUBLISHED


def test_who_was_made_or_reset_by_the_writer_never_publishes_what_that_one_wrote(desk: Desk) -> None:
    writer = desk.user("cici", Role.CURATOR, Role.ADMIN)
    desk.user("budi", Role.APPROVER)
    desk.post("/admin/pengguna/satu/budi/kata-sandi", {}, desk.session(writer))
    desk.post("/admin/pengguna/satu/budi/setujui", {}, desk.session(desk.user("lain", Role.ADMIN)))
    edition = submitted(desk, replace(writer, roles=frozenset({Role.CURATOR})))
    desk.clock.at = NOW + timedelta(days=30)
    with pytest.raises(InvalidInputError, match="penulisnya"):
        publish(desk, "budi", edition)


def test_an_account_that_one_just_made_confirms_no_other(desk: Desk) -> None:
    bos = desk.session(desk.user("bos", Role.ADMIN))
    desk.user("budi", Role.APPROVER)
    assert save(desk, bos, "boneka", Role.ADMIN, new=True, scope="nasional") == 200
    desk.post("/admin/pengguna/satu/budi/kata-sandi", {}, bos)
    puppet = desk.session(user(desk, "boneka"))
    assert desk.post("/admin/pengguna/satu/budi/setujui", {}, puppet).status_code != 303


def test_one_agency_in_two_spellings_is_one(desk: Desk) -> None:
    admin = desk.session(desk.user("bos", Role.ADMIN, agency="BKD Jabar"))
    desk.user("ani", Role.VIEWER, agency="bkd jabar ")
    assert ">ani<" in desk.get("/admin/pengguna", admin).text


def test_a_page_shows_the_choice_of_reach(desk: Desk) -> None:
    page = desk.get("/admin/pengguna/baru", desk.session(desk.user("bos", Role.ADMIN))).text
    assert re.search(r'type="radio" name="scope" value="nasional"(?! checked)', page)
