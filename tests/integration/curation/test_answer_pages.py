"""Two persons for every word: drafts, reviews, publication, instruments, calendar, and what the bot then says."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest

from bot.bootstrap.web import admin_site
from bot.core.accounts.users import Role
from tests.fakes.interpreter import parsed
from tests.support.admin_browser import Desk, open_desk
from tests.support.database import seeded

pytestmark = pytest.mark.admin

TOPIC = "tim_sukses"
ASK = "boleh ikut timses?"
NEW_WORDS = "Tidak boleh, dan ini kalimat baru dari kurator."
INSTRUMENT = "SKB Netralitas 2022"
ADDRESS = f"/admin/jawaban/{TOPIC}"


@pytest.fixture(params=[pytest.param("sqlite"), pytest.param("postgres", marks=pytest.mark.full)])
def desk(request: pytest.FixtureRequest, tmp_path: Path, now: datetime) -> Iterator[Desk]:
    """Return the web on a database of this test alone."""
    with seeded(request.param, tmp_path) as address, open_desk(address, tmp_path, now) as opened:
        opened.interpreter.parses[ASK] = parsed((TOPIC, 0.95))
        yield opened


@pytest.fixture
def curator(desk: Desk) -> str:
    """Return the session of a curator."""
    return desk.session(desk.user("kurator", Role.CURATOR))


@pytest.fixture
def approver(desk: Desk) -> str:
    """Return the session of an approver."""
    return desk.session(desk.user("penyetuju", Role.APPROVER))


def begin(desk: Desk, session_id: str, path: str = f"{ADDRESS}/draf") -> str:
    """Begin a draft; returns its address."""
    answer = desk.post(path, {}, session_id)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def form(desk: Desk, session_id: str, draft: str) -> dict[str, str | list[str]]:
    """Read a draft's form as a browser would send it."""
    page = desk.get(draft, session_id).text
    inside = page[page.index('<form id="isian"') : page.index("</form>", page.index('<form id="isian"'))]
    fields: dict[str, str | list[str]] = {}
    for name, words in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>([^<]*)</textarea>', inside):
        fields[name] = unescape(words)
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', inside, re.S):
        chosen = re.search(r'value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options)
        assert chosen
        fields[name] = unescape(chosen.group(1))
    for tag in re.findall(r"<input[^>]*>", inside):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        name, value = attributes.get("name", ""), unescape(attributes.get("value", ""))
        if attributes.get("type") == "checkbox":
            if " checked" in tag:
                ticked = fields.setdefault(name, [])
                assert isinstance(ticked, list)
                ticked.append(value)
        elif name and name != "_token":
            fields[name] = value
    return fields


def write(desk: Desk, session_id: str, draft: str, then: str = "save", **changes: str) -> int:
    """Change some fields of a draft's form and send it."""
    fields = form(desk, session_id, draft) | {"then": then} | changes
    return desk.post(draft, fields, session_id).status_code


def approve(desk: Desk, session_id: str, draft: str, edition: int) -> int:
    return desk.post(f"{draft}/terbitkan", {"edition": str(edition)}, session_id).status_code


def said(desk: Desk) -> str:
    """Ask the bot on the web."""
    desk.client.cookies.clear()
    return desk.client.post("/chat", data={"text": ASK}, headers={"X-SiNetral-Fragment": "1"}).text


def version(desk: Desk) -> object:
    return desk.rows("SELECT max(version) FROM guidance WHERE topic_id = :t", t=TOPIC)[0][0]


def test_an_answer_written_by_one_and_published_by_another_is_given_at_once(
    desk: Desk, curator: str, approver: str
) -> None:
    assert NEW_WORDS not in said(desk)
    draft = begin(desk, curator)
    assert write(desk, curator, draft, "submit", short=NEW_WORDS, summary="Lebih jelas.") == 303
    assert NEW_WORDS not in said(desk)
    page = desk.get(draft, approver).text
    assert "<ins>" in page
    assert approve(desk, approver, draft, 2) == 303
    assert NEW_WORDS in said(desk)
    assert version(desk) == 2
    assert desk.actions() == [
        "draft_begun",
        "draft_saved",
        "draft_submitted",
        "draft_approved",
        "guidance_published",
    ]
    history = desk.get(ADDRESS, curator).text
    assert "Lebih jelas." in history


def test_a_form_sent_back_unchanged_changes_nothing(desk: Desk, curator: str) -> None:
    draft = begin(desk, curator)
    [(before,)] = desk.rows("SELECT content FROM guidance_draft")
    assert write(desk, curator, draft) == 303
    [(after,)] = desk.rows("SELECT content FROM guidance_draft")
    assert after == before


def test_nobody_publishes_what_they_wrote(desk: Desk) -> None:
    both = desk.session(desk.user("merangkap", Role.CURATOR, Role.APPROVER))
    draft = begin(desk, both)
    write(desk, both, draft, "submit", short=NEW_WORDS)
    assert approve(desk, both, draft, 2) == 400
    assert version(desk) == 1


def test_whoever_changed_one_word_of_it_counts_as_a_writer(desk: Desk, curator: str) -> None:
    second = desk.session(desk.user("merangkap", Role.CURATOR, Role.APPROVER))
    draft = begin(desk, curator)
    write(desk, curator, draft, short=NEW_WORDS)
    write(desk, second, draft, "submit", explanation="Penjelasan yang lain.")
    assert approve(desk, second, draft, 3) == 400


def test_what_was_not_reviewed_is_not_published(desk: Desk, curator: str, approver: str) -> None:
    draft = begin(desk, curator)
    write(desk, curator, draft, "submit", short=NEW_WORDS)
    desk.post(f"{draft}/kembalikan", {"why": "Perjelas."}, approver)
    write(desk, curator, draft, "submit", short=f"{NEW_WORDS} Lagi.")
    assert approve(desk, approver, draft, 2) == 400
    assert version(desk) == 1
    assert approve(desk, approver, draft, 3) == 303


def test_two_writers_do_not_overwrite_each_other(desk: Desk, curator: str) -> None:
    draft = begin(desk, curator)
    fields = form(desk, curator, draft)
    assert write(desk, curator, draft, short="Yang pertama.") == 303
    late = desk.post(draft, fields | {"short": "Yang terlambat."}, curator)
    assert (late.status_code, "Yang terlambat." in late.text) == (400, True)
    assert form(desk, curator, draft)["short"] == "Yang pertama."


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"short": ""}, "Jawaban singkat belum diisi"),
        ({"instead": " \n"}, "paling sedikit satu hal"),
        ({"review_by": "2026-11-24"}, "Tanggal tinjau ulang"),
        ({"checked_on": "2026-12-24"}, "Tanggal pemeriksaan"),
        ({f"citation.{n}.role": "background" for n in range(6)}, "menjadi dasar hukum"),
        ({"citation.0.article": ""}, "isi pasal"),
        ({"citation.0.instrument": "PP 53/2010"}, "tidak berlaku"),
        ({"variant.0.label": "x" * 21}, "paling panjang 20"),
        ({"variant.4.label": "Baru", "variant.4.text": "Tanpa syarat."}, "satu syarat"),
        ({"effective_from": "besok"}, "tanggal yang tidak terbaca"),
    ],
)
def test_a_draft_that_may_not_be_published_cannot_be_submitted(
    desk: Desk, curator: str, changes: Mapping[str, str], words: str
) -> None:
    draft = begin(desk, curator)
    fields = form(desk, curator, draft) | {"then": "submit"} | dict(changes)
    answer = desk.post(draft, fields, curator)
    assert (answer.status_code, words in answer.text) == (400, True)
    assert desk.rows("SELECT state FROM guidance_draft") == [("writing",)]


def test_the_preview_shows_what_is_being_written_and_keeps_nothing(desk: Desk, curator: str) -> None:
    draft = begin(desk, curator)
    fields = form(desk, curator, draft) | {"short": "Baru <b>&</b> belum disimpan."}
    before = desk.dump()
    shown = desk.post(f"{draft}/pratinjau", fields, curator).text
    assert shown.count("Baru &lt;b&gt;&amp;&lt;/b&gt; belum disimpan.") >= 3
    assert shown.count("<b>🔴") >= 2
    assert desk.dump() == before


def test_a_draft_published_on_a_later_day_is_given_from_that_day(desk: Desk, curator: str, approver: str) -> None:
    draft = begin(desk, curator)
    day = (desk.clock.now() + timedelta(days=2)).date()
    write(desk, curator, draft, "submit", short=NEW_WORDS, effective_from=day.isoformat())
    assert approve(desk, approver, draft, 2) == 303
    assert NEW_WORDS not in said(desk)
    edit = admin_site(desk.parts).edit_drafts()
    assert desk.call(lambda: edit.publish_due(desk.clock.now())) == 0
    desk.clock.forward(days=2)
    assert desk.call(lambda: edit.publish_due(desk.clock.now())) == 1
    assert NEW_WORDS in said(desk)
    assert desk.call(lambda: edit.publish_due(desk.clock.now())) == 0


def test_a_draft_whose_basis_fell_meanwhile_goes_back_instead_of_out(desk: Desk, curator: str, approver: str) -> None:
    draft = begin(desk, curator)
    day = (desk.clock.now() + timedelta(days=2)).date()
    write(desk, curator, draft, "submit", short=NEW_WORDS, effective_from=day.isoformat())
    approve(desk, approver, draft, 2)
    revoke(desk, curator)
    desk.clock.forward(days=2)
    assert desk.call(lambda: admin_site(desk.parts).edit_drafts().publish_due(desk.clock.now())) == 0
    [(state, note)] = desk.rows("SELECT state, review_note FROM guidance_draft")
    assert (state, "tidak berlaku" in str(note)) == ("writing", True)
    last = desk.rows("SELECT actor, action, detail FROM audit_event ORDER BY number DESC LIMIT 1")
    assert last == [("sistem", "draft_returned", note)]


def test_going_back_to_an_old_version_needs_two_persons_too(desk: Desk, curator: str, approver: str) -> None:
    draft = begin(desk, curator)
    old = str(form(desk, curator, draft)["short"])
    write(desk, curator, draft, "submit", short=NEW_WORDS)
    approve(desk, approver, draft, 2)
    back = begin(desk, curator, f"{ADDRESS}/versi/1/pulihkan")
    assert NEW_WORDS in said(desk)
    assert write(desk, curator, back, "submit") == 303
    assert approve(desk, approver, back, 2) == 303
    assert version(desk) == 3
    assert NEW_WORDS not in said(desk)
    assert desk.rows("SELECT short FROM guidance WHERE topic_id = :t AND version = 3", t=TOPIC) == [(old,)]


def test_a_topic_has_one_draft_on_its_way(desk: Desk, curator: str) -> None:
    assert begin(desk, curator) == begin(desk, curator)
    assert desk.post(f"{ADDRESS}/versi/1/pulihkan", {}, curator).status_code == 400


def test_a_discarded_draft_makes_room_for_another(desk: Desk, curator: str) -> None:
    first = begin(desk, curator)
    assert desk.post(f"{first}/buang", {}, curator).status_code == 303
    assert begin(desk, curator) != first


def test_giving_back_needs_a_reason(desk: Desk, curator: str, approver: str) -> None:
    draft = begin(desk, curator)
    write(desk, curator, draft, "submit", short=NEW_WORDS)
    assert desk.post(f"{draft}/kembalikan", {"why": " "}, approver).status_code == 400


# Instruments


def revoke(desk: Desk, session_id: str, status: str = "dicabut") -> int:
    return desk.post("/admin/peraturan/satu", {"kode": INSTRUMENT, "status": status}, session_id).status_code


def test_before_an_instrument_is_revoked_every_answer_on_it_is_listed(desk: Desk, curator: str) -> None:
    before = desk.dump()
    page = desk.get(f"/admin/peraturan/satu?kode={INSTRUMENT}&status=dicabut", curator).text
    [(standing,)] = desk.rows(
        "SELECT count(DISTINCT topic_id) FROM guidance JOIN guidance_citation ON guidance_id = guidance.id"
        " WHERE instrument_code = :i AND role = 'basis'",
        i=INSTRUMENT,
    )
    assert page.count("akan ditahan") == standing
    assert desk.dump() == before


def test_a_revoked_instrument_withholds_the_answers_on_it_at_once(desk: Desk, curator: str) -> None:
    assert "Tidak boleh" in said(desk)
    assert revoke(desk, curator) == 303
    assert "sedang kami tahan" in said(desk)
    assert INSTRUMENT in desk.get("/admin/tinjau", curator).text
    assert desk.actions() == ["instrument_changed"]


def test_only_an_approver_brings_an_instrument_back(desk: Desk, curator: str, approver: str) -> None:
    revoke(desk, curator)
    assert revoke(desk, curator, "berlaku") == 400
    assert "sedang kami tahan" in said(desk)
    assert revoke(desk, approver, "berlaku") == 303
    assert "Tidak boleh" in said(desk)


def test_an_amended_instrument_still_carries_its_answers(desk: Desk, curator: str) -> None:
    page = desk.get(f"/admin/peraturan/satu?kode={INSTRUMENT}&status=diubah", curator).text
    assert "periksa apakah isinya masih tepat" in page
    revoke(desk, curator, "diubah")
    assert "Tidak boleh" in said(desk)


# Reviews and calendar


def test_the_alarm_rings_before_the_next_stage(desk: Desk, curator: str) -> None:
    assert "Kalender belum memuat" in desk.get("/admin/tinjau", curator).text
    fields: dict[str, str | list[str]] = {
        "nama": "Pilkada Contoh",
        "masa_tenang.mulai": "2027-06-20",
        "masa_tenang.selesai": "2027-06-22",
    }
    assert desk.post("/admin/kalender/satu", fields, curator).status_code == 303
    page = desk.get("/admin/tinjau", curator).text
    assert "59 jawaban akan ditahan sebelum tahapan itu selesai" in page
    assert desk.post("/admin/kalender/hapus", {"nama": "Pilkada Contoh"}, curator).status_code == 303
    assert "Kalender belum memuat" in desk.get("/admin/tinjau", curator).text


def test_an_answer_past_its_review_is_on_the_list(desk: Desk, curator: str) -> None:
    desk.sql("UPDATE guidance SET review_by = :d WHERE topic_id = :t", d=date(2026, 11, 1).isoformat(), t=TOPIC)
    desk.sql("UPDATE guidance_revision SET number = number + 1")
    assert "Sedang ditahan (1)" in desk.get("/admin/tinjau", curator).text


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("2027-06-22", "2027-06-20", "selesai sebelum mulai"),
        ("2027-06-22", "", "mulai dan selesai"),
        ("", "", "paling sedikit satu tahapan"),
        ("x", "y", "tidak terbaca"),
    ],
)
def test_a_calendar_that_makes_no_sense_is_refused(desk: Desk, curator: str, first: str, last: str, words: str) -> None:
    fields: dict[str, str | list[str]] = {"nama": "Pilkada", "kampanye.mulai": first, "kampanye.selesai": last}
    answer = desk.post("/admin/kalender/satu", fields, curator)
    assert (answer.status_code, words in answer.text) == (400, True)
    assert desk.rows("SELECT count(*) FROM stage_period") == [(0,)]


def test_the_lists_can_be_searched(desk: Desk, curator: str) -> None:
    found = desk.get("/admin/jawaban?cari=tim+sukses", curator).text
    assert ADDRESS in found
    assert "/admin/jawaban/hak_pilih" not in found
    assert "Tidak ada topik yang cocok" in desk.get("/admin/jawaban?cari=zzz", curator).text
    assert "Tidak ada peraturan yang cocok" in desk.get("/admin/peraturan?cari=zzz", curator).text
