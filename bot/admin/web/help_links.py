"""Which section of the help belongs to which page."""

from collections.abc import Mapping

from bot.admin.web.gate import PREFIX

SECTIONS: Mapping[str, str] = {
    "": "pantau#ringkasan",
    "/pertanyaan": "pantau#angka",
    "/belum-terjawab": "pertanyaan#membaca",
    "/belum-terjawab/usulan": "pertanyaan#usulan",
    "/belum-terjawab/contoh": "pertanyaan#contoh",
    "/coba": "coba#alasan",
    "/jawaban": "jawaban#dua-orang",
    "/draf": "jawaban#dua-orang",
    "/tinjau": "peraturan#tinjau",
    "/peraturan": "peraturan#mencabut",
    "/kalender": "kalender#mengisi",
    "/pengingat": "pengingat#menyiapkan",
    "/templat": "pengingat#menyiapkan",
    "/pelanggan": "pengingat#siapa",
    "/instansi": "pengingat#instansi",
    "/whatsapp": "pengingat#whatsapp",
    "/pengguna": "pengguna#menambah",
    "/jejak": "pengguna#jejak",
    "/kata-sandi": "akun#kata-sandi",
}
"""A page below /admin, and all below it, to a section below /bantuan; the first page alone."""


def help_for(path: str) -> str | None:
    """Return the section for a page by its whole path, None where there is none."""
    own = path.removeprefix(PREFIX)
    if own == "":
        return SECTIONS[""]
    fitting = [page for page in SECTIONS if page and (own == page or own.startswith(f"{page}/"))]
    return SECTIONS[max(fitting, key=len)] if fitting else None
