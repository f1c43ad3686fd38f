"""How the service does, in the administrators' words: what does not work, and what to do about it."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.application.figures.service_health import PartHealth

LABELS = {
    "database": "Basis data",
    "nlu": "Pemahaman pertanyaan (NLU)",
    "guidance": "Jawaban",
    "queues": "Antrean pesan",
    "audit": "Jejak audit",
    "telegram": "Telegram",
    "whatsapp": "WhatsApp",
    "reminders": "Pengirim pengingat",
    "reminder_plans": "Penjadwal pengingat",
    "jobs": "Pekerjaan berkala",
    "nlu_watch": "Penjaga NLU",
    "health": "Pemantau layanan",
}
INSIDE = ("_start", "_intake", "_inbox", "_outbox")
"""Endings of parts that are told with their channel."""
DATABASE_TROUBLES = {
    "busy": "terkunci oleh proses lain. Pesan dijawab setelah kuncinya lepas; periksa proses lain di server.",
    "full": "kehabisan ruang disk. Kosongkan ruang di server; pesan yang masuk tidak bisa dijawab sampai ada ruang.",
    "read_only": "hanya bisa dibaca. Periksa izin berkas basis data di server.",
    "damaged": "rusak. Pulihkan dari cadangan.",
    "not_allowed": "menolak masuk. Periksa nama dan kata sandinya di pengaturan server.",
}
TROUBLES = {
    "token": "ditolak: tokennya tidak berlaku. Pasang token yang benar di pengaturan server, lalu nyalakan ulang.",
    "other_poller": "diambil proses lain dengan token yang sama. Hentikan proses itu; hanya satu yang boleh berjalan.",
    "webhook_set": "dialihkan: ada webhook yang dipasang pihak lain. Bila terulang, ganti tokennya lewat BotFather.",
    "no_connection": "tidak terjangkau. Periksa jaringan server; pesan dijawab begitu tersambung lagi.",
    "database": "belum bisa mencatat pesan karena basis data. Tidak ada yang hilang: pesan dijawab setelah pulih.",
    "waiting": "tertahan: ada pesan yang menunggu lebih dari satu menit. Hubungi pengelola server.",
    "starting": "sedang dinyalakan. Bila lebih dari semenit, hubungi pengelola server.",
    "failing": "gagal dan sedang dinyalakan ulang. Bila tetap, hubungi pengelola server.",
    "silent": "macet: tidak ada kemajuan. Hubungi pengelola server untuk menyalakan ulang.",
    "no_answer": "tidak menjawab. Hubungi pengelola server.",
    "no_parse": "menyala, tetapi tidak membaca pertanyaan. Hubungi pengelola server.",
    "changed": "tidak seperti yang ditulis. Jangan ubah apa pun; periksa dengan `sinetral audit verify` di server.",
    "empty": "kosong: belum ada pedoman yang dimuat. Jalankan `sinetral guidance load` di server.",
    "sending_platform": "sedang terganggu di pihak platform. Balasan menunggu, lalu dikirim begitu pulih.",
    "sending_ours": "menolak kiriman kami. Periksa token dan pengaturannya; balasan yang tertahan dikirim sesudahnya.",
    "sending_number": "menolak nomor pengirim. Periksa nomor itu di WhatsApp Manager; balasan yang tertahan menunggu.",
    "sending_account": "menolak akun. Periksa pembayaran dan izin akun di Meta; balasan yang tertahan menunggu.",
    "unreachable": "tidak menjawab. Periksa servernya; pesan yang masuk dijawab setelah pulih.",
}
OTHERWISE = "bermasalah. Hubungi pengelola server."


@dataclass(frozen=True, kw_only=True)
class HealthLine:
    """One part, as the page shows it."""

    label: str
    is_working: bool
    words: str
    """What is the matter and what to do; empty while all is well."""
    minutes: int | None
    """How long it has not worked, in full minutes; None while it works or when that is not known."""
    restarts: int


def health_lines(parts: Sequence[PartHealth]) -> Sequence[HealthLine]:
    """Return a line for each part, workers of a channel told with their channel."""
    return [_line(part) for part in parts if not part.name.endswith(INSIDE)]


def _line(part: PartHealth) -> HealthLine:
    troubles = DATABASE_TROUBLES | TROUBLES if part.name == "database" else TROUBLES
    age = part.age_seconds
    return HealthLine(
        label=LABELS.get(part.name, part.name),
        is_working=part.is_working,
        words="" if part.is_working else troubles.get(part.trouble or "", OTHERWISE),
        minutes=int(age // 60) if age is not None and not part.is_working else None,
        restarts=int(part.details.get("restarts") or 0),
    )
