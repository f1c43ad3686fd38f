"""Why a campaign stands still and what to do then, in the words of its page: what happened, who mends it, what next."""

from datetime import datetime

from bot.core.campaigns.consent import TimeZone
from bot.core.campaigns.schedule import Moved
from bot.core.campaigns.status_texts import REASONS
from bot.core.messaging.send_outcome import SendResult, Trouble
from bot.core.replies.texts import STAGE_NAMES
from bot.core.vocabulary import CHANNEL_NAMES, Channel

GO_ON = "Setelah itu tekan Lanjutkan: yang menunggu tetap menunggu, tidak ada yang hilang."

CALENDAR = "Kalender berubah: "
"""How every note on the calendar begins, so that the next one takes its place."""

MAX_NOTE = 1_500
"""Characters; notes of several causes are joined."""

_BLAMED = {
    Trouble.TEMPLATE: "templat pesannya tidak bisa dipakai",
    Trouble.NUMBER: "nomor atau bot pengirimnya bermasalah",
    Trouble.ACCOUNT: "akun bisnisnya bermasalah",
}

_MENDED = {
    Trouble.TEMPLATE: "Pengelola akun {channel} perlu memeriksa templatnya (halaman WhatsApp di sini, lalu WhatsApp"
    " Manager).",
    Trouble.NUMBER: "Pengelola akun {channel} perlu memeriksa nomor atau bot pengirim.",
    Trouble.ACCOUNT: "Pengelola akun {channel} perlu memeriksa akun: pembayaran, pelanggaran, dan izinnya.",
}

_OURS = "Pengelola server perlu memeriksa token, izin, dan catatan program."


def refused_for_us(channel: Channel, attempt: SendResult) -> str:
    """Write why a platform takes nothing from us now."""
    trouble = attempt.trouble or Trouble.OURS
    name = CHANNEL_NAMES[channel]
    blamed = _BLAMED.get(trouble, "pengaturan atau program di pihak kita yang salah")
    mended = _MENDED.get(trouble, _OURS).format(channel=name)
    return f"Dijeda: {name} menolak semua pengingat, {blamed}{_told(attempt.reason)}. {mended} {GO_ON}"


def refused_in_a_row(channel: Channel, times: int, reason: str | None) -> str:
    """Write that several people in a row were refused, for no reason that lies with them."""
    return (
        f"Dijeda: {CHANNEL_NAMES[channel]} menolak {times} pengingat berturut-turut{_told(reason)}, jadi sebabnya"
        " mungkin isi pesan atau akun, bukan orangnya; mereka ikut menunggu lagi. Periksa pratinjau, lalu kirim uji"
        f" ke diri sendiri. {GO_ON} Bila isinya yang salah, salin pengingat ini, perbaiki, dan hentikan yang ini."
    )


def failing_in_our_program(channel: Channel, reason: str | None) -> str:
    """Write that our own program fails at every message."""
    return (
        f"Dijeda: program kita gagal saat mengirim lewat {CHANNEL_NAMES[channel]}{_told(reason)}. Pengelola server"
        f" perlu memeriksa catatan program. {GO_ON}"
    )


def not_renderable(channel: Channel, why: str) -> str:
    """Write that a message cannot be made for a channel."""
    return (
        f"Dijeda: pengingat ini tidak bisa dibuat untuk {CHANNEL_NAMES[channel]}: {why}. Salin pengingat ini, perbaiki"
        " isinya atau pilih kanal lain, lalu hentikan yang ini."
    )


def not_readable(people: int) -> str:
    """Write that addresses cannot be opened with the key of this server."""
    return (
        f"Dijeda: alamat {people} pelanggan atau lebih tidak bisa dibuka dengan kunci di server ini. Pengelola server"
        f" perlu memulihkan berkas kunci (SINETRAL_KEY_FILE) yang benar dari cadangan. {GO_ON}"
    )


def not_served(channel: Channel) -> str:
    """Write that no process sends on a channel."""
    return (
        f"Dijeda: kanal {CHANNEL_NAMES[channel]} tidak disiapkan di server, jadi tidak ada yang mengirim ke sana."
        f" Pengelola server perlu mengisi tokennya lagi. {GO_ON}"
    )


def answer_changed() -> str:
    """Write that what was approved may not be said any more."""
    return "jawabannya berubah atau ditahan sejak disetujui; buat pengingat baru dan minta persetujuan lagi"


def missed(planned: datetime) -> str:
    """Write that a moment passed before anything could be sent."""
    return f"jadwal {_moment(planned)} terlewat, tidak dikirim"


def followed(moved: Moved, before: datetime | None, *, is_paused: bool = False) -> str:
    """Write where the calendar moved a schedule, or that it has no moment any more.

    Args:
        is_paused: whether a person must let the campaign go on.
    """
    if moved.after is None:
        return (
            f"{_changed(moved)}; jadwal ini tidak punya waktu lagi. Isi tahapannya di kalender lalu tekan Lanjutkan,"
            " atau salin pengingat ini dengan jadwal lain dan hentikan yang ini."
        )
    was = f" (semula {_moment(before)})" if before is not None else ""
    paused = " Pengingat ini masih dijeda: tekan Lanjutkan." if is_paused else ""
    return f"{_changed(moved)}, jadi jadwalnya sekarang {_moment(moved.after)}{was}.{paused}"


def moved_while_running(moved: Moved) -> str:
    """Write that the reason of a run went away while it was being sent."""
    return (
        f"{_changed(moved)} saat pengingat ini sedang dikirim, jadi pengirimannya dijeda. Tekan Lanjutkan bila sisanya"
        " tetap perlu dikirim, atau hentikan."
    )


def with_calendar_note(note: str | None, told: str) -> str:
    """Return a note with what the calendar did; a former note on the calendar gives way, others stay."""
    kept = (note or "").split(CALENDAR, maxsplit=1)[0].strip()
    return f"{kept} {told}".strip()[:MAX_NOTE]


def _told(reason: str | None) -> str:
    return f" ({REASONS.get(reason, f'kode {reason}')})" if reason else ""


def _changed(moved: Moved) -> str:
    if moved.stage is None:
        return f"{CALENDAR}hari liburnya lain"
    return f"{CALENDAR}tahapan {STAGE_NAMES[moved.stage]} {'dihapus' if moved.is_removed else 'berpindah'}"


def _moment(at: datetime) -> str:
    return f"{at.astimezone(TimeZone.WIB.offset):%Y-%m-%d %H.%M} WIB"
