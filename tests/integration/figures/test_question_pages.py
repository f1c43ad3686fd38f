"""Overview and frequent questions: exact for curators, published figures for everybody else and in the file."""

import csv
import io
import itertools
import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from bot.application.figures.publish_figures import first_day_of, weekly_figures
from bot.core.accounts.users import Role
from bot.core.figures.disclosure import TOTAL
from bot.storage.figures.day_counts import day_counts
from tests.conftest import NOW
from tests.support.admin_browser import Desk, open_desk
from tests.support.database import seeded
from tests.support.questions import day_rows, fill

pytestmark = pytest.mark.admin

_numbers = itertools.count(1)
TODAY = NOW.date()
OFTEN, RISING, SELDOM = "tim_sukses", "hak_pilih", "cara_lapor"
TOPICS = [OFTEN, "like_komentar_share", RISING, "foto_bersama_calon", SELDOM]
FEW: dict[str, object] = {
    "day": date(2026, 11, 17),
    "channel": "web",
    "topic_id": "perintah_atasan",
    "decision": "answer",
    "stage": "",
    "asked": 3,
    "at_once": 3,
}
"""So few that nobody outside the curators' circle may know."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Return the web with months of questions."""
    folder = tmp_path_factory.mktemp("questions")
    with seeded("sqlite", folder) as address, open_desk(address, folder, NOW) as opened:
        rows = day_rows(TOPICS, TODAY, 180, 40.0, rising=RISING)
        opened.call(lambda: fill(opened.parts.engine, [*rows, FEW]))
        yield opened


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Return the web before the first question."""
    folder = tmp_path_factory.mktemp("empty")
    with seeded("sqlite", folder) as address, open_desk(address, folder, NOW) as opened:
        yield opened


def seen(desk: Desk, path: str, role: Role = Role.CURATOR) -> str:
    """Return a page as a role sees it."""
    name = f"{role.value}-{next(_numbers)}"
    answer = desk.get(f"/admin{path}", desk.session(desk.user(name, role)))
    assert answer.status_code == 200, answer.text[:400]
    return answer.text


def words(page: str) -> str:
    """Return what is read on a page."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def asked(desk: Desk, days: int, where: str = "topic_id != ''") -> int:
    """Count from the roll-up as SQL sees it."""
    first = TODAY - timedelta(days=days - 1)
    [(count,)] = desk.rows(f"SELECT sum(asked) FROM query_day WHERE day >= :first AND {where}", first=str(first))
    assert isinstance(count, int)
    return count


def dotted(count: int) -> str:
    return f"{count:,}".replace(",", ".")


# Overview


@pytest.mark.parametrize("days", [7, 30, 90])
def test_the_overview_counts_the_questions_of_its_period(desk: Desk, days: int) -> None:
    page = words(seen(desk, f"?masa={days}"))
    questions = asked(desk, days, "decision IN ('answer', 'clarify', 'fallback')")
    assert f"{dotted(questions)} pertanyaan" in page
    clarified, not_known = (asked(desk, days, f"decision = '{each}'") for each in ("clarify", "fallback"))
    assert f"Ditawari pilihan topik {dotted(clarified)}" in page
    assert f"Tidak diketahui {dotted(not_known)}" in page


def test_the_overview_names_what_is_asked_most_and_what_rises(desk: Desk) -> None:
    page = seen(desk, "")
    most = page.split('id="teratas"')[1].split("</section>")[0]
    assert most.index(OFTEN) < most.index("like_komentar_share")
    assert RISING in page.split('id="naik"')[1].split("</section>")[0]
    assert OFTEN not in page.split('id="naik"')[1].split("</section>")[0]


def test_the_chart_says_its_numbers_in_a_table_too(desk: Desk) -> None:
    page = seen(desk, "?masa=7")
    assert 'role="img" aria-labelledby="waktu-judul waktu-isi"' in page
    rows = re.findall(r"<tr><th scope=\"row\">(\d+ \w+)</th>((?:<td class=\"count\">[\d.]+</td>)+)</tr>", page)
    assert [day for day, _ in rows][-1] == "24 Nov"
    total = sum(int(count.replace(".", "")) for _, cells in rows for count in re.findall(r">([\d.]+)<", cells))
    assert total == asked(desk, 7, "decision IN ('answer', 'clarify', 'fallback')")


def test_the_overview_says_when_nothing_was_asked_yet(empty: Desk) -> None:
    for role in (Role.CURATOR, Role.VIEWER):
        assert "Belum ada pertanyaan pada masa ini" in seen(empty, "", role)
    assert "Tidak ada pertanyaan yang cocok" in seen(empty, "/pertanyaan")
    assert "Belum ada angka yang boleh ditampilkan" in seen(empty, "/pertanyaan", Role.VIEWER)
    assert "Tidak ditanyakan pada masa ini" in seen(empty, f"/pertanyaan/topik/{OFTEN}")


def test_the_overview_shows_the_stage_and_its_own_period_while_one_runs(empty: Desk) -> None:
    assert "Tahapan ini" not in seen(empty, "")
    empty.sql(
        "INSERT INTO stage_period (election, stage, starts_on, ends_on) VALUES"
        " ('Pilkada Uji', 'kampanye', '2026-11-20', '2026-12-01'),"
        " ('Pilkada Uji', 'masa_tenang', '2026-12-02', '2026-12-04')"
    )
    empty.sql("UPDATE guidance_revision SET number = number + 1")
    page = words(seen(empty, "?masa=tahapan"))
    empty.sql("DELETE FROM stage_period")
    empty.sql("UPDATE guidance_revision SET number = number + 1")
    assert "sekarang Kampanye Pilkada Uji, sampai 1 Desember 2026" in page
    assert "Masa tenang Pilkada Uji, mulai 2 Desember 2026 (8 hari lagi)" in page


def test_the_overview_tells_when_updates_are_stuck(empty: Desk) -> None:
    assert "tertahan" not in seen(empty, "")
    empty.sql(
        "INSERT INTO inbox (channel, update_id, work_key, position, arrived_at) VALUES ('web', '1', :key, 1, :at)",
        key=b"k" * 32,
        at=NOW.timestamp() - 600,
    )
    page = words(seen(empty, ""))
    empty.sql("DELETE FROM inbox")
    assert "tertahan Web: 1 pesan menunggu dijawab, 0 balasan belum terkirim; yang tertua menunggu 10 menit" in page


def test_the_overview_shows_what_could_not_be_handled_in_the_last_week(empty: Desk) -> None:
    assert "Tidak ada dalam tujuh hari terakhir" in seen(empty, "")
    for number, day in enumerate(["2026-11-24", "2026-11-24", "2026-11-18", "2026-11-17"]):
        empty.sql(
            "INSERT INTO dead_letter (id, channel, day, reason, kind, keys, length) VALUES"
            " (:id, 'telegram', :day, 'no_chat', 'message.text', 'text', 10)",
            id=f"surat-{number}",
            day=day,
        )
    page = words(seen(empty, ""))
    empty.sql("DELETE FROM dead_letter")
    assert "24 November 2026 Telegram message.text pengirimnya tidak disebut 2" in page
    assert "18 November 2026 Telegram message.text pengirimnya tidak disebut 1" in page
    assert "17 November 2026" not in page


# Frequent questions


def test_topics_are_counted_for_a_channel_a_stage_and_a_group(desk: Desk) -> None:
    exact = words(seen(desk, "/pertanyaan?masa=30&kanal=telegram"))
    assert dotted(asked(desk, 30, f"topic_id = '{OFTEN}' AND channel = 'telegram'")) in exact
    in_stage = words(seen(desk, "/pertanyaan?masa=90&tahapan=kampanye"))
    assert dotted(asked(desk, 90, f"topic_id = '{OFTEN}' AND stage = 'kampanye'")) in in_stage
    page = seen(desk, "/pertanyaan?kelompok=medsos")
    assert "like_komentar_share" in page
    assert OFTEN not in page
    assert OFTEN in seen(desk, "/pertanyaan?cari=TIM+sukses")
    assert "like_komentar" not in seen(desk, "/pertanyaan?cari=tim")


def test_a_filter_that_does_not_exist_is_no_filter(desk: Desk) -> None:
    page = seen(desk, "/pertanyaan?masa=-1&kanal=burung&tahapan=x&urut=__class__")
    assert dotted(asked(desk, 30, f"topic_id = '{OFTEN}'")) in words(page)


def test_topics_can_be_put_in_the_order_of_their_rise(desk: Desk) -> None:
    page = seen(desk, "/pertanyaan?urut=naik")
    listed = re.findall(r"/pertanyaan/topik/(\w+)\?", page.split("<tbody>")[1])
    assert listed[0] == RISING


def test_a_topic_shows_wordings_answer_and_the_way_to_mend_it(desk: Desk) -> None:
    page = seen(desk, f"/pertanyaan/topik/{OFTEN}")
    assert dotted(asked(desk, 30, f"topic_id = '{OFTEN}'")) in words(page)
    assert len(re.findall("<li>", page.split("quotes")[1].split("</ul>")[0])) > 5
    assert f'action="/admin/jawaban/{OFTEN}/draf"' in page
    assert f'action="/admin/jawaban/{OFTEN}/draf"' not in seen(desk, f"/pertanyaan/topik/{OFTEN}", Role.VIEWER)


def test_a_topic_that_does_not_exist_is_not_found(desk: Desk) -> None:
    session_id = desk.session(desk.user("pencari", Role.VIEWER))
    assert desk.get("/admin/pertanyaan/topik/zwartbolk", session_id).status_code == 404


# What leaves the curators' circle


def _published(desk: Desk, weeks: int) -> dict[tuple[str, str], int | None]:
    counts = desk.call(lambda: day_counts(desk.parts.store, first_day_of(TODAY, weeks)))
    return dict(weekly_figures(counts, TODAY, weeks).figures)


def test_the_file_holds_published_figures_alone_even_for_a_curator(desk: Desk) -> None:
    published = _published(desk, 4)
    for role in (Role.CURATOR, Role.VIEWER):
        answer = desk.get("/admin/pertanyaan/unduh?kanal=telegram", desk.session(desk.user(f"unduh-{role}", role)))
        assert answer.content.startswith(b"\xef\xbb\xbf")
        name = "sinetral-pertanyaan-2026-10-26-sampai-2026-11-22.csv"
        assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
        [head, *rows] = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";")
        assert head == [
            *("topik", "judul", "kelompok", "minggu 26 Okt", "minggu 2 Nov", "minggu 9 Nov", "minggu 16 Nov", "jumlah")
        ]
        mondays = ["2026-10-26", "2026-11-02", "2026-11-09", "2026-11-16", TOTAL]
        found = {(row[0] or row[1], monday): row[3 + place] for row in rows for place, monday in enumerate(mondays)}
        told = {cell: "disembunyikan" if count is None else str(count) for cell, count in published.items() if cell[0]}
        assert found == told
        assert "disembunyikan" in found.values()


def test_a_viewer_reads_no_number_that_is_not_published(desk: Desk) -> None:
    page = seen(desk, "/pertanyaan?masa=7&kanal=web", Role.VIEWER)
    assert "Ditanyakan, tetapi semua angkanya disembunyikan" in words(page)
    topic = seen(desk, "/pertanyaan/topik/perintah_atasan?masa=7", Role.VIEWER)
    assert "disembunyikan" in topic
    assert not re.search(r'class="count">3<', topic)
    assert "Langsung dijawab" not in topic
    shown = {int(n.replace(".", "")) for n in re.findall(r'<td class="count">([\d.]+)<', page)}
    assert shown
    assert all(number % 5 == 0 for number in shown)
    home = seen(desk, "?masa=7", Role.VIEWER)
    assert "Penilaian jawaban" not in home
    assert "Sedang naik" not in home


@pytest.mark.parametrize("role", [Role.CURATOR, Role.APPROVER, Role.ADMIN])
def test_the_curators_circle_sees_exact_counts(desk: Desk, role: Role) -> None:
    assert dotted(asked(desk, 30, f"topic_id = '{OFTEN}'")) in words(seen(desk, "/pertanyaan", role))


def test_a_title_cannot_run_as_a_formula(desk: Desk) -> None:
    desk.sql("UPDATE topic SET title = :title WHERE id = :id", title="=HYPERLINK(1)", id=OFTEN)
    desk.sql("UPDATE guidance_revision SET number = number + 1")
    session_id = desk.session(desk.user("rumus", Role.VIEWER))
    file = desk.get("/admin/pertanyaan/unduh", session_id).text
    assert ";'=HYPERLINK(1);" in file


def test_markup_in_a_title_stays_text(desk: Desk) -> None:
    desk.sql("UPDATE topic SET title = :title WHERE id = :id", title="<b onclick=x>", id=OFTEN)
    desk.sql("UPDATE guidance_revision SET number = number + 1")
    for path in ("", "/pertanyaan", f"/pertanyaan/topik/{OFTEN}"):
        page = seen(desk, path)
        assert "<b onclick" not in page
        assert "&lt;b onclick=x&gt;" in page
