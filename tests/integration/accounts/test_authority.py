"""What one administrator alone cannot do, over HTTP: answer for the whole country, or be a second person."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.application.curation.edit_drafts import EditDrafts, EditLaw
from bot.bootstrap.web import admin_site
from bot.core.accounts.audit_trail import Action
from bot.core.accounts.users import NAME_REFUSED, Role, User
from bot.core.curation.drafts import DraftState
from bot.core.errors import InvalidInputError
from bot.core.guidance.instrument import Instrument, InstrumentStatus
from tests.conftest import NOW
from tests.support.admin_browser import Desk, add_campaign, open_desk
from tests.support.database import seeded

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


def list_agency(desk: Desk, code: str, name: str) -> None:
    desk.sql(
        "INSERT INTO agency (code, name, region, zone) VALUES (:code, :name, 'Jabar', 'WIB')", code=code, name=name
    )


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
    desk.user("terbit", Role.APPROVER, agency="bkd-a")
    writer = desk.session(desk.user("tulis", Role.CURATOR, agency="bkd-a"))
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
    save(desk, admin, "lihat", Role.VIEWER, new=True, scope=scope)
    rows = desk.rows("SELECT agency FROM \"user\" WHERE name = 'lihat' AND NOT is_national")
    assert rows == ([] if scope == "nasional" else [("bkd-a",)])


@pytest.mark.parametrize("role", [Role.CURATOR, Role.APPROVER])
def test_an_agencys_administrator_gives_no_role_that_writes_or_publishes_for_everybody(desk: Desk, role: Role) -> None:
    admin = desk.session(desk.user("bos", Role.ADMIN, agency="bkd-a"))
    desk.user("ani", Role.VIEWER, agency="bkd-a")
    before = desk.dump()
    assert save(desk, admin, "baru", role, new=True) == 400
    assert save(desk, admin, "ani", Role.VIEWER, role) == 400
    assert desk.dump() == before
    desk.user("cici", role, agency="bkd-a")
    assert save(desk, admin, "cici", role) == 303, "one that somebody else gave stays when a name is mended"


def test_the_whole_country_is_chosen_by_name_and_not_by_an_empty_field(desk: Desk) -> None:
    list_agency(desk, "bkd-a", "BKD A")
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


@pytest.mark.parametrize("typed", ["bkd-jabar", "BKD-Jabar", "BKD Jawa Barat", " bkd  jawa barat "])
def test_an_agency_is_a_code_of_the_list_however_it_was_typed(desk: Desk, typed: str) -> None:
    list_agency(desk, "bkd-jabar", "BKD Jawa Barat")
    pusat = desk.session(desk.user("bos", Role.ADMIN))
    assert save(desk, pusat, "ani", Role.VIEWER, new=True, scope="instansi", agency=typed) == 200
    assert user(desk, "ani").agency == "bkd-jabar"
    admin = desk.session(desk.user("jabar", Role.ADMIN, agency="bkd-jabar"))
    assert ">ani<" in desk.get("/admin/pengguna", admin).text


@pytest.mark.parametrize("typed", ["tidak-ada", "BKD", "nasional", "%"])
def test_an_agency_that_is_not_in_the_list_is_refused(desk: Desk, typed: str) -> None:
    list_agency(desk, "bkd-jabar", "BKD Jawa Barat")
    pusat = desk.session(desk.user("bos", Role.ADMIN))
    assert save(desk, pusat, "ani", Role.VIEWER, new=True, scope="instansi", agency=typed) == 400
    desk.user("budi", Role.VIEWER)
    assert save(desk, pusat, "budi", Role.VIEWER, scope="instansi", agency=typed) == 400


def test_a_user_whose_agency_was_lost_reaches_nothing(desk: Desk) -> None:
    bos, ani = desk.user("bos", Role.ADMIN, agency="bkd-a"), desk.user("ani", Role.VIEWER)
    desk.sql("UPDATE \"user\" SET agency = NULL WHERE name = 'bos'")
    admin = desk.session(bos)
    assert ">ani<" not in desk.get("/admin/pengguna", admin).text
    assert desk.post(f"/admin/pengguna/satu/{ani.name}/nonaktif", {}, admin).status_code == 400
    assert user(desk, "bos").agency == ""


@pytest.mark.parametrize("name", ["rahasia", "sistem", "ra hasia", "a"])
def test_a_name_that_another_agency_took_is_refused_as_any_other(desk: Desk, name: str) -> None:
    admin = desk.session(desk.user("bos", Role.ADMIN, agency="bkd-a"))
    desk.user("rahasia", Role.VIEWER, agency="bkd-b")
    before = desk.dump()
    fields = {"name": name, "full_name": "Siapa", "roles": "viewer"}
    answer = desk.post("/admin/pengguna/baru", fields, admin)
    said = re.findall(r'class="error"[^>]*>([^<]*)<', answer.text)
    assert (answer.status_code, said) == (400, [NAME_REFUSED])
    assert desk.dump() == before


def test_a_page_shows_the_choice_of_reach(desk: Desk) -> None:
    page = desk.get("/admin/pengguna/baru", desk.session(desk.user("bos", Role.ADMIN))).text
    assert re.search(r'type="radio" name="scope" value="nasional"(?! checked)', page)


# Two names in one person's hands


def test_one_administrator_who_makes_writer_and_approver_publishes_nothing_however_long_they_wait(desk: Desk) -> None:
    bos = desk.session(desk.user("bos", Role.ADMIN))
    assert save(desk, bos, "tulis", Role.CURATOR, new=True, scope="nasional") == 200
    assert save(desk, bos, "terbit", Role.APPROVER, new=True, scope="nasional") == 200
    desk.clock.at = NOW + timedelta(days=90)
    writer = desk.session(user(desk, "tulis"))
    draft = desk.post(f"/admin/jawaban/{TOPIC}/draf", {}, writer).headers["location"]
    assert desk.post(f"{draft}/ajukan", {}, writer).status_code == 303
    approver = desk.session(user(desk, "terbit"))
    refused = desk.post(f"{draft}/terbitkan", {"edition": "1"}, approver)
    assert (refused.status_code, "belum disetujui admin lain" in refused.text) == (400, True)
    assert desk.rows(f"SELECT count(*) FROM guidance WHERE topic_id = '{TOPIC}'") == [(1,)]
    second = desk.session(desk.user("lain", Role.ADMIN))
    assert "belum disetujui admin lain" in desk.get("/admin/pengguna", second).text
    assert desk.post("/admin/pengguna/satu/terbit/setujui", {}, second).status_code == 303
    assert desk.post(f"{draft}/terbitkan", {"edition": "1"}, approver).status_code == 303


def test_an_office_with_one_administrator_is_confirmed_on_the_server(desk: Desk) -> None:
    bos = desk.session(desk.user("bos", Role.ADMIN))
    save(desk, bos, "tulis", Role.CURATOR, new=True, scope="nasional")
    save(desk, bos, "terbit", Role.APPROVER, new=True, scope="nasional")
    desk.call(lambda: admin_site(desk.parts).manage_users().confirm(None, "terbit"))
    assert publish(desk, "terbit", submitted(desk, user(desk, "tulis"))) is DraftState.PUBLISHED


def test_an_account_that_one_made_confirms_nothing_of_ones_own_even_after_a_day(desk: Desk) -> None:
    bos = desk.session(desk.user("bos", Role.ADMIN))
    desk.user("budi", Role.APPROVER)
    save(desk, bos, "boneka", Role.ADMIN, new=True, scope="nasional")
    desk.clock.at = NOW + timedelta(hours=25)
    desk.post("/admin/pengguna/satu/budi/kata-sandi", {}, desk.session(user(desk, "bos")))
    answer = desk.post("/admin/pengguna/satu/budi/setujui", {}, desk.session(user(desk, "boneka")))
    assert (answer.status_code, "harus disetujui admin lain" in answer.text) == (400, True)


def test_who_was_reset_through_an_account_that_the_writer_made_does_not_publish(desk: Desk) -> None:
    writer = desk.user("cici", Role.CURATOR, Role.ADMIN)
    desk.user("budi", Role.APPROVER)
    save(desk, desk.session(writer), "boneka", Role.ADMIN, new=True, scope="nasional")
    desk.clock.at = NOW + timedelta(hours=25)
    reset = desk.post("/admin/pengguna/satu/budi/kata-sandi", {}, desk.session(user(desk, "boneka")))
    assert reset.status_code == 200
    edition = submitted(desk, replace(writer, roles=frozenset({Role.CURATOR})))
    desk.clock.at = NOW + timedelta(days=30)
    with pytest.raises(InvalidInputError, match="belum disetujui admin lain"):
        publish(desk, "budi", edition)


def test_two_administrators_confirm_one_another_year_after_year(desk: Desk) -> None:
    first, second = desk.user("satu", Role.ADMIN), desk.user("dua", Role.ADMIN)
    desk.user("budi", Role.APPROVER)
    for days, (resets, confirms) in enumerate([(first, second), (second, first), (first, second)]):
        desk.clock.at = NOW + timedelta(days=60 * days)
        desk.post("/admin/pengguna/satu/budi/kata-sandi", {}, desk.session(resets))
        assert desk.post("/admin/pengguna/satu/budi/setujui", {}, desk.session(confirms)).status_code == 303


# What one person does alone


def test_who_was_just_made_or_reset_neither_sets_the_calendar_nor_changes_the_law_for_a_day(desk: Desk) -> None:
    bos = desk.session(desk.user("bos", Role.ADMIN))
    assert save(desk, bos, "tulis", Role.CURATOR, new=True, scope="nasional") == 200
    writer = user(desk, "tulis")
    stages = {"nama": "Palsu", "masa_tenang.mulai": "2026-12-01", "masa_tenang.selesai": "2026-12-31"}
    refused = desk.post("/admin/kalender/satu", stages, desk.session(writer))
    assert (refused.status_code, "setelah admin lain menyetujui" in refused.text) == (400, True)
    law = EditLaw(store=desk.parts.admin_store, clock=desk.clock)
    instrument = desk.call(lambda: first_instrument(desk))
    with pytest.raises(InvalidInputError, match="setelah admin lain menyetujui"):
        desk.call(lambda: law.change_instrument(writer, replace(instrument, status=InstrumentStatus.REVOKED)))
    assert desk.rows("SELECT count(*) FROM stage_period WHERE election = 'Palsu'") == [(0,)]
    desk.clock.at = NOW + timedelta(hours=25)
    desk.call(lambda: law.change_instrument(writer, replace(instrument, status=InstrumentStatus.REVOKED)))


async def first_instrument(desk: Desk) -> Instrument:
    async with desk.unit() as unit:
        return next(iter((await unit.desk.guidance()).instruments.values()))


@pytest.mark.parametrize("deed", ["kata-sandi", "faktor-kedua", "nonaktif", "aktif", ""])
def test_an_administrator_who_was_just_made_changes_no_account_for_a_day(desk: Desk, deed: str) -> None:
    bos = desk.session(desk.user("bos", Role.ADMIN))
    desk.user("budi", Role.APPROVER)
    save(desk, bos, "boneka", Role.ADMIN, new=True, scope="nasional")
    puppet = desk.session(user(desk, "boneka"))
    before = desk.dump()
    path = "/admin/pengguna/satu/budi" + (f"/{deed}" if deed else "")
    fields: dict[str, str | list[str]] = {"full_name": "Budi", "roles": ["admin"], "scope": "nasional"}
    refused = desk.post(path, fields, puppet)
    assert (refused.status_code, "setelah admin lain menyetujui" in refused.text) == (400, True)
    assert desk.dump() == before


def test_a_broadcaster_who_was_reset_starts_no_reminder_but_may_stop_one(desk: Desk) -> None:
    bos = desk.session(desk.user("bos", Role.ADMIN))
    desk.user("kirim", Role.BROADCASTER)
    add_campaign(desk, "k1")
    desk.sql("UPDATE campaign SET status = 'approved', approved_by = 'lain' WHERE id = 'k1'")
    desk.post("/admin/pengguna/satu/kirim/kata-sandi", {}, bos)
    sender = desk.session(user(desk, "kirim"))
    refused = desk.post("/admin/pengingat/satu/k1/jalankan", {}, sender)
    assert (refused.status_code, "setelah admin lain menyetujui" in refused.text) == (400, True)
    assert desk.post("/admin/pengingat/satu/k1/hentikan", {}, sender).status_code == 303
    assert desk.rows("SELECT status FROM campaign WHERE id = 'k1'") == [("stopped",)]


# What the holder and others see


@pytest.mark.parametrize("deed", ["kata-sandi", "faktor-kedua"])
def test_the_holder_is_told_who_reset_the_account_for_as_long_as_nobody_confirmed(desk: Desk, deed: str) -> None:
    desk.user("budi", Role.APPROVER)
    bos = desk.session(desk.user("bos", Role.ADMIN))
    assert "Akun Anda diubah orang lain" not in desk.get("/admin", desk.session(user(desk, "budi"))).text
    desk.post(f"/admin/pengguna/satu/budi/{deed}", {}, bos)
    desk.clock.at = NOW + timedelta(days=30)
    home = desk.get("/admin", desk.session(user(desk, "budi"))).text
    assert ("Akun Anda diubah orang lain" in home, "<strong>bos</strong>" in home) == (True, True)
    second = desk.session(desk.user("lain", Role.ADMIN))
    assert desk.post("/admin/pengguna/satu/budi/setujui", {}, second).status_code == 303
    assert "Akun Anda diubah orang lain" not in desk.get("/admin", desk.session(user(desk, "budi"))).text


def test_the_holder_is_told_of_a_command_on_the_server_for_a_week(desk: Desk) -> None:
    desk.user("budi", Role.APPROVER)
    desk.call(lambda: admin_site(desk.parts).manage_users().reset_password(None, "budi", "kuda lari senja 9 biru"))
    desk.call(lambda: admin_site(desk.parts).manage_users().reset_second_factor(None, "budi"))
    assert "lewat perintah di server" in desk.get("/admin", desk.session(user(desk, "budi"))).text
    desk.clock.at = NOW + timedelta(days=8)
    assert "lewat perintah di server" not in desk.get("/admin", desk.session(user(desk, "budi"))).text


def test_a_corrected_name_holds_nobody_back_and_is_a_line_of_its_own(desk: Desk) -> None:
    edition = submitted(desk, desk.user("cici", Role.CURATOR))
    desk.user("budi", Role.APPROVER)
    admin = desk.session(desk.user("bos", Role.ADMIN))
    assert save(desk, admin, "budi", Role.APPROVER, scope="nasional", full_name="Budi Baru") == 303
    assert publish(desk, "budi", edition) is DraftState.PUBLISHED
    assert Action.USER_RENAMED.value in actions(desk)
    assert Action.USER_CHANGED.value not in actions(desk)
