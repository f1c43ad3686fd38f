"""The bot in the administrators' panel, in a real browser on the real process and NLU."""

import pytest
from playwright.sync_api import ViewportSize, expect

from bot.core.accounts.users import Role
from tests.browser.test_admin import ASK, TITLE, People, browser, overflows, own_bot, people, serious, shoot, width

__all__ = ["browser", "own_bot", "people", "width"]

pytestmark = [pytest.mark.full, pytest.mark.admin]


def test_a_conversation_goes_on_by_enter_and_by_its_buttons(people: People, width: int) -> None:
    page = (person := people.inside(Role.VIEWER)).page
    person.go("/coba")
    page.get_by_label("Pertanyaan").fill(ASK)
    page.keyboard.press("Enter")
    turns = page.locator(".trial")
    expect(turns).to_have_count(1)
    expect(turns.first).to_contain_text("di atas batas jawab")
    expect(page.get_by_label("Pertanyaan")).to_have_value("")
    expect(page.get_by_label("Pertanyaan")).to_be_focused()
    page.keyboard.type("kalau PPPK?")
    page.keyboard.press("Enter")
    expect(turns).to_have_count(2)
    expect(turns.nth(1)).to_contain_text("Pertanyaan lanjutan")
    expect(turns.nth(1)).to_contain_text(TITLE)
    turns.nth(1).get_by_role("button", name="Sanksinya?").click()
    expect(turns).to_have_count(3)
    expect(turns.nth(2)).to_contain_text(f"Sanksi · {TITLE}")
    expect(turns.nth(2)).to_contain_text("Tombol ditekan")
    page.locator("h1").click()
    shoot(page, "try", width)
    assert [*serious(page), *(["overflows"] if overflows(page) else [])] == []


def test_an_example_starts_a_conversation_and_another_day_withholds(people: People, width: int) -> None:
    page = (person := people.inside(Role.VIEWER)).page
    person.go("/coba")
    page.get_by_role("button", name="Boleh ga sih").click()
    expect(page.locator(".trial")).to_contain_text("dijawab langsung")
    page.get_by_text("Tanggal, tahapan, dan draf").click()
    page.get_by_label("Seolah hari ini").fill("2031-01-05")
    page.get_by_label("Tahapan").select_option(label="Masa tenang")
    page.get_by_label("Pertanyaan").fill(ASK)
    page.get_by_role("button", name="Kirim", exact=True).click()
    expect(page.locator(".trial").nth(1)).to_contain_text("Jawabannya ditahan")
    expect(page.locator(".trial").nth(1)).to_contain_text("Masa tenang, 5 Januari 2031")


def test_without_script_the_panel_answers_too(people: People, width: int) -> None:
    person = people.inside(Role.VIEWER)
    kept = person.page.context.storage_state()
    size = ViewportSize(width=width, height=900)
    context = people.browser.new_context(viewport=size, java_script_enabled=False, storage_state=kept)
    page = context.new_page()
    page.goto(f"{person.bot.url}/admin/coba")
    page.get_by_label("Pertanyaan").fill(ASK)
    page.keyboard.press("Enter")
    expect(page.locator(".trial")).to_contain_text("dijawab langsung")
    page.get_by_role("button", name="Dasar hukum").click()
    expect(page.locator(".trial")).to_contain_text(f"Dasar hukum · {TITLE}")
    context.close()
