"""Which passwords may be used: long enough, not what others guess first, not the user's or the field's own words."""

from collections.abc import Sequence
from dataclasses import dataclass

MIN_PASSWORD = 12
MAX_PASSWORD = 256
"""Characters; a longer one only costs time to hash."""
MIN_GUESSES = 10**10
"""Tries until it is guessed; from here on zxcvbn calls a password very unguessable."""
MIN_WITH_KNOWN_WORD = 10**14
"""The same for one that holds a word of this field or of the user, which whoever attacks this service tries first."""
ADVICE = "Pakai empat kata acak yang tidak berhubungan, misalnya nama benda di sekitar Anda."
_FIELD = """
asn pns pppk bawaslu panwaslu panwascam kpu kpud dkpp kasn bkn bkd bkpsdm kemenpan menpan menpanrb kemendagri ppid
inspektorat korpri sekda setda diskominfo kominfo dinas badan kementerian lembaga instansi pemda pemkot pemkab pemprov
provinsi kabupaten kota kecamatan kelurahan desa camat lurah bupati walikota gubernur pegawai negeri sipil aparatur
negara netral netralitas sinetral pemilu pilkada pilpres pileg pilgub pilwali pilkades kampanye paslon calon presiden
partai politik suara coblos pantarlih kpps ppk pps tps dpr dprd dpd kpk bpk mendagri menteri sekretariat sekretaris
kepala bidang umum kepegawaian pengawas pemilihan pilihan pilih berakhlak
"""
_COMMON = """
indonesia merdeka garuda pancasila nusantara bhinneka jaya rahasia sandi katasandi admin administrator pengelola kurator
penyetuju penyiar bismillah alhamdulillah allah sayang sayangku cinta cintaku bunda ayah ibu bapak mama papa anak anakku
keluarga bahagia sukses semangat selalu aku kamu saya kita bisa hebat mantap masuk kantor senin selasa rabu kamis jumat
sabtu minggu januari februari maret april mei juni juli agustus september oktober november desember jakarta bandung
surabaya semarang medan makassar palembang denpasar bali jawa barat timur tengah utara selatan sumatera sumatra
kalimantan sulawesi papua maluku aceh riau jambi lampung banten bengkulu gorontalo yogyakarta jogja jogjakarta bogor
depok bekasi tangerang malang solo ambon kupang manado padang pontianak mataram ntb ntt satu dua tiga empat lima qwerty
password passw0rd welcome selamat pagi siang terima kasih ganti bebas
"""
FIELD_WORDS = frozenset(_FIELD.split())
"""Words of elections and of the civil service."""
COMMON_WORDS = frozenset(_COMMON.split())
"""What Indonesians take most often; English ones are in zxcvbn's own lists."""


@dataclass(frozen=True, kw_only=True)
class Strength:
    """What a judge of passwords says."""

    guesses: float
    known: str | None
    """A word of ours in it, as typed; None when it holds none."""
    common: str | None
    """Another word or row of keys that many take, as typed."""


def form_problem(password: str, user_name: str) -> str | None:
    """Say in Indonesian what is wrong with the form of a new password, None when nothing is.

    Source: NIST SP 800-63B, section 5.1.1.2: length counts, rules about kinds of characters do not help.
    """
    if len(password) < MIN_PASSWORD:
        return f"Kata sandi paling sedikit {MIN_PASSWORD} karakter. Beberapa kata acak mudah diingat."
    if len(password) > MAX_PASSWORD:
        return f"Kata sandi paling panjang {MAX_PASSWORD} karakter."
    if user_name.lower() in password.lower():
        return "Kata sandi jangan memuat nama pengguna."
    if len(set(password)) < MIN_PASSWORD // 2:
        return "Kata sandi terlalu berulang. Pakai lebih banyak huruf yang berbeda."
    return None


def strength_problem(strength: Strength) -> str | None:
    """Say in Indonesian why a password is guessed too soon, None when it may be used.

    Source: NIST SP 800-63B, section 5.1.1.2: compare with lists of common passwords, dictionary words, rows of
    characters, and words of the context.
    """
    if strength.known is not None and strength.guesses < MIN_WITH_KNOWN_WORD:
        return f"Kata sandi ini mudah ditebak karena memuat “{strength.known}”. {ADVICE}"
    if strength.guesses >= MIN_GUESSES:
        return None
    if strength.common is not None:
        return f"Kata sandi ini mudah ditebak: “{strength.common}” termasuk yang paling sering dipakai orang. {ADVICE}"
    return f"Kata sandi ini terlalu mudah ditebak. {ADVICE}"


def own_words(*texts: str) -> Sequence[str]:
    """Return the words of names, of an agency: what others know of a user and try first."""
    folded = [text.lower() for text in texts if text]
    words = [word for text in folded for word in "".join(c if c.isalnum() else " " for c in text).split()]
    joined = ["".join(c for c in text if c.isalnum()) for text in folded]
    return [word for word in dict.fromkeys((*words, *joined)) if len(word) >= 3]
