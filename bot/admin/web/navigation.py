"""The menu: which page is where, and who sees it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.core.accounts.users import Permission, User


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of the menu."""

    path: str
    """Below /admin; empty for the first page."""
    label: str
    permission: Permission


@dataclass(frozen=True, kw_only=True)
class Group:
    """Lines under one heading."""

    title: str
    entries: Sequence[Entry]

    def for_user(self, user: User) -> "Group":
        """Return what this user may open."""
        return replace(self, entries=[entry for entry in self.entries if user.may(entry.permission)])


NAVIGATION: Sequence[Group] = (
    Group(
        title="Pantau",
        entries=(
            Entry(path="", label="Ringkasan", permission=Permission.VIEW),
            Entry(path="/pertanyaan", label="Pertanyaan", permission=Permission.VIEW),
        ),
    ),
    Group(
        title="Jawaban",
        entries=(
            Entry(path="/belum-terjawab", label="Belum terjawab", permission=Permission.EDIT_GUIDANCE),
            Entry(path="/coba", label="Coba bot", permission=Permission.VIEW),
            Entry(path="/jawaban", label="Semua jawaban", permission=Permission.VIEW),
            Entry(path="/draf", label="Draf dan tinjauan", permission=Permission.VIEW),
            Entry(path="/tinjau", label="Perlu diperiksa", permission=Permission.VIEW),
            Entry(path="/peraturan", label="Peraturan", permission=Permission.VIEW),
            Entry(path="/kalender", label="Kalender tahapan", permission=Permission.VIEW),
        ),
    ),
    Group(
        title="Pengingat",
        entries=(
            Entry(path="/pengingat", label="Pengingat", permission=Permission.REVIEW_CAMPAIGNS),
            Entry(path="/templat", label="Templat", permission=Permission.REVIEW_CAMPAIGNS),
            Entry(path="/pelanggan", label="Pelanggan", permission=Permission.REVIEW_CAMPAIGNS),
            Entry(path="/instansi", label="Instansi", permission=Permission.REVIEW_CAMPAIGNS),
        ),
    ),
    Group(
        title="Kelola",
        entries=(
            Entry(path="/whatsapp", label="WhatsApp", permission=Permission.VIEW),
            Entry(path="/pengguna", label="Pengguna", permission=Permission.MANAGE_USERS),
            Entry(path="/jejak", label="Jejak audit", permission=Permission.READ_AUDIT),
        ),
    ),
    Group(
        title="Bantuan",
        entries=(Entry(path="/bantuan", label="Bantuan", permission=Permission.VIEW),),
    ),
)
