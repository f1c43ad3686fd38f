"""Reminders on their pages: two persons, one agency's own campaigns, what is shown of the results."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import update

from bot.admin.campaigns.campaign_pages import LAST_LOOKS
from bot.core.accounts.users import Role
from bot.core.campaigns.consent import Agency, TimeZone
from bot.core.campaigns.delivery import UnknownDeliveryPolicy
from bot.core.campaigns.platform_template import REMINDER
from bot.core.replies.reply import Reply, text
from bot.core.vocabulary import Channel
from bot.settings import WhatsAppSettings
from bot.storage.campaigns.campaign_runs import plan_step
from bot.storage.campaigns.platform_templates import DatabaseTemplates
from bot.storage.campaigns.rows import reply_to_json
from bot.storage.campaigns.tables import CampaignRow
from tests.integration.campaigns.engine.harness import TOPIC, add_campaign, add_opt_ins, noon
from tests.support.admin_browser import Desk, open_desk
from tests.support.admin_browser import add_campaign as keep_draft
from tests.support.database import seeded

pytestmark = [pytest.mark.admin, pytest.mark.broadcast]

FORM: dict[str, str | list[str]] = {
    "name": "Masa tenang",
    "content": f"topik:{TOPIC}",
    "when": "sekali",
    "day": "2031-01-05",
    "clock": "08:00",
    "zone": "WITA",
    "valid_hours": "24",
    "in_doubt": "resend",
    "weekly_limit": "3",
}
ONE = re.compile(r"/admin/pengingat/satu/(\w+)$")


@pytest.fixture(params=[pytest.param("sqlite"), pytest.param("postgres", marks=pytest.mark.full)])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """Return the web on a database of each test's own."""
    with seeded(request.param, tmp_path) as address, open_desk(address, tmp_path, noon()) as opened:
        yield opened


@pytest.fixture
def ani(desk: Desk) -> str:
    """Return the session of a broadcaster of all agencies."""
    return desk.session(desk.user("ani", Role.BROADCASTER))


@pytest.fixture
def budi(desk: Desk) -> str:
    """Return the session of an approver."""
    return desk.session(desk.user("budi", Role.APPROVER))


def agency(desk: Desk, code: str, name: str) -> None:
    async def add() -> None:
        async with desk.unit() as unit:
            await unit.campaigns.add_agency(Agency(code=code, name=name, region="Maluku", zone=TimeZone.WIT))

    desk.call(add)


def created(answer: httpx2.Response) -> str:
    assert answer.status_code == 303, answer.text
    found = ONE.search(answer.headers["location"])
    assert found, answer.headers["location"]
    return found[1]


def seen(page: str) -> str:
    return str(re.findall(r'name="seen" value="(\w+)"', page)[0])


def status(desk: Desk, id_: str) -> object:
    return desk.rows("SELECT status FROM campaign WHERE id = :id", id=id_)[0][0]


def test_what_one_person_wrote_a_second_one_approves(desk: Desk, ani: str, budi: str) -> None:
    id_ = created(desk.post("/admin/pengingat/baru", FORM, ani))
    address = f"/admin/pengingat/satu/{id_}"
    assert "2031-01-05 08.00 WITA" in desk.get(address, ani).text
    assert desk.post(f"{address}/ajukan", {}, ani).status_code == 303
    own = desk.get(address, ani).text
    assert ('name="seen"' in own, "harus oleh orang lain" in own) == (False, True)
    shown = desk.get(address, budi).text
    assert desk.post(f"{address}/setujui", {"seen": seen(shown)}, ani).status_code == 400
    assert desk.post(f"{address}/jalankan", {}, budi).status_code == 403
    assert desk.post(f"{address}/setujui", {"seen": seen(shown)}, budi).status_code == 303
    assert desk.post(f"{address}/jalankan", {}, ani).status_code == 303
    assert status(desk, id_) == "scheduled"
    assert desk.post(f"{address}/jeda", {}, ani).status_code == 303
    assert desk.post(f"{address}/hentikan", {}, ani).status_code == 303
    assert status(desk, id_) == "stopped"
    assert desk.actions() == [
        f"campaign_{deed}" for deed in ("created", "submitted", "approved", "started", "paused", "stopped")
    ]
    assert desk.verify()[1] is None


def test_who_changed_a_draft_cannot_approve_it(desk: Desk, ani: str) -> None:
    id_ = created(desk.post("/admin/pengingat/baru", FORM, ani))
    address = f"/admin/pengingat/satu/{id_}"
    cici = desk.session(desk.user("cici", Role.BROADCASTER))
    assert desk.post(f"{address}/ubah", {**FORM, "name": "Lain"}, cici).status_code == 303
    desk.post(f"{address}/ajukan", {}, ani)
    assert "harus oleh orang lain" in desk.get(address, cici).text
    dodi = desk.session(desk.user("dodi", Role.BROADCASTER))
    print_ = seen(desk.get(address, dodi).text)
    assert desk.post(f"{address}/setujui", {"seen": print_}, cici).status_code == 400
    assert desk.post(f"{address}/setujui", {"seen": print_}, dodi).status_code == 303


def test_nobody_approves_what_they_did_not_see(desk: Desk, ani: str, budi: str) -> None:
    id_ = created(desk.post("/admin/pengingat/baru", FORM, ani))
    address = f"/admin/pengingat/satu/{id_}"
    desk.post(f"{address}/ajukan", {}, ani)
    looked_at = seen(desk.get(address, budi).text)
    assert desk.post(f"{address}/kembalikan", {"why": "sasarannya kurang"}, budi).status_code == 303
    assert "sasarannya kurang" in desk.get(address, ani).text
    desk.post(f"{address}/ubah", {**FORM, "roles": ["PPPK"]}, ani)
    desk.post(f"{address}/ajukan", {}, ani)
    assert desk.post(f"{address}/setujui", {"seen": looked_at}, budi).status_code == 400
    assert status(desk, id_) == "submitted"


def test_a_mistake_loses_nothing_that_was_typed(desk: Desk, ani: str) -> None:
    answer = desk.post("/admin/pengingat/baru", {**FORM, "day": "", "roles": ["PPPK"]}, ani)
    assert (answer.status_code, "Pilih tanggal" in answer.text, "Masa tenang" in answer.text) == (400, True, True)
    assert re.search(r'value="PPPK" checked', answer.text)
    assert desk.rows("SELECT id FROM campaign") == []


@pytest.mark.parametrize(
    ("fields", "schedule"),
    [
        ({"when": "sekarang"}, "sekarang"),
        ({"when": "sekali"}, "2031-01-05 08.00 WITA"),
        (
            {"when": "mingguan", "weekdays": ["jumat", "senin"], "during": "kampanye", "is_working": "1"},
            "tiap senin, jumat 08.00 WITA selama kampanye hari kerja",
        ),
        ({"when": "tahapan", "days_before": "3", "before": "masa tenang"}, "H-3 masa tenang 08.00 WITA"),
    ],
)
def test_every_kind_of_schedule_comes_back_into_the_form(
    desk: Desk, ani: str, fields: dict[str, str | list[str]], schedule: str
) -> None:
    id_ = created(desk.post("/admin/pengingat/baru", FORM | fields, ani))
    assert desk.rows("SELECT schedule FROM campaign") == [(schedule,)]
    page = desk.get(f"/admin/pengingat/satu/{id_}/ubah", ani).text
    kept = {name: value for name, value in fields.items() if isinstance(value, str) and name != "is_working"}
    for value in kept.values():
        assert re.search(rf'value="{value}"( checked| selected|[^>]*>)', page)
    desk.post(f"/admin/pengingat/satu/{id_}/ubah", FORM | fields, ani)
    assert desk.rows("SELECT schedule FROM campaign") == [(schedule,)]


def test_the_count_follows_the_form(desk: Desk, ani: str) -> None:
    desk.call(lambda: add_opt_ins(desk.parts.store, range(1, 31)))
    desk.sql("UPDATE opt_in SET role = 'PPPK' WHERE zone = 'WIT'")
    told = desk.post("/admin/pengingat/hitung", FORM, ani)
    assert ("30 orang" in told.text, "WIB 10, WITA 10, WIT 10" in told.text) == (True, True)
    assert "10 orang" in desk.post("/admin/pengingat/hitung", {**FORM, "roles": ["PPPK"]}, ani).text
    assert "Foto bersama" in told.text
    without = desk.post("/admin/pengingat/baru", {**FORM, "then": "hitung"}, ani)
    assert (without.status_code, "30 orang" in without.text) == (200, True)
    assert desk.rows("SELECT id FROM campaign") == []


def test_who_writes_learns_when_whatsapp_would_leave_most_people_out(tmp_path: Path) -> None:
    number = WhatsAppSettings(
        token="t",
        phone_number_id="1",
        account_id=None,
        app_secret="s",
        verify_token="v",
        api="http://127.0.0.1:9",
        version="v1",
        per_second=68,
        people_a_day=250,
    )
    with seeded("sqlite", tmp_path) as address, open_desk(address, tmp_path, noon(), number) as desk:
        session = desk.session(desk.user("ani", Role.BROADCASTER))
        desk.call(lambda: add_opt_ins(desk.parts.store, range(1, 31)))
        warning = "hanya yang menulis kepada bot dalam 24 jam terakhir"
        only_telegram = {**FORM, "channels": ["telegram"]}
        assert warning not in desk.post("/admin/pengingat/hitung", only_telegram, session).text
        # Whether anybody is there: whoever is the only one is not given away by a warning.
        assert warning in desk.post("/admin/pengingat/hitung", FORM, session).text
        desk.sql("UPDATE opt_in SET channel = 'whatsapp' WHERE zone = 'WIT'")
        assert warning in desk.post("/admin/pengingat/hitung", FORM, session).text
        approved = replace(REMINDER, status="APPROVED")
        desk.call(lambda: DatabaseTemplates(desk.parts.store).replace([approved], noon()))
        assert warning not in desk.post("/admin/pengingat/hitung", FORM, session).text


def test_the_first_page_counts_what_waits_for_this_person(desk: Desk, ani: str, budi: str) -> None:
    tile = "pengingat menunggu persetujuan Anda"
    id_ = created(desk.post("/admin/pengingat/baru", FORM, ani))
    assert tile not in desk.get("/admin", budi).text
    desk.post(f"/admin/pengingat/satu/{id_}/ajukan", {}, ani)
    assert tile in desk.get("/admin", budi).text
    assert tile not in desk.get("/admin", ani).text
    viewer = desk.session(desk.user("vina", Role.VIEWER))
    assert tile not in desk.get("/admin", viewer).text


# One agency's own


@pytest.fixture
def cross(desk: Desk) -> tuple[str, str]:
    """Return the sessions of two broadcasters of agency A, while B has a campaign of its own with the id `b`."""
    agency(desk, "bkd-a", "BKD A")
    agency(desk, "bkd-b", "BKD B")
    keep_draft(desk, "b", author="berta", agency="bkd-b")
    keep_draft(desk, "semua", author="pusat")
    return (
        desk.session(desk.user("amir", Role.BROADCASTER, agency="bkd-a")),
        desk.session(desk.user("arif", Role.APPROVER, agency="bkd-a")),
    )


@pytest.mark.parametrize("id_", ["b", "semua"])
def test_an_agency_neither_sees_nor_touches_the_campaigns_of_others(
    desk: Desk, cross: tuple[str, str], id_: str
) -> None:
    address = f"/admin/pengingat/satu/{id_}"
    for session in cross:
        assert f"Pengingat {id_}" not in desk.get("/admin/pengingat", session).text
        before = desk.dump()
        for path in ("", "/jalan", "/csv", "/ubah"):
            answer = desk.get(address + path, session)
            assert (answer.status_code in (400, 403), f"Pengingat {id_}" in answer.text) == (True, False)
        for deed in ("ubah", "ajukan", "kembalikan", "setujui", "jalankan", "jeda", "hentikan", "putuskan"):
            fields = {**FORM, "why": "iseng", "seen": "0" * 16, "way": "ulang"}
            assert desk.post(f"{address}/{deed}", fields, session).status_code in (400, 403)
        copied = desk.get(f"/admin/pengingat/baru?dari={id_}", session)
        assert f"Pengingat {id_}" not in copied.text
        assert desk.dump() == before


def test_an_agency_writes_only_to_its_own_people(desk: Desk, cross: tuple[str, str]) -> None:
    amir, arif = cross
    desk.call(lambda: add_opt_ins(desk.parts.store, range(1, 31)))
    desk.sql("UPDATE opt_in SET agency = 'bkd-a' WHERE zone = 'WIT'")
    desk.sql("UPDATE opt_in SET agency = 'bkd-b' WHERE zone = 'WIB'")
    assert "10 orang" in desk.post("/admin/pengingat/hitung", FORM, amir).text
    assert desk.post("/admin/pengingat/baru", {**FORM, "agencies": ["bkd-b"]}, amir).status_code == 400
    id_ = created(desk.post("/admin/pengingat/baru", FORM, amir))
    assert desk.rows("SELECT agency, segment FROM campaign WHERE id = :id", id=id_) == [
        ("bkd-a", '{"agencies": ["bkd-a"], "regions": [], "roles": [], "stages": [], "channels": []}')
    ]
    desk.post(f"/admin/pengingat/satu/{id_}/ajukan", {}, amir)
    shown = desk.get(f"/admin/pengingat/satu/{id_}", arif).text
    assert desk.post(f"/admin/pengingat/satu/{id_}/setujui", {"seen": seen(shown)}, arif).status_code == 303
    assert "BKD B" not in desk.get("/admin/instansi", amir).text
    changed = {"code": "bkd-b", "name": "Direbut", "region": "X", "zone": "WIB"}
    assert desk.post("/admin/instansi", changed, amir).status_code == 400
    assert "sekitar 10 orang" in desk.get("/admin/pelanggan", amir).text


def test_a_user_of_an_agency_that_is_not_registered_can_write_to_nobody(desk: Desk) -> None:
    session = desk.session(desk.user("umi", Role.BROADCASTER, agency="Entah"))
    answer = desk.post("/admin/pengingat/baru", FORM, session)
    assert (answer.status_code, "belum terdaftar" in answer.text) == (400, True)


# Templates


TEXT: dict[str, str | list[str]] = {
    "title": "Masa tenang mulai besok",
    "words": "Mulai besok tidak ada kampanye.\nJangan bagikan unggahan calon.",
    "citation.0.instrument": "UU 20/2023",
    "citation.0.article": "Pasal 9 ayat (2)",
    "edition": "0",
}


def written(desk: Desk, session: str, **fields: str) -> str:
    answer = desk.post("/admin/templat/baru", TEXT | fields, session)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def test_a_template_is_sent_only_after_a_second_person_approved_it(desk: Desk, ani: str, budi: str) -> None:
    address = written(desk, ani)
    id_ = address.rsplit("/", 1)[1]
    carried = {**FORM, "content": f"templat:{id_}"}
    assert desk.post("/admin/pengingat/baru", carried, ani).status_code == 400
    saved = desk.post(address, {**TEXT, "edition": "1", "then": "ajukan"}, ani)
    assert saved.status_code == 303, saved.text
    assert desk.post(f"{address}/setujui", {"edition": "2"}, ani).status_code in (400, 403)
    assert desk.post(f"{address}/setujui", {"edition": "1"}, budi).status_code == 400
    assert desk.post(f"{address}/setujui", {"edition": "2"}, budi).status_code == 303
    assert desk.post(address, {**TEXT, "edition": "2"}, ani).status_code == 400
    campaign = created(desk.post("/admin/pengingat/baru", carried, ani))
    page = desk.get(f"/admin/pengingat/satu/{campaign}", ani).text
    assert ("Jangan bagikan unggahan calon." in page, "UU 20/2023 Pasal 9 ayat (2)" in page) == (True, True)
    desk.sql("UPDATE instrument SET status = 'dicabut', in_force_to = '2020-01-01' WHERE code = 'UU 20/2023'")
    desk.sql("UPDATE guidance_revision SET number = number + 1")
    assert desk.post(f"/admin/pengingat/satu/{campaign}/ajukan", {}, ani).status_code == 400


def test_without_a_source_there_is_no_template(desk: Desk, ani: str) -> None:
    address = written(desk, ani, **{"citation.0.instrument": ""})
    answer = desk.post(f"{address}/ajukan", {}, ani)
    assert (answer.status_code, "dasar hukum" in answer.text) == (400, True)


# Results


def running(desk: Desk, people: int, mode: UnknownDeliveryPolicy = UnknownDeliveryPolicy.RESEND) -> str:
    async def begin() -> str:
        await add_opt_ins(desk.parts.store, range(1, people + 1))
        id_ = await add_campaign(desk.parts.store, mode)
        while await plan_step(desk.parts.store, noon(), ()):
            pass
        return id_

    return str(desk.call(begin))


def test_the_watch_goes_on_until_the_end_and_tells_of_a_change(desk: Desk, ani: str) -> None:
    id_ = running(desk, 60)
    address = f"/admin/pengingat/satu/{id_}"
    desk.sql("UPDATE delivery SET status = 'sent' WHERE chunk_id = (SELECT min(id) FROM chunk)")
    assert 'hx-trigger="every 2s"' in desk.get(address, ani).text
    desk.client.headers["HX-Request"] = "true"
    part = desk.get(f"{address}/jalan?dari=running", ani)
    assert ("hx-trigger" in part.text, "HX-Refresh" in part.headers, "20 dari 60 selesai" in part.text) == (
        True,
        False,
        True,
    )
    desk.sql("UPDATE campaign SET status = 'stopped'")
    part = desk.get(f"{address}/jalan?dari=running", ani)
    assert ("hx-trigger" in part.text, part.headers["HX-Refresh"]) == (False, "true")
    assert "tidak jadi dikirim" in part.text


def test_the_watch_waits_a_little_for_what_was_under_way_at_the_end(desk: Desk, ani: str) -> None:
    address = f"/admin/pengingat/satu/{running(desk, 3)}"
    desk.sql("UPDATE delivery SET status = 'sending'")
    desk.sql("UPDATE campaign SET status = 'stopped'")
    asked, page = 0, desk.get(address, ani).text
    desk.client.headers["HX-Request"] = "true"
    while found := re.search(r'hx-get="([^"]*)"', page):
        asked += 1
        assert asked < 20
        page = desk.get(found[1].replace("&amp;", "&"), ani).text
    assert asked == LAST_LOOKS
    del desk.client.headers["HX-Request"]


def test_a_watch_that_nobody_looks_at_does_not_keep_the_session(desk: Desk, ani: str) -> None:
    address = f"/admin/pengingat/satu/{running(desk, 3)}/jalan?dari=running"
    desk.client.headers["HX-Request"] = "true"
    for _ in range(4):
        assert "HX-Redirect" not in desk.get(address, ani).headers
        desk.clock.at += timedelta(minutes=9)
    assert desk.get(address, ani).headers["HX-Redirect"] == "/admin/masuk"
    del desk.client.headers["HX-Request"]


def test_a_report_names_what_failed_and_what_to_do_but_nobody(desk: Desk, ani: str) -> None:
    id_ = running(desk, 60, UnknownDeliveryPolicy.HOLD)
    desk.sql("UPDATE delivery SET status = 'unreachable', reason = 'blocked'")
    desk.sql("UPDATE delivery SET status = 'in_doubt', reason = 'crash' WHERE chunk_id = (SELECT min(id) FROM chunk)")
    address = f"/admin/pengingat/satu/{id_}"
    page = desk.get(address, ani).text
    assert all(words in page for words in ("memblokir bot", "tidak perlu diulang", "20 pesan ragu"))
    table = desk.get(f"{address}/csv", ani)
    assert table.headers["content-type"].startswith("text/csv")
    assert sorted(table.text.splitlines()) == sorted(
        [
            "kampanye,putaran,kanal,status,alasan,jumlah",
            f"{id_},1,telegram,in_doubt,crash,20",
            f"{id_},1,telegram,unreachable,blocked,40",
        ]
    )
    assert desk.post(f"{address}/putuskan", {"way": "anggap"}, ani).status_code == 303
    assert "pesan ragu" not in desk.get(address, ani).text
    assert desk.rows("SELECT count(*) FROM delivery WHERE status = 'sent'") == [(20,)]


def test_a_pause_says_what_to_do_and_who_is_not_meant_any_more_has_a_line(desk: Desk, ani: str) -> None:
    id_ = running(desk, 60)
    desk.sql("UPDATE delivery SET status = 'not_meant' WHERE chunk_id = (SELECT min(id) FROM chunk)")
    desk.sql("UPDATE delivery SET reason = '132015' WHERE status = 'waiting'")
    desk.sql("UPDATE campaign SET status = 'paused', note = 'Dijeda: WhatsApp menolak semua pengingat.'")
    page = desk.get(f"/admin/pengingat/satu/{id_}", ani).text
    assert '<p class="warning" role="alert"><strong>Catatan:</strong> Dijeda: WhatsApp menolak' in page
    assert all(words in page for words in ("tidak lagi dituju", "bukan sasaran lagi", "templat dijeda Meta (132015)"))
    assert "Dijeda: WhatsApp menolak semua pengingat." in desk.get("/admin/pengingat", ani).text
    assert f"{id_},1,telegram,not_meant,,20" in desk.get(f"/admin/pengingat/satu/{id_}/csv", ani).text


def test_what_has_no_form_on_a_channel_says_so_and_can_be_neither_submitted_nor_approved(
    desk: Desk, ani: str, budi: str
) -> None:
    id_ = created(desk.post("/admin/pengingat/baru", FORM, ani))
    message = reply_to_json(Reply(paragraphs=(text("tanpa tombol"),)))
    desk.call(lambda: _set_message(desk, id_, message))
    address = f"/admin/pengingat/satu/{id_}"
    page = desk.get(address, ani).text
    assert "WhatsApp:</strong> pengingat ini tidak bisa dibuat: tombolnya tanpa tombol" in page
    refused = desk.post(f"{address}/ajukan", {}, ani)
    assert (refused.status_code, "tidak bisa dibuat untuk WhatsApp" in refused.text) == (400, True)
    desk.sql("UPDATE campaign SET status = 'submitted', submitted_by = 'ani'")
    assert '<summary class="button primary">Setujui' not in desk.get(address, budi).text


async def _set_message(desk: Desk, id_: str, message: str) -> None:
    async with desk.parts.store.session() as session:
        await session.execute(update(CampaignRow).where(CampaignRow.id == id_).values(message=message))


def numbers_of(page: str) -> list[str]:
    """Return what stands for numbers where recipients are counted."""
    shown = re.sub(r"<[^>]+>", " ", page)
    return re.findall(r"kurang dari 10|\b\d[\d.]*(?= orang)|(?<=WIB )\d+|(?<=WITA )\d+|(?<=WIT )\d+", shown)


@pytest.mark.parametrize("people", [0, 1, 9])
def test_few_recipients_are_not_counted_and_nobody_is_not_told_from_somebody(desk: Desk, ani: str, people: int) -> None:
    desk.call(lambda: add_opt_ins(desk.parts.store, range(1, people + 1)))
    told = desk.post("/admin/pengingat/hitung", FORM, ani).text
    assert set(numbers_of(told)) == {"kurang dari 10"}
    assert "mungkin belum ada seorang pun" in told


@pytest.mark.parametrize(("people", "told"), [(10, "10"), (14, "10"), (15, "20"), (26, "30")])
def test_two_counts_differ_by_nothing_or_by_ten(desk: Desk, ani: str, people: int, told: str) -> None:
    desk.call(lambda: add_opt_ins(desk.parts.store, range(1, people + 1)))
    page = desk.post("/admin/pengingat/hitung", FORM, ani).text
    assert f"{told} orang" in page
    assert [number for number in numbers_of(page) if number.isdecimal() and int(number) % 10] == []


def test_a_zone_with_one_person_looks_like_one_with_none(desk: Desk, ani: str) -> None:
    desk.call(lambda: add_opt_ins(desk.parts.store, range(1, 31)))
    desk.sql("UPDATE opt_in SET zone = 'WIB'")
    without = desk.post("/admin/pengingat/hitung", FORM, ani).text
    key = desk.rows("SELECT min(key) FROM opt_in")[0][0]
    desk.sql("UPDATE opt_in SET zone = 'WIT' WHERE key = :key", key=key)
    assert desk.post("/admin/pengingat/hitung", FORM, ani).text == without
    assert "WIT kurang dari 10" in without


@pytest.mark.parametrize("status", ["withdrawn", "sent", "in_doubt"])
def test_a_report_counts_no_few_messages_out(desk: Desk, ani: str, status: str) -> None:
    id_ = running(desk, 33)
    key = desk.rows("SELECT min(key) FROM delivery")[0][0]
    desk.sql("UPDATE delivery SET status = :status WHERE key = :key", key=key, status=status)
    written = desk.get(f"/admin/pengingat/satu/{id_}/csv", ani).text.splitlines()[1:]
    assert sorted(line.rpartition(",")[2] for line in written) == ["30", "kurang dari 10"]
    tiles = re.findall(r'<span class="number">([^<]*)</span>', desk.get(f"/admin/pengingat/satu/{id_}", ani).text)
    assert set(tiles) <= {"0", "30", "kurang dari 10"}


def test_few_subscribers_are_not_counted_out(desk: Desk, ani: str) -> None:
    desk.call(lambda: add_opt_ins(desk.parts.store, range(1, 31)))
    desk.sql("UPDATE opt_in SET role = 'CPNS' WHERE zone = 'WIT'")
    desk.sql("UPDATE opt_in SET role = 'PNS' WHERE role IS NULL")
    few = desk.rows("SELECT key FROM opt_in WHERE role = 'CPNS' ORDER BY key LIMIT 3")
    for (key,) in few:
        desk.sql("UPDATE opt_in SET role = 'PPPK' WHERE key = :key", key=key)
    page = desk.get("/admin/pelanggan", ani).text
    shown = dict(re.findall(r'<th scope="row">(PNS|PPPK|CPNS)</th><td>([^<]*)</td>', page))
    assert (shown["PNS"], shown["PPPK"], shown["CPNS"]) == ("20", "disembunyikan", "disembunyikan")
    desk.sql("UPDATE opt_in SET role = 'PNS' WHERE role = 'CPNS'")
    page = desk.get("/admin/pelanggan", ani).text
    shown = dict(re.findall(r'<th scope="row">(PNS|PPPK)</th><td>([^<]*)</td>', page))
    assert (shown["PNS"], shown["PPPK"]) == ("disembunyikan", "disembunyikan"), "the rest could be subtracted"
    assert "sekitar 30 orang" in page


def test_an_agency_gets_a_link_and_a_picture_of_it_once_the_bot_has_a_name(desk: Desk, ani: str) -> None:
    wanted = {"code": "bkd-a", "name": "BKD <A>", "region": "Maluku", "zone": "WIT"}
    assert desk.post("/admin/instansi", wanted, ani).status_code == 303
    page = desk.get("/admin/instansi", ani).text
    assert ("BKD &lt;A&gt;" in page, "t.me" in page) == (True, False)
    desk.parts.bot_names[Channel.TELEGRAM] = "uji_bot"
    page = desk.get("/admin/instansi", ani).text
    assert ("https://t.me/uji_bot?start=langganan_bkd-a" in page, "<svg" in page) == (True, True)


def test_a_pause_is_for_a_broadcaster_and_not_for_an_approver(desk: Desk, budi: str) -> None:
    id_ = running(desk, 3)
    assert desk.post(f"/admin/pengingat/satu/{id_}/jeda", {}, budi).status_code == 403
    assert status(desk, id_) == "running"
