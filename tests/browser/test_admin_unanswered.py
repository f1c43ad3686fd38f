"""Unanswered questions labelled by keyboard, in a real browser on the real process and NLU."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import expect

from bot.bootstrap.services import open_services
from bot.core.accounts.users import Role
from bot.core.curation.labels import UnansweredQuestion
from bot.settings import Settings
from tests.browser.test_admin import People, browser, overflows, own_bot, people, serious, shoot, width
from tests.support.bot_process import Bot

__all__ = ["browser", "own_bot", "people", "width"]

pytestmark = [pytest.mark.full, pytest.mark.admin, pytest.mark.learning]

# Four of one meaning in different words, one of another.
QUESTIONS = [
    "boleh nggak ya ASN bikin podcast politik sendiri",
    "kalau pns bikin podcast bahas politik boleh",
    "saya mau buat podcast soal politik, apakah ASN boleh?",
    "PNS bikin podcast politik, dilarang gak",
    "kapan gaji ke-13 pensiunan cair tahun depan",
]


@pytest.fixture
def asked(own_bot: Bot) -> Bot:
    """Return a bot with nothing but these questions unanswered."""
    with ThreadPoolExecutor(1) as elsewhere:
        # Playwright's own loop runs in this thread.
        elsewhere.submit(lambda: asyncio.run(_ask(own_bot))).result()
    return own_bot


async def _ask(bot: Bot) -> None:
    async with open_services(Settings.from_env(bot.environment)) as parts, parts.admin_store.unit() as unit:
        await unit.questions.take(await unit.questions.ids())
        await unit.questions.remove([each.id for each in await unit.questions.examples()])
        day = parts.clock.now().date()
        await unit.questions.put_back(
            UnansweredQuestion(id=parts.store.new_id(), day=day, words=words) for words in QUESTIONS
        )


@pytest.mark.usefixtures("asked")
def test_a_group_is_labelled_and_brought_back_by_keyboard_alone(people: People, width: int) -> None:
    page = (person := people.inside(Role.CURATOR)).page
    person.go("/belum-terjawab")
    expect(page.get_by_text("4 pertanyaan", exact=True)).to_be_visible()
    shoot(page, "unanswered", width)
    barriers = [*serious(page), *(["overflows"] if overflows(page) else [])]
    assert barriers == []
    first = page.locator(".choices button").first.inner_text().split("\n")[0].removeprefix("1").strip()
    page.keyboard.press("1")
    expect(page.get_by_text("4 pertanyaan dilabeli:")).to_be_visible()
    assert first.split("  ")[0] in page.locator(".undo").inner_text()
    expect(page.get_by_role("heading", name="gaji ke-13")).to_be_visible()
    page.keyboard.press("l")
    expect(page.get_by_text("Tidak ada yang belum terjawab")).to_be_visible()
    page.keyboard.press("u")
    expect(page.get_by_role("heading", name="gaji ke-13")).to_be_visible()
    person.go("/belum-terjawab/contoh")
    expect(page.get_by_role("row")).to_have_count(5)
    shoot(page, "examples", width)
    assert serious(page) == []


@pytest.mark.usefixtures("asked")
def test_a_new_topic_is_proposed_by_keyboard_and_enter_alone_labels_nothing(people: People, width: int) -> None:
    page = (person := people.inside(Role.CURATOR)).page
    person.go("/belum-terjawab")
    page.keyboard.press("s")
    expect(page.get_by_text("Kelompok 2 dari 2")).to_be_visible()
    page.keyboard.press("s")
    expect(page.get_by_text("Kelompok 1 dari 2")).to_be_visible()
    page.keyboard.press("n")
    expect(page.get_by_label("Nama topik")).to_be_focused()
    page.keyboard.type("Podcast l 1 s")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Kelompok 1 dari 2")).to_be_visible()
    page.get_by_label("Cakupan").fill("siaran sendiri tentang politik")
    page.get_by_role("button", name="Simpan usulan").click()
    expect(page.get_by_text("4 pertanyaan dilabeli: usulan: Podcast l 1 s")).to_be_visible()
    page.get_by_role("link", name="Usulan topik (1)").click()
    expect(page.get_by_role("heading", name="Podcast l 1 s")).to_be_visible()
    shoot(page, "proposals", width)
    assert [*serious(page), *(["overflows"] if overflows(page) else [])] == []
    page.get_by_text("Tutup usulan").click()
    page.get_by_role("button", name="Ya, tutup").click()
    expect(page.get_by_text("Tidak ada usulan yang menunggu")).to_be_visible()
