"""What each fate of a reminder is called, what it means, and what to do; for reports and screens."""

from collections.abc import Mapping

from bot.core.campaign import CampaignStatus
from bot.core.delivery import DeliveryStatus
from bot.core.message_template import Unfit

STATUS_LABELS: Mapping[CampaignStatus, str] = {
    CampaignStatus.DRAFT: "konsep",
    CampaignStatus.SUBMITTED: "menunggu persetujuan",
    CampaignStatus.APPROVED: "disetujui, belum dijadwalkan",
    CampaignStatus.SCHEDULED: "terjadwal",
    CampaignStatus.RUNNING: "sedang dikirim",
    CampaignStatus.PAUSED: "dijeda",
    CampaignStatus.DONE: "selesai",
    CampaignStatus.STOPPED: "dihentikan",
}
LABELS: Mapping[DeliveryStatus, str] = {
    DeliveryStatus.WAITING: "menunggu",
    DeliveryStatus.SENDING: "sedang dikirim",
    DeliveryStatus.SENT: "terkirim",
    DeliveryStatus.DELIVERED: "sampai",
    DeliveryStatus.READ: "dibaca",
    DeliveryStatus.UNREACHABLE: "tidak terjangkau",
    DeliveryStatus.REFUSED: "ditolak kanal",
    DeliveryStatus.FAILED: "gagal",
    DeliveryStatus.IN_DOUBT: "ragu",
    DeliveryStatus.WITHDRAWN: "berhenti langganan",
    DeliveryStatus.CAPPED: "batas sepekan",
    DeliveryStatus.LATE: "terlambat",
}
ADVICE: Mapping[DeliveryStatus, str] = {
    DeliveryStatus.UNREACHABLE: "memblokir bot atau akunnya tidak ada lagi; tidak perlu diulang",
    DeliveryStatus.REFUSED: "kanal tidak menerima pesannya; periksa pratinjau",
    DeliveryStatus.FAILED: "kanal terus bermasalah; coba kampanye baru nanti",
    DeliveryStatus.IN_DOUBT: "mungkin sudah sampai; putuskan: kirim ulang, atau anggap sampai",
    DeliveryStatus.WITHDRAWN: "mencabut persetujuan sebelum dikirim; tidak boleh diulang",
    DeliveryStatus.CAPPED: "sudah menerima pengingat sebanyak batas sepekan",
    DeliveryStatus.LATE: "waktunya lewat sebelum boleh dikirim; sengaja tidak dikirim",
}
REASONS: Mapping[str, str] = {
    "blocked": "memblokir bot",
    "deactivated": "akun dihapus",
    "never_started": "belum pernah membuka bot",
    "kicked": "mengeluarkan bot",
    "forbidden": "kanal melarang",
    "not_found": "akun tidak ditemukan",
    "crash": "proses berhenti saat mengirim",
    "503": "layanan kanal sedang tutup",
    "429": "terlalu cepat bagi kanal",
    "token": "kunci bot ditolak kanal",
    "no_connection": "kanal tidak terhubung",
    "400": "isi pesan tidak diterima",
}
"""The reasons that have a name; another one is shown as the channel gave it."""
UNFIT: Mapping[Unfit, str] = {
    Unfit.MISSING: "belum ada; ajukan lewat perintah sinetral template propose",
    Unfit.NOT_APPROVED: "belum disetujui Meta, ditolak, atau sedang dijeda",
    Unfit.OTHER_SHAPE: "isian atau tombolnya lain dari yang kami pakai; hapus di WhatsApp Manager lalu ajukan lagi",
}
ONLY_OPEN_WINDOWS = (
    "Di WhatsApp hanya yang menulis kepada bot dalam 24 jam terakhir yang akan menerimanya:"
    " templat pengingat {problem}."
)
