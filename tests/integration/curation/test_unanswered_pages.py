"""Unanswered questions on the administrators' pages."""

import html
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.core.accounts.users import Role
from bot.core.curation.labels import UnansweredQuestion
from tests.conftest import NOW
from tests.fakes.interpreter import parsed
from tests.support.admin_browser import Desk, open_desk
from tests.support.database import seeded

pytestmark = [pytest.mark.admin, pytest.mark.learning]

Fields = dict[str, str | list[str]]

WORDS = {
    "q1": "podcast politik boleh ga",
    "q2": "podcast soal pilkada & calon <boleh>",
    "q3": "podcast sendiri gimana",
    "q4": "gaji 13 kapan cair",
}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Return the web with four unanswered questions, three of them near."""
    with seeded("sqlite", tmp_path) as address, open_desk(address, tmp_path, NOW) as opened:
        opened.call(lambda: _ask(opened))
        yield opened


async def _ask(desk: Desk) -> None:
    async with desk.unit() as unit:
        await unit.questions.put_back(
            UnansweredQuestion(id=key, day=NOW.date(), words=text) for key, text in WORDS.items()
        )


def curator(desk: Desk) -> str:
    return desk.session(desk.user("kurator", Role.CURATOR))


def shown(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, page
    return html.unescape(found[1])


def left(desk: Desk) -> set[object]:
    return {identifier for (identifier,) in desk.rows("SELECT id FROM unanswered")}


def test_the_largest_group_comes_first_with_the_topics_nearest_to_it(desk: Desk) -> None:
    for text in WORDS.values():
        desk.interpreter.parses[text] = parsed(("tim_sukses", 0.31), ("grup_chat_politik", 0.2), out_of_scope=0.7)
    page = desk.get("/admin/belum-terjawab", curator(desk)).text
    assert set(shown(page, "texts").split(",")) == {"q1", "q2", "q3"}
    assert "3 pertanyaan" in page
    assert "0,31" in page
    assert "kemungkinan besar <strong>di luar cakupan</strong> (0,70)" in page
    assert "calon &lt;boleh&gt;" in page
    assert "<boleh>" not in page


def test_one_press_labels_the_group_goes_on_to_the_next_and_undo_brings_it_back(desk: Desk) -> None:
    session = curator(desk)
    page = desk.get("/admin/belum-terjawab", session).text
    fields = {name: shown(page, name) for name in ("texts", "berikut")}
    answer = desk.post("/admin/belum-terjawab/label", {**fields, "topik_dekat": "tim_sukses", "topik": ""}, session)
    assert left(desk) == {"q4"}
    address = answer.headers["location"]
    query = parse_qs(urlsplit(address).query)
    assert query["kelompok"] == ["q4"]
    page = desk.get(address, session).text
    assert "3 pertanyaan dilabeli: <strong>Menjadi tim sukses, relawan, atau juru kampanye</strong>" in page
    answer = desk.post("/admin/belum-terjawab/urung", {"urung": query["urung"][0]}, session)
    assert left(desk) == set(WORDS)
    page = desk.get(answer.headers["location"], session).text
    assert set(shown(page, "texts").split(",")) == {"q1", "q2", "q3"}
    assert desk.actions()[-2:] == ["questions_labelled", "labels_undone"]


def test_a_question_whose_mark_is_taken_away_stays_in_the_list(desk: Desk) -> None:
    fields: Fields = {"texts": "q1,q2,q3", "shown": ["q1", "q2", "q3"], "text": ["q1", "q3"], "luar": "1"}
    assert desk.post("/admin/belum-terjawab/label", fields, curator(desk)).status_code == 303
    assert left(desk) == {"q2", "q4"}
    assert desk.rows("SELECT DISTINCT kind, subject FROM labelled_example") == [("out_of_scope", "")]


def test_a_question_that_names_somebody_is_deleted_for_good(desk: Desk) -> None:
    fields: Fields = {"texts": "q1,q2,q3", "shown": ["q1", "q2", "q3"], "text": ["q2"], "berikut": "q4"}
    session = curator(desk)
    assert desk.post("/admin/belum-terjawab/hapus", fields, session).status_code == 303
    assert left(desk) == {"q1", "q3", "q4"}
    assert desk.rows("SELECT * FROM labelled_example") == []
    assert desk.actions() == ["questions_deleted"]
    assert desk.post("/admin/belum-terjawab/hapus", fields, session).status_code == 400


def test_what_cannot_be_done_is_said_and_nothing_is_lost(desk: Desk) -> None:
    session = curator(desk)
    texts = "q1,q2,q3"
    wrong: list[tuple[str, Fields, str]] = [
        ("label", {"texts": texts, "topik": ""}, "Pilih topiknya dulu."),
        ("label", {"texts": texts, "shown": ["q1", "q2", "q3"], "luar": "1"}, "Semua pertanyaan dikeluarkan."),
        ("label", {"texts": "hilang", "luar": "1"}, "sudah dilabeli atau dihapus"),
        ("usul", {"texts": texts, "nama": "x", "cakupan": "cakupan yang sudah diketik"}, "Beri topik barunya nama"),
    ]
    for path, fields, said in wrong:
        answer = desk.post(f"/admin/belum-terjawab/{path}", fields, session)
        assert (answer.status_code, said in answer.text) == (400, True), answer.text
    assert "cakupan yang sudah diketik" in answer.text
    assert left(desk) == set(WORDS)
    assert desk.post("/admin/belum-terjawab/urung", {"urung": "tidak-ada"}, session).status_code == 400


def test_a_proposal_is_listed_until_it_is_merged_or_closed(desk: Desk) -> None:
    session = curator(desk)
    fields = {"texts": "q1,q2,q3", "nama": "Podcast <politik>", "cakupan": "siaran sendiri"}
    desk.post("/admin/belum-terjawab/usul", fields, session)
    page = desk.get("/admin/belum-terjawab/usulan", session).text
    assert "Podcast &lt;politik&gt;" in page
    assert "podcast sendiri gimana" in page
    [(proposal,)] = desk.rows("SELECT id FROM topic_proposal")
    desk.post(f"/admin/belum-terjawab/usulan/{proposal}/gabung", {"topik": "diskusi_pribadi"}, session)
    assert "digabung ke topik yang ada" in desk.get("/admin/belum-terjawab/usulan", session).text
    page = desk.get("/admin/belum-terjawab/contoh", session).text
    assert page.count("podcast") == 3
    assert desk.post("/admin/belum-terjawab/contoh/q1/hapus", {}, session).status_code == 303
    assert desk.get("/admin/belum-terjawab/contoh", session).text.count("podcast") == 2


def test_while_the_nlu_is_down_the_page_says_so_and_works(desk: Desk) -> None:
    desk.interpreter.is_down = True
    page = desk.get("/admin/belum-terjawab", curator(desk)).text
    assert "NLU sedang tidak menyala" in page
    assert "NLU tidak memberi saran sekarang" in page


def test_without_questions_the_page_says_when_some_come(desk: Desk) -> None:
    desk.sql("DELETE FROM unanswered")
    assert "Tidak ada yang belum terjawab" in desk.get("/admin/belum-terjawab", curator(desk)).text


def test_once_everything_is_put_together_the_progress_sends_the_browser_on(desk: Desk) -> None:
    answer = desk.get("/admin/belum-terjawab/keadaan", curator(desk))
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin/belum-terjawab")


def test_no_text_of_a_question_stands_in_the_audit_trail(desk: Desk) -> None:
    desk.post("/admin/belum-terjawab/label", {"texts": "q1,q2,q3,q4", "luar": "1"}, curator(desk))
    trail = str(desk.rows("SELECT * FROM audit_event"))
    assert not any(word in trail for text in WORDS.values() for word in text.split() if len(word) > 6)
