"""What each fate of a reminder is called, what it means, and what to do; for reports and screens."""

from collections.abc import Mapping

from bot.core.campaigns.campaign import CampaignStatus
from bot.core.campaigns.delivery import DeliveryStatus
from bot.core.campaigns.platform_template import TemplateProblem

STATUS_LABELS: Mapping[CampaignStatus, str] = {
    CampaignStatus.DRAFT: "draf",
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
    DeliveryStatus.NOT_MEANT: "tidak lagi dituju",
}
ADVICE: Mapping[DeliveryStatus, str] = {
    DeliveryStatus.UNREACHABLE: "memblokir bot atau akunnya tidak ada; tidak perlu diulang, ikut lagi bila ia menulis",
    DeliveryStatus.REFUSED: "kanal tidak menerima pesannya; periksa pratinjau",
    DeliveryStatus.FAILED: "kanal terus bermasalah; coba pengingat baru nanti",
    DeliveryStatus.IN_DOUBT: "mungkin sudah sampai; putuskan: kirim ulang, atau anggap sampai",
    DeliveryStatus.WITHDRAWN: "mencabut persetujuan sebelum dikirim; tidak boleh diulang",
    DeliveryStatus.CAPPED: "sudah menerima pengingat sebanyak batas sepekan",
    DeliveryStatus.LATE: "waktunya lewat sebelum boleh dikirim; sengaja tidak dikirim",
    DeliveryStatus.NOT_MEANT: "mengubah pilihannya sebelum dikirim, jadi bukan sasaran lagi; tidak perlu diulang",
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
    "131000": "gangguan sementara di WhatsApp (131000)",
    "131005": "izin akun WhatsApp kurang (131005)",
    "131026": "tidak terjangkau di WhatsApp (131026)",
    "131031": "akun WhatsApp dikunci Meta (131031)",
    "131042": "pembayaran akun WhatsApp bermasalah (131042)",
    "131045": "sertifikat nomor bermasalah (131045)",
    "131047": "jendela 24 jam sudah tertutup (131047)",
    "131049": "batas pesan promosi per orang di WhatsApp (131049)",
    "131050": "berhenti lewat WhatsApp (131050)",
    "131056": "terlalu sering kepada orang ini (131056)",
    "132000": "jumlah isian templat tidak cocok (132000)",
    "132001": "templat tidak ada di WhatsApp (132001)",
    "132005": "teks templat terlalu panjang (132005)",
    "132007": "templat melanggar aturan WhatsApp (132007)",
    "132012": "bentuk isian templat tidak cocok (132012)",
    "132015": "templat dijeda Meta (132015)",
    "132016": "templat dinonaktifkan Meta (132016)",
    "132018": "isian templat tidak diterima (132018)",
    "133010": "nomor pengirim belum terdaftar (133010)",
    "template_missing": "templat belum ada di WhatsApp",
    "template_not_approved": "templat belum disetujui Meta, ditolak, atau dijeda",
    "template_other_shape": "isian atau tombol templat lain dari yang dipakai",
}
"""The reasons that have a name; another one is shown as the channel gave it."""
UNFIT: Mapping[TemplateProblem, str] = {
    TemplateProblem.MISSING: "belum ada; ajukan lewat perintah sinetral template propose",
    TemplateProblem.NOT_APPROVED: "belum disetujui Meta, ditolak, atau sedang dijeda",
    TemplateProblem.OTHER_SHAPE: "isian atau tombolnya lain dari yang kami pakai;"
    " hapus di WhatsApp Manager lalu ajukan lagi",
}
ONLY_OPEN_WINDOWS = (
    "Di WhatsApp sekarang hanya yang menulis kepada bot dalam 24 jam terakhir yang bisa menerimanya:"
    " templat pengingat {problem}. Begitu sampai pada yang lain, pengingat ini dijeda sampai templatnya bisa dipakai."
)

FEW = "kurang dari 10"
"""How a small number of people or messages is told (`bot.core.figures.disclosure`)."""
