"""Indonesian words for values of ours, and the notices that follow an act."""

from bot.core.accounts import Permission, Role
from bot.core.audit import Action

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
    Role.APPROVER: "menerbitkan jawaban yang ditulis orang lain",
    Role.BROADCASTER: "menyiapkan dan mengirim pengingat",
    Role.ADMIN: "mengelola pengguna dan membaca jejak audit",
}
PERMISSIONS = {
    Permission.VIEW: "melihat",
    Permission.EDIT_GUIDANCE: "menulis jawaban",
    Permission.PUBLISH: "menerbitkan jawaban",
    Permission.BROADCAST: "mengirim pengingat",
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
    Action.USER_CHANGED: "pengguna diubah",
    Action.USER_DISABLED: "pengguna dinonaktifkan",
    Action.USER_ENABLED: "pengguna diaktifkan",
    Action.DRAFT_BEGUN: "draf dimulai",
    Action.DRAFT_SAVED: "draf disimpan",
    Action.DRAFT_SUBMITTED: "draf diajukan",
    Action.DRAFT_RETURNED: "draf dikembalikan",
    Action.DRAFT_DISCARDED: "draf dibuang",
    Action.DRAFT_APPROVED: "draf disetujui",
    Action.GUIDANCE_PUBLISHED: "jawaban diterbitkan",
    Action.INSTRUMENT_CHANGED: "status peraturan diubah",
    Action.CALENDAR_CHANGED: "kalender diubah",
}
NOTICES = {
    "keluar": "Anda sudah keluar.",
    "sandi": "Kata sandi sudah diganti. Sesi Anda di perangkat lain diakhiri.",
    "faktor": "Faktor kedua terpasang. Mulai sekarang, setiap masuk perlu kodenya.",
    "pengguna-ditambah": "Pengguna ditambahkan.",
    "pengguna-diubah": "Perubahan pengguna disimpan.",
    "pengguna-nonaktif": "Pengguna dinonaktifkan dan sesinya diakhiri. Bisa diaktifkan lagi kapan saja.",
    "pengguna-aktif": "Pengguna aktif kembali.",
    "faktor-disetel": "Faktor kedua disetel ulang. Pengguna memasangnya lagi saat masuk berikutnya.",
}


def action(value: str) -> str:
    """Name what was done; an unknown one by itself."""
    try:
        return ACTIONS[Action(value)]
    except ValueError:
        return value
