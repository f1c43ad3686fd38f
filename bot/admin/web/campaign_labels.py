"""Indonesian words for campaigns on their pages."""

from collections.abc import Mapping, Sequence

from bot.core.campaigns.campaign import CampaignStatus
from bot.core.campaigns.delivery import DeliveryStatus, UnknownDeliveryPolicy
from bot.core.campaigns.platform_template import TemplateProblem
from bot.core.campaigns.reminder_forms import template_form
from bot.core.campaigns.reminder_template import TemplateState
from bot.core.campaigns.segment import Segment
from bot.core.campaigns.status_texts import ADVICE, FEW, LABELS, ONLY_OPEN_WINDOWS, REASONS, STATUS_LABELS, UNFIT
from bot.core.replies.texts import STAGE_NAMES
from bot.core.vocabulary import CHANNEL_NAMES, Channel

__all__ = ["ADVICE", "FEW", "LABELS", "REASONS", "STAGE_NAMES", "template_form"]

STATES = STATUS_LABELS
TONES = {
    CampaignStatus.SUBMITTED: "warn",
    CampaignStatus.SCHEDULED: "good",
    CampaignStatus.RUNNING: "good",
    CampaignStatus.PAUSED: "warn",
    CampaignStatus.STOPPED: "bad",
}
TEMPLATE_STATES = {
    TemplateState.WRITING: "sedang ditulis",
    TemplateState.SUBMITTED: "menunggu persetujuan",
    TemplateState.APPROVED: "disetujui",
    TemplateState.RETIRED: "pensiun",
}
TEMPLATE_TONES = {TemplateState.SUBMITTED: "warn", TemplateState.APPROVED: "good", TemplateState.RETIRED: "bad"}
CHANNELS = CHANNEL_NAMES
IN_DOUBT = {
    UnknownDeliveryPolicy.RESEND: "dikirim ulang (paling banyak tiga kali)",
    UnknownDeliveryPolicy.HOLD: "ditahan sampai Anda putuskan",
}
COLUMNS = {
    "channel": "Kanal",
    "agency": "Instansi",
    "region": "Wilayah",
    "role": "Status kepegawaian",
    "zone": "Zona waktu",
}

NOTICES = {
    "kampanye-simpan": "Draf disimpan. Belum ada yang dikirim.",
    "kampanye-ajukan": "Pengingat diajukan. Orang lain membaca dan menyetujuinya.",
    "kampanye-kembali": "Pengingat dikembalikan kepada penulisnya.",
    "kampanye-setuju": "Pengingat disetujui; teksnya sekarang tetap. Penyiar bisa menjadwalkannya.",
    "kampanye-jadwal": "Pengingat dijadwalkan.",
    "kampanye-lanjut": "Pengiriman dilanjutkan.",
    "kampanye-jeda": "Pengiriman dijeda. Yang sudah berangkat tidak bisa ditarik.",
    "kampanye-henti": "Pengingat dihentikan untuk seterusnya.",
    "kampanye-ulang": "Pesan yang ragu akan dikirim ulang.",
    "kampanye-anggap": "Pesan yang ragu dianggap sampai.",
    "templat-simpan": "Templat disimpan.",
    "templat-ajukan": "Templat diajukan. Orang lain membaca dan menyetujuinya.",
    "templat-kembali": "Templat dikembalikan kepada penulisnya.",
    "templat-setuju": "Templat disetujui dan bisa dipakai.",
    "templat-pensiun": "Templat dipensiunkan; pengingat baru tidak bisa memakainya.",
    "instansi-simpan": "Instansi disimpan.",
}


def meant(segment: Segment, agencies: Mapping[str, str]) -> str:
    """Say whom a segment means."""
    parts = [
        _listed("instansi", [agencies.get(code, code) for code in sorted(segment.agencies)]),
        _listed("wilayah", sorted(segment.regions)),
        _listed("status", sorted(segment.roles)),
        _listed("yang memilih tahapan", [STAGE_NAMES[stage] for stage in STAGE_NAMES if stage in segment.stages]),
        _listed("di", [CHANNELS[channel] for channel in Channel if channel in segment.channels]),
    ]
    return "; ".join(part for part in parts if part) or "semua pelanggan"


def _listed(word: str, values: Sequence[str]) -> str:
    return f"{word} {', '.join(values)}" if values else ""


def label(status: DeliveryStatus, is_stopped: bool) -> str:
    """Name a fate; what waits in a campaign that was stopped waits no more."""
    return "tidak jadi dikirim" if is_stopped and status is DeliveryStatus.WAITING else LABELS[status]


def duration(seconds: float) -> str:
    """Say how long something takes."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return "kurang dari semenit"
    hours, left = divmod(minutes, 60)
    if not hours:
        return f"sekitar {minutes} menit"
    return f"sekitar {hours} jam{f' {left} menit' if left else ''}"


def thousands(number: int) -> str:
    """Write a number as Indonesians read it."""
    return f"{number:,}".replace(",", ".")


def roughly(number: int | None) -> str:
    """Write a number of people or messages that is told roughly."""
    return FEW if number is None else thousands(number)


def is_on_whatsapp(segment: Segment) -> bool:
    """Say whether a segment reaches people on WhatsApp."""
    return not segment.channels or Channel.WHATSAPP in segment.channels


def only_open_windows(why: TemplateProblem) -> str:
    """Say who gets a reminder on WhatsApp while its template may not be used."""
    return ONLY_OPEN_WINDOWS.format(problem=UNFIT[why])
