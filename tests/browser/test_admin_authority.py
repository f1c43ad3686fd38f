"""What one administrator alone cannot do, and how a second one confirms, in a real browser on the real process."""

import re

import pytest
from playwright.sync_api import expect

from bot.core.accounts.users import Role
from tests.browser.test_admin import (
    TITLE,
    People,
    Person,
    browser,
    overflows,
    own_bot,
    people,
    serious,
    shoot,
    width,
)

pytestmark = [pytest.mark.full, pytest.mark.admin]
__all__ = ["browser", "own_bot", "people", "width"]


def add_on_the_page(admin: Person, people: People, name: str, role: str) -> Person:
    """Add a user with national reach on the page, and log in as that user with the password that is shown."""
    admin.go("/pengguna/baru")
    admin.page.get_by_label("Nama pengguna").fill(name)
    admin.page.get_by_label("Nama lengkap").fill(f"Orang {name}")
    admin.page.get_by_role("radio", name=re.compile("Nasional")).check()
    admin.page.get_by_role("checkbox", name=re.compile(role)).check()
    shoot(admin.page, "authority-add", people.width)
    admin.page.get_by_role("button", name="Tambah").click()
    first = admin.page.locator(".secret").inner_text()
    page = people.browser.new_context(viewport={"width": people.width, "height": 900}).new_page()
    person = Person(bot=people.bot, page=page, name=name)
    people.known.append(person)
    person.first_login(first)
    return person


def refused(person: Person, words: str) -> None:
    expect(person.page.get_by_text(words)).to_be_visible()


def test_one_administrator_alone_publishes_nothing_and_a_second_one_confirms(people: People, width: int) -> None:
    bos, second = people.inside(Role.ADMIN), people.inside(Role.ADMIN)
    writer = add_on_the_page(bos, people, f"tulis-{width}", "Kurator")
    approver = add_on_the_page(bos, people, f"terbit-{width}", "Penyetuju")
    expect(approver.page.get_by_role("heading", name="Akun Anda diubah orang lain")).to_be_visible()
    shoot(approver.page, "authority-told", width)
    assert (serious(approver.page), overflows(approver.page)) == ([], False)
    writer.go("/jawaban?cari=tim+sukses")
    writer.page.get_by_role("link", name=TITLE).click()
    writer.page.get_by_role("button", name="Sunting jawaban").click()
    writer.page.get_by_label("Jawaban singkat").fill(f"Tidak boleh, kata satu orang saja. {width}")
    writer.page.get_by_label("Apa yang diubah, dan mengapa").fill("Diperjelas.")
    writer.page.get_by_role("button", name="Simpan dan ajukan").click()
    expect(writer.page.get_by_text("Draf diajukan.")).to_be_visible()
    publish(approver)
    refused(approver, "Anda bisa memutuskan setelah admin lain menyetujui akun Anda")
    shoot(approver.page, "authority-refused", width)
    bos.go(f"/pengguna/satu/{approver.name}")
    assert bos.page.get_by_text("Setujui akun ini").count() == 0
    second.go("/pengguna")
    shoot(second.page, "authority-users", width)
    assert (serious(second.page), overflows(second.page)) == ([], False)
    second.page.get_by_role("link", name=f"Orang {approver.name}").click()
    shoot(second.page, "authority-waiting", width)
    assert (serious(second.page), overflows(second.page)) == ([], False)
    second.page.get_by_text("Setujui akun ini").click()
    second.page.get_by_role("button", name="Ya, setujui").click()
    expect(second.page.get_by_text("Akun disetujui; mulai sekarang bisa memutuskan.")).to_be_visible()
    publish(approver)
    expect(approver.page.get_by_text("Jawaban terbit.")).to_be_visible()


def publish(approver: Person) -> None:
    approver.go("/draf")
    approver.page.get_by_role("link", name=TITLE).click()
    approver.page.get_by_text("Terbitkan", exact=True).click()
    approver.page.get_by_role("button", name="Ya, terbitkan").click()


def test_nobody_gives_oneself_roles_or_resets_oneself(people: People, width: int) -> None:
    bos = people.inside(Role.ADMIN)
    bos.go(f"/pengguna/satu/{bos.name}")
    bos.page.get_by_role("checkbox", name=re.compile("Penyetuju")).check()
    bos.page.get_by_role("button", name="Simpan").click()
    refused(bos, "Peran dan cakupan sendiri tidak bisa diubah; minta admin lain.")
    shoot(bos.page, "authority-own", width)
    for summary, yes, words in (
        ("Setel ulang faktor kedua", "Ya, setel ulang", "Faktor kedua sendiri tidak bisa disetel ulang"),
        ("Setel ulang kata sandi", "Ya, setel ulang", "Kata sandi sendiri diganti di halaman Kata sandi"),
    ):
        bos.go(f"/pengguna/satu/{bos.name}")
        bos.page.get_by_text(summary, exact=True).click()
        bos.page.locator("details[open]").get_by_role("button", name=yes).click()
        refused(bos, words)
