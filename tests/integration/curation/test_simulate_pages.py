"""The bot in the administrators' panel: it answers as the bot does, and keeps nothing."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.core.accounts.users import Role
from tests.conftest import NOW
from tests.fakes.interpreter import parsed
from tests.support.admin_browser import Desk, begin_draft, open_desk
from tests.support.database import seeded

pytestmark = pytest.mark.admin

ASK = "boleh jadi timses"
AFTER_REVIEW = "2027-09-01"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Return the web, with an NLU that knows one question."""
    with seeded("sqlite", tmp_path) as address, open_desk(address, tmp_path, NOW) as opened:
        opened.interpreter.parses[ASK] = parsed(
            ("tim_sukses", 0.83), ("saksi_parpol", 0.05), entities={"peran": "pppk"}
        )
        yield opened


def viewer(desk: Desk) -> str:
    return desk.session(desk.user("pengamat", Role.VIEWER))


def text_of(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def state_of(page: str) -> str:
    found = re.search(r'name="keadaan" value="([^"]*)"', page)
    assert found, page
    return html.unescape(found[1])


def test_an_answer_comes_with_confidence_bands_entities_and_the_reason(desk: Desk) -> None:
    page = text_of(desk.post("/admin/coba", {"tulisan": ASK}, viewer(desk)).text)
    assert "Keyakinan 0,83 di atas batas jawab 0,80, jadi topiknya dijawab langsung." in page
    assert "peran: pppk" in page
    assert "versi 1" in page
    assert "batas tawar 0,20" in page
    assert "SKB Netralitas 2022" in page


@pytest.mark.parametrize(
    ("ranking", "out_of_scope", "said"),
    [
        ((("tim_sukses", 0.4),), 0.0, "Keyakinan 0,40 di antara batas tawar 0,20 dan batas jawab 0,80"),
        ((("tim_sukses", 0.1),), 0.0, "Keyakinan 0,10 di bawah batas tawar 0,20"),
        ((("di_luar_cakupan", 0.9),), 0.91, "Kemungkinan di luar cakupan 0,91 mencapai batas 0,50"),
        ((("minta_opini", 0.9),), 0.0, "Meminta pendapat"),
        ((("terima_kasih", 0.9),), 0.0, "melainkan “terima kasih”"),
        ((("tanya_sanksi", 0.9),), 0.0, "Pertanyaan lanjutan"),
    ],
)
def test_every_decision_says_why(
    desk: Desk, ranking: tuple[tuple[str, float], ...], out_of_scope: float, said: str
) -> None:
    desk.interpreter.parses["lain lagi"] = parsed(*ranking, out_of_scope=out_of_scope)
    assert said in text_of(desk.post("/admin/coba", {"tulisan": "lain lagi"}, viewer(desk)).text)


def test_a_follow_up_stays_on_the_topic_and_a_button_can_be_pressed(desk: Desk) -> None:
    session = viewer(desk)
    page = desk.post("/admin/coba", {"tulisan": ASK}, session).text
    desk.interpreter.parses["sanksinya apa"] = parsed(("tanya_sanksi", 0.95), words=2, others=("sanksinya",))
    follow_up = desk.post("/admin/coba", {"tulisan": "sanksinya apa", "keadaan": state_of(page)}, session).text
    assert "Sanksi · Menjadi tim sukses" in text_of(follow_up)
    button = re.search(r'name="tombol" value="(d:[^"]*)"', page)
    assert button
    pressed = desk.post("/admin/coba", {"tombol": html.unescape(button[1])}, session).text
    assert "Dasar hukum · Menjadi tim sukses" in text_of(pressed)
    assert "Tombol ditekan" in pressed


@pytest.mark.parametrize("state", ["", "bukan base64!", "AAAA", "QUJDREVGR0g=", "é"])
def test_a_state_that_is_not_ours_begins_anew(desk: Desk, state: str) -> None:
    desk.interpreter.parses["sanksinya apa"] = parsed(("tanya_sanksi", 0.95), words=2, others=("sanksinya",))
    answer = desk.post("/admin/coba", {"tulisan": "sanksinya apa", "keadaan": state}, viewer(desk))
    assert answer.status_code == 200
    assert "Menjadi tim sukses" not in answer.text


def test_the_state_of_another_session_begins_anew(desk: Desk) -> None:
    state = state_of(desk.post("/admin/coba", {"tulisan": ASK}, viewer(desk)).text)
    desk.interpreter.parses["sanksinya apa"] = parsed(("tanya_sanksi", 0.95), words=2, others=("sanksinya",))
    other = desk.session(desk.user("lain", Role.VIEWER))
    answer = desk.post("/admin/coba", {"tulisan": "sanksinya apa", "keadaan": state}, other)
    assert "Menjadi tim sukses" not in answer.text


def test_on_another_day_a_withheld_answer_says_why(desk: Desk) -> None:
    page = text_of(desk.post("/admin/coba", {"tulisan": ASK, "tanggal": AFTER_REVIEW}, viewer(desk)).text)
    assert "Jawabannya ditahan: tanggal tinjau ulang terlewati" in page


def test_a_stage_may_be_supposed(desk: Desk) -> None:
    session = viewer(desk)
    page = text_of(desk.post("/admin/coba", {"tulisan": ASK, "tahapan": "masa_tenang"}, session).text)
    assert "Tahapan Masa tenang, 24 November 2026" in page
    for field in ("tahapan", "tanggal"):
        assert desk.post("/admin/coba", {"tulisan": ASK, field: "besok"}, session).status_code == 400


def test_a_draft_may_be_supposed_to_be_published(desk: Desk) -> None:
    begin_draft(desk, desk.user("kurator", Role.CURATOR), "tim_sukses", "draf-1")
    [(content,)] = desk.rows("SELECT content FROM guidance_draft")
    desk.sql("UPDATE guidance_draft SET content = json_set(:c, '$.short', 'Kalimat dari draf.')", c=content)
    session = viewer(desk)
    assert "Kalimat dari draf." not in desk.post("/admin/coba", {"tulisan": ASK}, session).text
    page = desk.post("/admin/coba", {"tulisan": ASK, "draf": "1"}, session).text
    assert "Kalimat dari draf." in page
    assert "dari draf" in page


def test_what_is_typed_is_escaped_and_a_part_alone_holds_the_new_state(desk: Desk) -> None:
    session = viewer(desk)
    page = desk.post("/admin/coba", {"tulisan": "<img src=x>"}, session, **{"HX-Request": "true"}).text
    assert "&lt;img src=x&gt;" in page
    assert "<img" not in page
    assert "<html" not in page
    assert state_of(page)


def test_while_the_nlu_is_down_the_panel_says_so(desk: Desk) -> None:
    desk.interpreter.is_down = True
    assert "NLU sedang tidak menyala" in desk.post("/admin/coba", {"tulisan": ASK}, viewer(desk)).text


def test_nothing_that_is_tried_is_kept(desk: Desk) -> None:
    session = viewer(desk)
    before = desk.dump()
    page = desk.post("/admin/coba", {"tulisan": ASK}, session).text
    desk.post("/admin/coba", {"tulisan": "/hapus", "keadaan": state_of(page)}, session)
    desk.post("/admin/coba", {"tombol": "n:tim_sukses:1 Belum membantu"}, session)
    desk.post("/admin/coba", {"tulisan": "pertanyaan yang tidak dikenal sama sekali"}, session)
    assert desk.dump() == before
