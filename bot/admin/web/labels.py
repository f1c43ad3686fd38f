"""Indonesian words for values of ours, and the notices that follow an act."""

from datetime import date, timedelta

from bot.admin.web import campaign_labels
from bot.core.accounts.audit_trail import Action
from bot.core.accounts.users import Permission, Role
from bot.core.curation.drafts import DraftState, InstrumentImpact
from bot.core.dialogue.decision import DecisionKind
from bot.core.figures.trends import QuestionOutcome
from bot.core.guidance.entry import Certainty, CitationRole, SanctionKind, Verdict
from bot.core.guidance.instrument import InstrumentStatus
from bot.core.messaging.dead_letters import Reason
from bot.core.replies import texts
from bot.core.replies.answer import format_date
from bot.core.vocabulary import CHANNEL_NAMES, Aspect, Slot, Stage

ROLES = {
    Role.VIEWER: "Pengamat",
    Role.CURATOR: "Kurator",
    Role.APPROVER: "Penyetuju",
    Role.BROADCASTER: "Penyiar",
    Role.ADMIN: "Admin",
}

ROLE_HINTS = {
    Role.VIEWER: "melihat angka, pertanyaan, dan jawaban",
    Role.CURATOR: "menulis dan memperbaiki jawaban",
    Role.APPROVER: "menerbitkan jawaban dan menyetujui pengingat yang ditulis orang lain",
    Role.BROADCASTER: "menyiapkan dan mengirim pengingat",
    Role.ADMIN: "mengelola pengguna dan membaca jejak audit",
}

PERMISSIONS = {
    Permission.VIEW: "melihat",
    Permission.SEE_COUNTS: "melihat angka persis",
    Permission.EDIT_GUIDANCE: "menulis jawaban",
    Permission.PUBLISH: "menerbitkan jawaban",
    Permission.BROADCAST: "mengirim pengingat",
    Permission.REVIEW_CAMPAIGNS: "melihat dan menyetujui pengingat",
    Permission.MANAGE_USERS: "mengelola pengguna",
    Permission.READ_AUDIT: "membaca jejak audit",
}

ACTIONS = {
    Action.LOGGED_IN: "masuk",
    Action.LOGIN_FAILED: "gagal masuk",
    Action.LOCKED: "akun terkunci",
    Action.LOGGED_OUT: "keluar",
    Action.PASSWORD_CHANGED: "kata sandi diganti",
    Action.SECOND_FACTOR_SET: "faktor kedua dipasang",
    Action.SECOND_FACTOR_RESET: "faktor kedua disetel ulang",
    Action.USER_ADDED: "pengguna ditambahkan",
    Action.USER_CHANGED: "peran atau cakupan pengguna diubah",
    Action.USER_RENAMED: "nama lengkap pengguna diubah",
    Action.USER_DISABLED: "pengguna dinonaktifkan",
    Action.USER_ENABLED: "pengguna diaktifkan",
    Action.USER_CONFIRMED: "perubahan pengguna disetujui",
    Action.DRAFT_BEGUN: "draf dimulai",
    Action.DRAFT_SAVED: "draf disimpan",
    Action.DRAFT_SUBMITTED: "draf diajukan",
    Action.DRAFT_RETURNED: "draf dikembalikan",
    Action.DRAFT_DISCARDED: "draf dibuang",
    Action.DRAFT_APPROVED: "draf disetujui",
    Action.GUIDANCE_PUBLISHED: "jawaban diterbitkan",
    Action.INSTRUMENT_CHANGED: "status peraturan diubah",
    Action.CALENDAR_CHANGED: "kalender diubah",
    Action.QUESTIONS_LABELLED: "pertanyaan dilabeli",
    Action.QUESTIONS_DELETED: "pertanyaan dihapus",
    Action.LABELS_UNDONE: "label diurungkan",
    Action.TOPIC_PROPOSED: "topik baru diusulkan",
    Action.PROPOSAL_MERGED: "usulan digabung ke topik",
    Action.PROPOSAL_CLOSED: "usulan ditutup",
    Action.EXAMPLE_DELETED: "contoh dihapus",
    Action.CAMPAIGN_CREATED: "pengingat dibuat",
    Action.CAMPAIGN_CHANGED: "pengingat diubah",
    Action.CAMPAIGN_SUBMITTED: "pengingat diajukan",
    Action.CAMPAIGN_RETURNED: "pengingat dikembalikan",
    Action.CAMPAIGN_APPROVED: "pengingat disetujui",
    Action.CAMPAIGN_STARTED: "pengingat dijalankan",
    Action.CAMPAIGN_PAUSED: "pengingat dijeda",
    Action.CAMPAIGN_MOVED: "pengingat mengikuti kalender",
    Action.CAMPAIGN_STOPPED: "pengingat dihentikan",
    Action.CAMPAIGN_SETTLED: "pesan ragu diputuskan",
    Action.CAMPAIGN_TESTED: "pengingat dikirim uji",
    Action.TEMPLATE_SAVED: "templat disimpan",
    Action.TEMPLATE_SUBMITTED: "templat diajukan",
    Action.TEMPLATE_RETURNED: "templat dikembalikan",
    Action.TEMPLATE_APPROVED: "templat disetujui",
    Action.TEMPLATE_RETIRED: "templat dipensiunkan",
    Action.AGENCY_SAVED: "instansi disimpan",
}

STAGES = {
    Stage.BEFORE_CANDIDATES: "Sebelum penetapan calon",
    Stage.CAMPAIGN: "Kampanye",
    Stage.QUIET_PERIOD: "Masa tenang",
    Stage.VOTING_DAY: "Hari pemungutan suara",
    Stage.AFTER_VOTING: "Setelah pemungutan suara",
}

CHANNELS = CHANNEL_NAMES

SET_ASIDE_REASONS = {
    Reason.NOT_JSON: "bukan JSON",
    Reason.TOO_LARGE: "terlalu besar",
    Reason.NO_SHAPE: "bentuknya tidak dikenal",
    Reason.NO_CHAT: "pengirimnya tidak disebut",
    Reason.TOO_OLD: "lebih tua daripada yang masih dikirim ulang platform",
    Reason.UNREADABLE: "tidak bisa dibaca program",
    Reason.FAILED: "gagal dijawab setelah beberapa kali dicoba",
    Reason.SEALED: "tidak bisa dibuka dengan kunci yang ada",
}

OUTCOMES = {
    QuestionOutcome.ANSWERED: "Dijawab",
    QuestionOutcome.CLARIFIED: "Ditawari pilihan topik",
    QuestionOutcome.NOT_KNOWN: "Tidak diketahui",
}

SLOTS = {
    Slot.ROLE: "Peran penanya",
    Slot.STAGE: "Tahapan",
    Slot.ELECTION: "Jenis pemilihan",
    Slot.FAMILY: "Hubungan keluarga dengan calon",
    Slot.MEDIUM: "Tempat atau media",
}

KINDS = {
    DecisionKind.ANSWER: "dijawab",
    DecisionKind.CLARIFY: "topik ditawarkan",
    DecisionKind.FALLBACK: "tidak dijawab",
    DecisionKind.SMALLTALK: "kalimat tetap",
    DecisionKind.REFUSE: "ditolak",
}

ASPECTS = {
    Aspect.ANSWER: "jawaban atau penjelasan",
    Aspect.SANCTION: "sanksi",
    Aspect.LEGAL_BASIS: "dasar hukum",
    Aspect.EXCEPTION: "pengecualian",
    Aspect.VARIANT: "keadaan khusus",
}

DRAFT_STATES = {
    DraftState.WRITING: "sedang ditulis",
    DraftState.SUBMITTED: "menunggu ditinjau",
    DraftState.APPROVED: "disetujui, menunggu tanggalnya",
    DraftState.PUBLISHED: "terbit",
    DraftState.DISCARDED: "dibuang",
}

STATUSES = {
    InstrumentStatus.IN_FORCE: "berlaku",
    InstrumentStatus.AMENDED: "berlaku, sudah diubah",
    InstrumentStatus.REVOKED: "dicabut",
    InstrumentStatus.LAPSED: "berakhir",
}

CERTAINTIES = {
    Certainty.HIGH: "tinggi: sumbernya tegas",
    Certainty.MEDIUM: "sedang: sumbernya belum sepenuhnya tegas",
    Certainty.LOW: "rendah: kami belum yakin penuh",
}

CITATION_ROLES = {CitationRole.BASIS: "dasar hukum", CitationRole.BACKGROUND: "riwayat saja"}

CONSEQUENCES = {
    InstrumentImpact.WITHHELD: "akan ditahan: bot tidak memberikannya lagi",
    InstrumentImpact.STILL_WITHHELD: "tetap ditahan",
    InstrumentImpact.GIVEN_AGAIN: "diberikan lagi oleh bot",
    InstrumentImpact.CHECK: "tetap diberikan; periksa apakah isinya masih tepat",
    InstrumentImpact.HISTORY: "hanya menyebutnya sebagai riwayat; tidak berubah",
}

STANDING = {
    InstrumentImpact.WITHHELD: "ditahan",
    InstrumentImpact.STILL_WITHHELD: "berdiri di atasnya; sedang ditahan",
    InstrumentImpact.GIVEN_AGAIN: "berdiri di atasnya; diberikan",
    InstrumentImpact.CHECK: "berdiri di atasnya; diberikan",
    InstrumentImpact.HISTORY: "hanya menyebutnya sebagai riwayat",
}


def verdict(value: Verdict) -> str:
    """Name a verdict."""
    return texts.VERDICTS[value]


def sanction(kind: SanctionKind) -> str:
    """Name a kind of sanction."""
    return texts.SANCTIONS[kind]


def decimal(value: float) -> str:
    """Write a share as Indonesians do: 0,76."""
    return f"{value:.2f}".replace(".", ",")


def week(day: date) -> str:
    """Name the week of a day by its Monday."""
    return f"pekan {format_date(day - timedelta(days=day.weekday()))}"


def humanise_id(value: str) -> str:
    """Write an id as words: `grup_chat` as "grup chat"."""
    return value.replace("_", " ")


NOTICES = campaign_labels.NOTICES | {
    "keluar": "Anda sudah keluar.",
    "sandi": "Kata sandi sudah diganti. Sesi Anda di perangkat lain diakhiri.",
    "faktor": "Faktor kedua terpasang. Mulai sekarang, setiap masuk perlu kodenya.",
    "pengguna-ditambah": "Pengguna ditambahkan.",
    "pengguna-diubah": "Perubahan pengguna disimpan.",
    "pengguna-disetujui": "Akun disetujui; mulai sekarang bisa memutuskan.",
    "pengguna-nonaktif": "Pengguna dinonaktifkan dan sesinya diakhiri. Bisa diaktifkan lagi kapan saja.",
    "pengguna-aktif": "Pengguna aktif kembali.",
    "draf-simpan": "Draf disimpan. Belum ada yang berubah pada jawaban bot.",
    "draf-pulih": "Draf dari versi lama sudah dibuat. Periksa tanggal dan kutipannya, lalu ajukan.",
    "draf-ajukan": "Draf diajukan. Orang lain dengan peran penyetuju akan membaca dan menerbitkannya.",
    "draf-buang": "Draf dibuang. Jawaban yang terbit tidak berubah.",
    "draf-kembali": "Draf dikembalikan kepada penulisnya.",
    "draf-terbit": "Jawaban terbit. Bot langsung memakainya.",
    "draf-setuju": "Draf disetujui. Jawabannya terbit sendiri pada tanggal mulai berlakunya.",
    "peraturan-ubah": "Status peraturan disimpan. Bot langsung mengikutinya; jawaban yang ditahan ada di bawah.",
    "kalender-simpan": "Kalender disimpan. Bot langsung mengikutinya.",
    "kalender-hapus": "Pemilihan dihapus dari kalender.",
    "label-sebagian": "Sebagian pertanyaan dihapus, karena setelah diperiksa lagi masih mirip data pribadi.",
    "label-buang": "Pertanyaannya dihapus, karena setelah diperiksa lagi masih mirip data pribadi.",
    "label-hapus": "Pertanyaannya dihapus untuk selamanya.",
    "label-urung": "Diurungkan. Pertanyaannya kembali ke daftar.",
    "usulan-gabung": "Usulan selesai: pertanyaannya menjadi contoh topik itu.",
    "usulan-tutup": "Usulan ditutup. Pertanyaan yang masih dalam masa simpan kembali ke daftar.",
    "contoh-hapus": "Contoh dihapus.",
    "faktor-disetel": "Faktor kedua disetel ulang. Pengguna memasangnya lagi saat masuk berikutnya.",
}


def action(value: str) -> str:
    """Name what was done; an unknown one by itself."""
    try:
        return ACTIONS[Action(value)]
    except ValueError:
        return value


def thousands(value: int) -> str:
    """Write a number as Indonesian does: 1.234."""
    return f"{value:,}".replace(",", ".")
