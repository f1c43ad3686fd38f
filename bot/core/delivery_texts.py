"""What each fate of a reminder is called, what it means, and what to do; for reports and screens."""

from collections.abc import Mapping

from bot.core.delivery import DeliveryStatus

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
    DeliveryStatus.IN_DOUBT: "mungkin sudah sampai; putuskan dengan `sinetral campaign settle`",
    DeliveryStatus.WITHDRAWN: "mencabut persetujuan sebelum dikirim; tidak boleh diulang",
    DeliveryStatus.CAPPED: "sudah menerima pengingat sebanyak batas sepekan",
    DeliveryStatus.LATE: "waktunya lewat sebelum boleh dikirim; sengaja tidak dikirim",
}
