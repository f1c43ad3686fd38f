"""Generates Indonesian sentences as civil servants write them, and says what in each is personal and what is law.

The names and forms were written for this file alone, without a look at the lists and patterns of the masking.
"""

# ruff: noqa: E501, SIM905 (tables of forms and names are read by the line)

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

SEED = 20_261_125
PER_FORMAT = 11
"""Sentences of every form of every identifier."""
NAME_SENTENCES = 2_300
LAW_SENTENCES = 700


class Secret(StrEnum):
    """A kind of structured identifier."""

    NIP = "nip"
    NIK = "nik"
    NPWP = "npwp"
    PHONE = "phone"
    EMAIL = "email"
    URL = "url"
    HANDLE = "handle"
    ACCOUNT = "account"
    PLATE = "plate"
    LETTER = "letter"
    BIRTH_DATE = "birth date"
    ADDRESS = "address"


@dataclass(frozen=True, kw_only=True)
class Span:
    """One marked piece of a sentence."""

    start: int
    end: int
    kind: str
    """Of an identifier its `Secret`, of a name its region, of a citation `law`."""
    form: str
    """Which format, carrier or law."""


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """One sentence and what stands in it."""

    text: str
    identifiers: tuple[Span, ...]
    names: tuple[Span, ...]
    citations: tuple[Span, ...]

    def of(self, span: Span) -> str:
        """Return the text of a span."""
        return self.text[span.start : span.end]


# Names: given names first, then family, clan and second names ----------------------------------------------------

GIVEN = {
    "jawa": "Sutrisno Sugeng Slamet Wahyuni Sulastri Sumiyati Partini Tukiman Suparman Sarjono Mulyono Haryanto "
    "Widodo Sri Endang Sukesi Sudarsono Bambang Joko Eko Dwi Tri Purnomo Kasmirah Ngatini Paijo Giyarti",
    "sunda": "Asep Dadang Ujang Cecep Iis Euis Neneng Tatang Yayan Aceng Entin Nenden Kokom Dede Iwan Ujeng Encep "
    "Atang Rukmini Eneng",
    "batak": "Tigor Poltak Togar Parlindungan Ucok Saur Tiurma Rosmaida Marulak Binsar Ruhut Lamhot Hotman Jonggi Tumpal",
    "minang": "Syafrizal Yusrizal Nasrul Ermawati Yuliarni Zulfahmi Desrizal Afrizal Upik Erlina Irwandi Zulhendri",
    "aceh": "Teuku Cut Nurdin Munawar Zulkarnain Muzakir Fakhrurrazi Nurlaila Safriadi Mukhlis",
    "melayu": "Tengku Raja Syahrial Azmi Rosnah Zainab Ridwan Hamidah Mahyudin Saparuddin",
    "betawi": "Mamat Rojali Sanusi Rodiah Rohaya Naim Marhali Sabeni",
    "bali": "Wayan Made Nyoman Ketut Putu Komang Kadek Gede Luh Ngurah Dewa Gusti",
    "bugis": "Baso Ambo Besse Tenri Sitti Hasanuddin Mappanyukki Nurhayati Syamsuddin Rosmini Jumriani",
    "makassar": "Syahrul Kaharuddin Saharuddin Sanrima Tajuddin Nurbaya",
    "toraja": "Yohanis Marthen Damaris Bertha Yunus Markus",
    "minahasa": "Jantje Meity Denny Herling Fenny Stenly Novry Deisy Olga Vonny",
    "maluku": "Jopie Melkianus Semuel Fransina Ongen Welmina Petrus",
    "papua": "Yance Melianus Agustina Otniel Nataniel Yakoba Benyamin Demianus Elisa",
    "ntt": "Yoseph Maria Fransiskus Kristina Gregorius Adelheid Dominikus Yustina Emanuel Blasius",
    "banjar": "Syarifudin Rahmadi Noorhayati Rusmini Ahmadi Mastura",
    "dayak": "Yansen Silvanus Tiwi Herculanus Barnabas Marselina",
    "tionghoa": "Hendra Liliana Susanto Meiliana Erwin Yenny Kevin Sherly Steven Fransisca",
    "arab": "Abdullah Muhammad Ahmad Fatimah Aisyah Khadijah Zainal Salim Alwi Hasan Umar Faisal",
    "sasak": "Lalu Baiq Zulkifli Sahnan Mahrip Hultatang",
    "lampung": "Riduwan Alfian Sopian Herlina Fadlun",
    "nias": "Faigi Yasato Ododogo Sadarwati",
    "masa kini": "Budi Agus Dewi Rina Andi Fitri Rudi Yanti Dian Nur Dedi Lina Rizky Fajri Dimas Nabila Putri Rafi "
    "Alif Galih Bagas Vina Tiara Reza Ilham Yoga Novi Ririn Wati Hesti Anisa Siti Rahmat Taufik Hidayat Imam Lukman "
    "Irfan Yusuf Arif Aditya Ratna Maya Susi Evi Yuni Wulandari Novita Marlina Suryani Rohmah",
}
FAMILY = {
    "jawa": "Santoso Prasetyo Wibowo Nugroho Kusumo Susilo Hartono Setiawan Suryanto Handoyo Pranoto Subagyo Raharjo "
    "Sulistyo Wicaksono Utomo Saputro Rahayu Lestari Astuti",
    "sunda": "Suhendar Sutisna Kartawijaya Sudrajat Rohendi Nurjaman Kurniasih Hermawan Permana Gunawan Suryana",
    "batak": "Simanjuntak Hutagalung Siregar Nasution Situmorang Panjaitan Sinaga Lubis Harahap Pasaribu Tampubolon "
    "Manurung Ginting Sembiring Tarigan Hutapea Silalahi Sitorus Nainggolan Purba Marpaung",
    "minang": "Chaniago Koto Piliang Tanjung Sikumbang Jambak",
    "aceh": "Meuraxa Ibrahim Daud Yunus Abubakar",
    "melayu": "Daulay Syarif Hamzah Effendi",
    "betawi": "Sabenih Mursalin Nawi Madali",
    "bali": "Sudiarta Suardana Artawan Wirawan Sukerti Adnyana Suastika Mahendra Widiasa Sukadana",
    "bugis": "Latief Mappatunru Parenrengi Rasyid Tahir Mattalatta",
    "makassar": "Limpo Bonto Karaeng Manggau Sirua",
    "toraja": "Rantetana Pasinggi Sarungallo Pongtiku Tandilintin",
    "minahasa": "Lumentut Wowor Rumengan Mandagi Tumbelaka Kaunang Sondakh Pangemanan Runtuwene Lengkong",
    "maluku": "Pattiasina Latuconsina Tuasikal Sahetapy Leatemia Wattimena Siahaya Manuputty",
    "papua": "Wonda Kogoya Rumbiak Yoku Kambu Mofu Wanggai Tabuni Asso Mansoben",
    "ntt": "Nggili Lamabelawa Bria Seran Taolin Djawa Hurint Kleden Bere",
    "banjar": "Noor Syahrani Arsyad Fauzi",
    "dayak": "Djuang Ngabang Lampang Bahen Usop",
    "tionghoa": "Wijaya Halim Tanuwijaya Gunadi Hartanto Lim Kurniawan",
    "arab": "Assegaf Alatas Shihab Basalamah Alhabsyi Bawazier",
    "sasak": "Wirajaya Hamdi Wildan",
    "lampung": "Basri Mega Zulkarnaen",
    "nias": "Zebua Telaumbanua Harefa Gulo Laoli Zega",
    "masa kini": "Pratama Ramadhan Hidayat Kurniawan Saputra Firmansyah Maulana Anggraini Puspita Wulandari Safitri "
    "Oktaviani Fadillah Nurhasanah Handayani Susanti",
}
WORDS_TOO = "Bunga Indah Agung Bayu Wulan Cahaya Mawar Melati Bintang Sinar Jaya Mulia Kartika Mega Fajar Guntur"
"""Names that are ordinary words too; they stand only where the sentence says person."""
COMMON = frozenset(
    "bunga indah agung surya bayu wulan cahaya mawar melati bintang sinar jaya mulia kartika mega fajar guntur raja "
    "dewa gusti lalu cut tri dwi eko sri iman imam umar nur noor salim putri putra maya dian tiara elisa made luh "
    "koto tanjung daud lampang mahendra sarungallo bere kleden djawa lim dede yoga lestari rahayu hidayat utomo".split()
)
"""Tokens that also stand in ordinary text; the search of bytes cannot tell."""
PARTICLES = frozenset("bin binti h hj dr drs ir kh s m si sos pd kom".split())

# fmt: off
# Identifiers: what stands in << >> is personal ------------------------------------------------------------------

_NIP_FORMS = [
    "NIP <<{b}{e}{s}{n}>>", "nip <<{b} {e} {s} {n}>>", "NIP. <<{b} {e} {s} {n}>>", "NIP: <<{b}{e}{s}{n}>>",
    "nip saya <<{b}{e}{s}{n}>>", "nip sy <<{b} {e} {s} {n}>>", "NIP.<<{b}.{e}.{s}.{n}>>", "NIP <<{b}-{e}-{s}-{n}>>",
    "nomor induk pegawai <<{b}{e}{s}{n}>>", "(<<{b}{e}{s}{n}>>)", "nip=<<{b}{e}{s}{n}>>", "NIP baru <<{b}{e}{s}{n}>>",
    "<<{b} {e} {s} {n}>>", "pegawai <<{b}{e}{s}{n}>>", "NIP/NRP <<{b}{e}{s}{n}>>", "nipnya <<{b}{e} {s}{n}>>",
    "NIP : <<{b} {e}{s}{n}>>", "nip ku <<{b}{e}{s}{n}>>", "id <<{b}{e}{s}{n}>>", "NIP <<{b} / {e} / {s} / {n}>>",
]
_NIK_FORMS = [
    "NIK <<{r}{d}{q}>>", "nik <<{r} {d} {q}>>", "NIK: <<{r}{d}{q}>>", "no ktp <<{r}{d}{q}>>", "KTP <<{r}{d}{q}>>",
    "nomor KTP saya <<{r}{d}{q}>>", "nik saya <<{r}{d}{q}>>", "<<{r}{d}{q}>>", "NIK.<<{r}.{d}.{q}>>",
    "nik=<<{r}{d}{q}>>", "nik nya <<{r}-{d}-{q}>>", "No. KTP: <<{r}{d}{q}>>", "dicatut NIK <<{r}{d}{q}>>",
    "e-ktp <<{r}{d}{q}>>", "(NIK <<{r}{d}{q}>>)", "nomor induk kependudukan <<{r}{d}{q}>>", "nik: <<{r} {d} {q}>>",
    "NIK <<{g1} {g2} {g3} {g4}>>", "no.ktp <<{g1}-{g2}-{g3}-{g4}>>", "nomor kk <<{r}{d}{q}>>",
]
_NPWP_FORMS = [
    "NPWP <<{a}.{b}.{c}.{k}-{o}.{t}>>", "npwp <<{a}{b}{c}{k}{o}{t}>>", "NPWP: <<{a}.{b}.{c}.{k}-{o}.{t}>>",
    "<<{a}.{b}.{c}.{k}-{o}.{t}>>", "npwp saya <<{a}{b}{c}{k}{o}{t}>>", "no npwp <<{a}.{b}.{c}.{k}-{o}.{t}>>",
    "NPWP. <<{a}.{b}.{c}.{k}.{o}.{t}>>", "npwp <<{a} {b} {c} {k} {o} {t}>>", "nomor NPWP <<{a}{b}{c}{k}{o}{t}>>",
    "NPWP <<0{a}{b}{c}{k}{o}{t}>>", "npwpnya <<{a}.{b}.{c}.{k}-{o}.{t}>>", "NPWP <<{a}{b}{c}{k}-{o}{t}>>",
    "(npwp <<{a}.{b}.{c}.{k}-{o}.{t}>>)", "npwp=<<{a}{b}{c}{k}{o}{t}>>", "npwp 16 digit <<0{a}{b}{c}{k}{o}{t}>>",
    "NPWP bendahara <<{a}.{b}.{c}.{k}-{o}.{t}>>", "npwp: <<{a}-{b}-{c}-{k}-{o}-{t}>>", "pajak <<{a}.{b}.{c}.{k}-{o}.{t}>>",
    "wajib pajak <<{a}{b}{c}{k}{o}{t}>>", "npwp beliau <<{a}.{b}.{c}.{k}-{o}.{t}>>",
]
_PHONE_FORMS = [
    "<<08{p}{x}{y}>>", "hp <<08{p}-{x}-{y}>>", "wa <<+628{p}{x}{y}>>", "WA: <<+62 8{p}-{x}-{y}>>", "<<628{p}{x}{y}>>",
    "hubungi <<08{p} {x} {y}>>", "nomor saya <<08{p}.{x}.{y}>>", "telp <<(0{k}) {z}>>", "telepon <<0{k}-{z}>>",
    "no hp: <<08{p}{x}{y}>>", "wa.<<08{p}{x}{y}>>", "gopay <<08{p}{x}{y}>>", "ovo <<08{p}-{x}-{y}>>",
    "dana <<08{p}{x}{y}>>", "<<+62-8{p}-{x}-{y}>>", "nohp<<08{p}{x}{y}>>", "kontak <<8{p}{x}{y}>>",
    "<<08{p} - {x} - {y}>>", "whatsapp <<(+62) 8{p} {x} {y}>>", "call <<0 8 {sp}>>",
]
_EMAIL_FORMS = [
    "<<{u}@gmail.com>>", "email <<{u}@yahoo.co.id>>", "surel <<{u}@kemenkeu.go.id>>", "<<{u}(at)gmail.com>>",
    "<<{u} at gmail dot com>>", "<<{u}[at]gmail[dot]com>>", "email: <<{u}.{m}@outlook.com>>", "<<{u}_{m}@bkn.go.id>>",
    "<<{u}{m}@ui.ac.id>>", "<<{u}+asn@gmail.com>>", "e-mail <<{u} @ gmail.com>>", "<<{u}@pemda-x.go.id>>",
    "<<{u} (at) yahoo (dot) com>>", "email sy <<{U}@Gmail.Com>>", "kirim ke <<{u}@sch.id>>", "<<{u}-{m}@protonmail.com>>",
    "<<{u} [at] gmail.com>>", "<mailto:<<{u}@gmail.com>>>", "emailnya <<{u}@mail.jatengprov.go.id>>", "<<{u}@desa.id>>,",
]
_URL_FORMS = [
    "<<https://www.facebook.com/{u}/posts/{m}>>", "<<http://instagram.com/{u}>>", "<<www.{u}.com>>", "<<fb.com/{u}>>",
    "<<t.me/{u}>>", "<<https://t.me/{u}>>", "<<bit.ly/{u}>>", "<<https://twitter.com/{u}/status/{m}>>", "<<x.com/{u}>>",
    "<<https://youtu.be/{u}>>", "link <<tiktok.com/@{u}>>", "<<https://drive.google.com/file/d/{u}{m}>>",
    "<<wa.me/628{p}{x}{y}>>", "<<https://chat.whatsapp.com/{u}{m}>>", "<<linkedin.com/in/{u}>>", "<<s.id/{u}>>",
    "<<https://forms.gle/{u}>>", "<<{u}.blogspot.com>>", "(<<https://{u}.wordpress.com/2024/02/>>)", "<<HTTPS://FB.COM/{u}>>",
]
_HANDLE_FORMS = [
    "<<@{u}>>", "ig <<@{u}>>", "IG: <<{u}>>", "akun <<@{u}_{m}>>", "twitter <<@{u}>>", "telegram <<@{u}>>",
    "tiktok: <<{u}.{m}>>", "ig saya: <<{u}>>", "instagram <<@{u}.{m}>>", "fb: <<{u}>>", "akun ig <<{u}_{m}>>",
    "username <<{u}{m}>>", "threads <<@{u}>>", "ig nya <<@{u}__>>", "X <<@{u}{m}>>", "(<<@{u}>>)", "akun: <<{u}.{m}>>",
    "line: <<{u}>>", "user <<@{u}>>,", "via <<@{u}bot>>",
]
_ACCOUNT_FORMS = [
    "BCA <<{v}>>", "rekening BRI <<{w}>>", "no rek <<{v}>>", "norek <<{v}>>", "rek. Mandiri <<{w}>>", "BNI <<{v}>>",
    "nomor rekening <<{v}>>", "rekening saya <<{v}>>", "transfer ke <<{v}>>", "tf ke BCA <<{v}>>", "Bank Jatim <<{v}>>",
    "BSI a/n saya <<{v}>>", "bri <<{w1}-{w2}-{w3}>>", "mandiri <<{g1} {g2} {g3} {g4}>>", "va <<{w}>>", "rek BTN: <<{v}>>",
    "BPD DIY <<{v}>>", "no. rekening: <<{v1}.{v2}.{v3}>>", "rekeningnya <<{v}>>", "bank bjb nomor <<{v}>>",
]
_PLATE_FORMS = [
    "<<{R} {i} {L}>>", "mobil <<{R}{i}{L}>>", "plat <<{R} {i} {L}>>", "nopol <<{R} {i} {L}>>", "motor <<{R}-{i}-{L}>>",
    "mobil dinas <<{R} {i} {L}>>", "plat merah <<{R} {i} {L}>>", "nopol: <<{R}{i}{L}>>", "avanza <<{R} {i} {L}>>",
    "(<<{R} {i} {L}>>)", "no polisi <<{R} {i} {L}>>", "plat nomor <<{R} {i} {L}>>", "kendaraan <<{R} {i} {L}>>",
    "innova <<{R} {i} {L}>> hitam", "nomor polisi <<{R}.{i}.{L}>>", "bernopol <<{R} {i} {L}>>", "plat nya <<{R} {i} {L}>>",
    "truk <<{R} {i} {L}>>", "plat <<{R}{i}{L}>>", "TNKB <<{R} {i} {L}>>",
]
_LETTER_FORMS = [
    "surat nomor <<{i}/{j}/BKPSDM/{yr}>>", "SK <<{i}.{j}/KEP/BKD/{yr}>>", "<<B-{i}/KS.00/{ro}/{yr}>>",
    "ND-<<{i}/WPJ.{j}/{yr}>>", "surat tugas <<ST/{i}/{ro}/{yr}>>", "SPT nomor <<{i}/SPT/DINKES/{yr}>>",
    "undangan no <<{i}/UND/{ro}/{yr}>>", "surat <<005/{i}/Sekret/{yr}>>", "nota dinas <<{i}/ND/{j}/{yr}>>",
    "no surat <<800/{i}/{j}/{yr}>>", "SK nomor <<821.2/{i}/BKD/{yr}>>", "LP/<<{i}/{ro}/{yr}/SPKT>>",
    "laporan <<{i}/LP/PW/Kab/{j}.{j}/{ro}/{yr}>>", "Nomor: <<{i}/PAN.MK/e-AP3/{j}/{yr}>>", "surat <<S-{i}/MK.{j}/{yr}>>",
    "surat panggilan <<{i}/K.JI-{j}/PM.00/{ro}/{yr}>>", "sprint/<<{i}/{ro}/HUK/{yr}>>", "berita acara nomor <<{i}/BA/{ro}/{yr}>>",
    "memo nomor <<M-{i}/{ro}/{yr}>>", "register <<{i}/REG/LP/{yr}>>",
]
_BIRTH_FORMS = [
    "lahir <<{d} {M} {y}>>", "lahir tanggal <<{d}-{mm}-{y}>>", "tgl lahir <<{d}/{mm}/{y}>>", "TTL: {K}, <<{d} {M} {y}>>",
    "lahir di {K}, <<{d} {M} {y}>>", "ttl {K} <<{d}-{mm}-{y}>>", "tanggal lahir saya <<{d} {M} {y}>>",
    "lahir <<{d}.{mm}.{y}>>", "kelahiran <<{d} {M} {y}>>", "lahir pada <<{d} {M} {y}>>", "lahir tgl <<{d} {s3} {y}>>",
    "lahir <<{y}-{mm}-{dd}>>", "tempat/tgl lahir: {K}, <<{dd}-{mm}-{y}>>", "lhr <<{d}/{mm}/{y2}>>", "lahir di {K} <<{d}/{mm}/{y}>>",
    "tgl lhr <<{dd}{mm}{y}>>", "ultah <<{d} {M} {y}>>", "tanggal lahir: <<{dd} {mm} {y}>>", "Tgl. Lahir : <<{d} {M} {y}>>",
    "lahirnya <<{d} {M} {y}>>",
]
_ADDRESS_FORMS = [
    "Jl. <<{S} No. {h}>>", "jalan <<{S} no {h}>>", "Jln <<{S} {h}>>", "jl <<{S} no.{h}>>", "Jl. <<{S} Raya No. {h}>>",
    "<<RT {t2} RW {w2}>>", "<<RT.{t2}/RW.{w2}>>", "<<rt {t2}/{w2}>>", "Jl <<{S} Gg. {S2} No {h}>>", "Jl. <<{S} Blok C No. {h}>>",
    "Jl. <<{S} No. {h} RT {t2}/RW {w2}>>", "gang <<{S} no {h}>>", "Gg <<{S} {h}>>", "Blok <<D{h}/{t2}>>", "blok <<B no {h}>>",
    "Perum {S} Indah Blok <<F{h} No {t2}>>", "Jalan <<{S} Nomor {h}>>", "Jl. Raya <<{S} Km {h}>>", "JL. <<{S} NO {h}>>",
    "alamat jl <<{S} no {h} rt {t2} rw {w2}>>",
]
# fmt: on
FORMS: dict[Secret, list[str]] = {
    Secret.NIP: _NIP_FORMS,
    Secret.NIK: _NIK_FORMS,
    Secret.NPWP: _NPWP_FORMS,
    Secret.PHONE: _PHONE_FORMS,
    Secret.EMAIL: _EMAIL_FORMS,
    Secret.URL: _URL_FORMS,
    Secret.HANDLE: _HANDLE_FORMS,
    Secret.ACCOUNT: _ACCOUNT_FORMS,
    Secret.PLATE: _PLATE_FORMS,
    Secret.LETTER: _LETTER_FORMS,
    Secret.BIRTH_DATE: _BIRTH_FORMS,
    Secret.ADDRESS: _ADDRESS_FORMS,
}
_MONTHS = "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember".split()
_SHORT_MONTHS = "Jan Feb Mar Apr Mei Jun Jul Agu Sep Okt Nov Des".split()
_CITIES = "Sleman Garut Sibolga Maros Kupang Tomohon Sorong Bireuen Solok Gianyar Ngawi Cirebon".split()
_STREETS = "Kenanga Diponegoro Veteran Cempaka Pattimura Anggrek Merpati Sudirman Teratai Gatot Ahmad Kartini".split()
_USERS = (
    "kresnadwp tiurmasiagi ekosulis7 ratnakmbg yusrizalpdg nyomanart wowordenny mofuyance fauzibjm zebuafai".split()
)
_REGIONS = "B D AB AD AE BK BA DD DB PA KT L N W DK DH".split()

# fmt: off
# Law: must survive whole ----------------------------------------------------------------------------------------

LAWS = [
    "UU 20 Tahun 2023", "UU No. 20 Tahun 2023", "Undang-Undang Nomor 20 Tahun 2023", "UU 20/2023", "uu asn no 20 th 2023",
    "UU Nomor 7 Tahun 2017", "UU 7/2017 Pasal 280 ayat (3)", "UU Pemilu Nomor 7 Tahun 2017", "UU 10 Tahun 2016",
    "Pasal 71 ayat (2)", "pasal 71 ayat 2", "Pasal 9 ayat (2) UU 20 Tahun 2023", "ps 70 ayat (1) huruf b",
    "Pasal 280 ayat (2) huruf f", "Pasal 494", "pasal 188 jo pasal 71", "PP 94 Tahun 2021", "PP Nomor 94 Tahun 2021",
    "PP No 94/2021 Pasal 5 huruf n", "PP 42 Tahun 2004", "PP 53/2010", "PP 49 Tahun 2018", "Putusan MK 136/PUU-XXII/2024",
    "Putusan MK Nomor 136/PUU-XXII/2024", "putusan MK no. 60/PUU-XXII/2024", "SKB 5 Menteri 2022", "SKB Netralitas 2022",
    "SKB Nomor 2 Tahun 2022", "SKB Nomor 800-5474 Tahun 2022", "SKB No. 1447.1/PM.01/K.1/09/2022",
    "SE Menpan RB No. 18 Tahun 2023", "Surat Edaran Nomor 1 Tahun 2023", "SE KASN No 3/2023", "Perbawaslu 6 Tahun 2018",
    "Perbawaslu Nomor 6 Tahun 2018", "PKPU 13 Tahun 2024", "PKPU No 15 Tahun 2023", "Permendagri 18 Tahun 2020",
    "Perpres 94 Tahun 2021", "UU 27 Tahun 2022", "Perka BKN 6 Tahun 2022", "Peraturan BKN Nomor 6 Tahun 2022",
    "Kepmen PANRB 1 Tahun 2023", "Perpu 1 Tahun 2022", "UUD 1945 Pasal 28", "UU Desa No. 6 Tahun 2014 Pasal 29 huruf g",
    "Lampiran II angka 3", "Pasal 24 ayat (1) huruf d UU ASN", "Pasal 2 huruf f", "KUHP Pasal 523",
]

# Sentences: {N} a name the sentence introduces, {B} a name that nothing introduces, {I} an identifier, {C} a law -----

NAME_CARRIERS = [
    "nama saya {N}, boleh ga ikut kampanye?", "Nama saya {N}. Apakah PPPK boleh menjadi saksi partai?",
    "Perkenalkan, saya {N} dari Dinas Kesehatan, mau bertanya soal cuti kampanye.", "Pak {N} nyuruh kami pasang baliho",
    "bu {N} minta semua staf like postingan calon", "Bapak {N} selaku camat mengajak kami hadir deklarasi.",
    "Ibu {N} bilang netral itu cuma formalitas", "Bang {N} ngajak foto dua jari, gimana?", "mas {N} itu tim sukses bukan sih",
    "mbak {N} sudah share link kampanye di grup kantor", "Kang {N} ngajak hadir di acara partai", "Uda {N} maju jadi calon wali nagari",
    "Daeng {N} minta dukungan kita", "teh {N} bagi-bagi kaos di kantor kelurahan", "saya dukung calon {N}, boleh ga bilang di fb?",
    "boleh foto sama calon bupati {N}?", "kepala dinas kami {N} minta nomor pemilih keluarga", "atasan saya {N} maksa ikut kampanye",
    "a.n. {N} mohon penjelasan sanksi disiplin", "atas nama {N}, saya mengadukan pelanggaran netralitas",
    "Kepala Sekolah {N} menyuruh guru pakai kaos merah", "pak camat {N} kampanye terselubung, lapor ke mana?",
    "sekda {N} memutasi saya karena tidak dukung", "Dr. {N}, M.Si. menjadi juru kampanye, apakah boleh?",
    "Bupati {N} datang ke kantor bawa stiker", "teman saya {N} ikut caleg, saya boleh bantu?", "suami saya {N} caleg, saya harus bagaimana?",
    "istri saya bernama {N} ikut nyaleg dpr", "kades {N} bagi sembako dari paslon", "lurah {N} arahin warga pilih nomor satu",
    "H. {N} mengundang kami makan malam dengan paslon", "Hj. {N} itu istri calon, boleh saya temani?", "bos gue {N} nyuruh coblos jagoannya",
    "rekan kerja saya {N} jadi admin grup relawan", "Yth. Bapak {N}, apakah kami wajib hadir di apel itu?",
    "Salam hormat, {N}. Mohon arahan mengenai netralitas.", "om {N} minta aku jadi saksi TPS, boleh gak", "Gubernur {N} cuti kampanye, kami ikut libur?",
    "pejabat bernama {N} pakai mobil dinas ke kampanye", "calon wakil walikota {N} itu paman saya", "dokter {N} di RSUD bagikan brosur partai",
    "pak {N} dan bu {N} sama-sama ASN tapi beda pilihan", "dipanggil pak {N} lalu disuruh tanda tangan dukungan",
    "ustadz {N} ceramah sambil kampanye, saya panitianya", "ketua RT kami pak {N} jadi tim sukses",
    "panggil saja {N}, saya PPPK paruh waktu, boleh ikut partai?", "Kabid {N} minta iuran buat paslon", "ibu kepala puskesmas {N} bikin status dukung calon",
]
BARE_CARRIERS = [
    "kemarin {B} nyuruh aku like postingan itu", "{B} ngajak kami ke kampanye, boleh?", "Apakah {B} melanggar kalau pasang stiker di mobil?",
    "gw sama {B} disuruh jaga posko", "laporan soal {B} sudah masuk bawaslu belum ya", "disuruh {B} bagi kaos ke warga",
    "si {B} kampanye terus di grup wa", "{B} itu PNS tapi ikut partai, sanksinya apa?", "kata {B} boleh asal di luar jam kerja, bener gak?",
    "saya dan {B} difoto waktu acara relawan", "Kalau {B} menang, kami dijanjikan jabatan.", "{B} posting dukungan di facebook, perlu dilaporkan?",
]
IDENTIFIER_CARRIERS = [
    "{I}, boleh ikut kampanye ga?", "Mohon dicek, {I}, apakah terdaftar sebagai anggota partai?", "tolong ya min {I} saya mau tanya netralitas",
    "Sesuai {I}, apakah saya boleh hadir di acara deklarasi?", "ini {I} buat dihubungi soal pelanggaran netralitas", "saya PPPK {I} mau lapor atasan",
    "Dengan hormat, {I}. Mohon penjelasan {C}.", "data saya {I} kok dipakai partai?", "kata panitia kirim ke {I} dulu baru dapat kaos",
    "pak {N} {I} minta dukungan calon", "bu {N}, {I}, ikut tim sukses", "nama saya {N}, {I}, apakah saya melanggar {C}?",
    "gimana kalau {I} itu dipakai kampanye?", "lapor: {I} dipakai untuk sosialisasi caleg", "Saudara {N} dengan {I} diduga melanggar {C}.",
    "ada foto di {I} yang nunjukin dua jari", "boleh ga min? {I}", "klo {I} gmn, kena sanksi?",
]
LAW_CARRIERS = [
    "apa isi {C}?", "Apakah {C} masih berlaku?", "menurut {C} boleh ga foto sama calon", "kena {C} ga kalo cuma like?",
    "Mohon penjelasan {C} tentang netralitas ASN.", "bedanya {C} sama {C} apa?", "di {C} disebut apa soal PPPK?", "sesuai {C}, sanksinya apa",
    "{C} itu tentang apa sih", "Berdasarkan {C} dan {C}, apakah ASN boleh mendukung istri?", "pak {N} bilang {C} sudah dicabut, betul?",
    "dasar hukumnya {C} kan?", "saya baca {C} tapi bingung", "Apakah melanggar {C} bila hadir di kampanye?", "atasan bilang {C} ga berlaku buat PPPK",
]

# fmt: on


def corpus(seed: int = SEED) -> list[Sentence]:
    """Generate the sentences, the same for the same seed."""
    chance = random.Random(seed)
    made = [*_identifier_sentences(chance), *_name_sentences(chance), *_law_sentences(chance)]
    chance.shuffle(made)
    return made


def region_names() -> set[str]:
    """Return every given and family name that is a name and nothing else."""
    return {word for words in (*GIVEN.values(), *FAMILY.values()) for word in words.split()}


def _identifier_sentences(chance: random.Random) -> Iterator[Sentence]:
    for secret, forms in FORMS.items():
        for number, form in enumerate(forms):
            for _ in range(PER_FORMAT):
                phrase = _filled(form, chance)
                yield _sentence(chance.choice(IDENTIFIER_CARRIERS), chance, phrase, f"{secret.value}|{number} {form}")


def _name_sentences(chance: random.Random) -> Iterator[Sentence]:
    carriers = NAME_CARRIERS * 3 + BARE_CARRIERS * 2
    for number in range(NAME_SENTENCES):
        yield _sentence(carriers[number % len(carriers)], chance)


def _law_sentences(chance: random.Random) -> Iterator[Sentence]:
    for number in range(LAW_SENTENCES):
        yield _sentence(LAW_CARRIERS[number % len(LAW_CARRIERS)], chance, law=LAWS[number % len(LAWS)])


_SLOT = re.compile(r"\{([NBIC])\}")


def _sentence(
    carrier: str, chance: random.Random, phrase: str = "", form: str = "", law: str | None = None
) -> Sentence:
    marked: dict[str, list[Span]] = {"I": [], "N": [], "C": []}
    text = ""
    end = 0
    for slot in _SLOT.finditer(carrier):
        text += carrier[end : slot.start()]
        end = slot.end()
        which = slot[1]
        if which == "I":
            before, secret, after = re.split("<<|>>(?!>)", phrase) if ">>>" not in phrase else _nested(phrase)
            start = len(text) + len(before)
            kind, _, described = form.partition("|")
            marked["I"].append(Span(start=start, end=start + len(secret), kind=kind, form=described))
            text += before + secret + after
        elif which == "C":
            cited, law = law or chance.choice(LAWS), None
            marked["C"].append(Span(start=len(text), end=len(text) + len(cited), kind="law", form=cited))
            text += cited
        else:
            name, region = _name(chance, may_be_word=which == "N")
            marked["N"].append(Span(start=len(text), end=len(text) + len(name), kind=region, form=carrier))
            text += name
    text += carrier[end:]
    dice = chance.random()
    if dice < 0.28:
        text = text.lower()
    elif dice < 0.30 and not marked["C"]:
        text = text.upper()
    return Sentence(text=text, identifiers=tuple(marked["I"]), names=tuple(marked["N"]), citations=tuple(marked["C"]))


def _nested(phrase: str) -> Sequence[str]:
    before, rest = phrase.split("<<", 1)
    secret, after = rest.split(">>", 1)
    return before, secret, after


def _name(chance: random.Random, *, may_be_word: bool) -> tuple[str, str]:
    region = chance.choice(list(GIVEN))
    given = chance.choice(GIVEN[region].split())
    family = chance.choice(FAMILY[region].split())
    if may_be_word and chance.random() < 0.08:
        return chance.choice(WORDS_TOO.split()), "kata biasa"
    if not may_be_word and given.lower() in COMMON:
        return f"{given} {family}", region
    shape = chance.random()
    if shape < 0.40:
        return given, region
    if shape < 0.90:
        return f"{given} {family}", region
    other = chance.choice(GIVEN["masa kini"].split())
    return f"{given} {other} {family}", region


def _filled(form: str, chance: random.Random) -> str:
    def digits(count: int) -> str:
        return "".join(chance.choice("0123456789") for _ in range(count))

    day, month, year = chance.randint(1, 28), chance.randint(1, 12), chance.randint(1962, 2001)
    if "BKPSDM" in form or "{yr}" in form:
        values = _letter_values(chance)
        return re.sub(r"\{(\w+)\}", lambda slot: values[slot[1]](), form)
    slots: dict[str, str] = _numbers(form, chance, digits, (day, month, year))
    return re.sub(r"\{(\w+)\}", lambda slot: slots[slot[1]], form)


def _letter_values(chance: random.Random) -> dict[str, Callable[[], str]]:
    return {
        "i": lambda: str(chance.randint(11, 1999)),
        "j": lambda: f"{chance.randint(1, 12):02}",
        "ro": lambda: chance.choice("I II III IV V VI VII VIII IX X XI XII".split()),
        "yr": lambda: str(chance.randint(2018, 2026)),
    }


def _numbers(
    form: str, chance: random.Random, digits: Callable[[int], str], born: tuple[int, int, int]
) -> dict[str, str]:
    day, month, year = born
    user = chance.choice(_USERS)
    slots = {
        "u": user, "U": user.capitalize(), "m": str(chance.randint(71, 99)),
        "p": chance.choice(["12", "13", "21", "52", "57", "78", "95"]), "x": digits(4), "y": digits(4),
        "k": chance.choice(["21", "22", "274", "31", "411", "651"]), "z": chance.choice("3578") + digits(6),
        "sp": " ".join(digits(10)), "v": chance.choice("1234567") + digits(9), "w": chance.choice("1234") + digits(14),
        "v1": digits(3), "v2": digits(3), "v3": digits(4), "w1": "0" + digits(3), "w2": digits(2), "w3": digits(6),
        "R": chance.choice(_REGIONS), "i": str(chance.randint(1011, 1899)), "L": chance.choice(["XQ", "QZ", "VKL", "RFS"]),
        "d": str(day), "mm": f"{month:02}", "dd": f"{day:02}", "y2": f"{year % 100:02}",
        "M": _MONTHS[month - 1], "s3": _SHORT_MONTHS[month - 1], "K": chance.choice(_CITIES),
        "S": chance.choice(_STREETS), "S2": chance.choice(_STREETS), "h": str(chance.randint(11, 199)),
        "t2": f"{chance.randint(1, 19):02}", "w2_": "", "q": f"{chance.randint(1, 60):04}",
        "r": chance.choice(["3273", "1271", "7371", "5171", "9171", "6171"]) + f"{chance.randint(1, 20):02}",
    }  # fmt: skip
    if form in _NIP_FORMS:
        slots |= {
            "b": f"{year}{month:02}{day:02}", "e": f"{year + 24}{chance.randint(1, 12):02}",
            "s": chance.choice("12"), "n": f"{chance.randint(1, 40):03}",
        }  # fmt: skip
    elif form in _NPWP_FORMS:
        slots |= {"a": f"{chance.randint(1, 95):02}", "b": digits(3), "c": digits(3), "k": digits(1), "o": digits(3)}
        slots |= {"t": "000"}
    elif form in _NIK_FORMS:
        slots |= {"d": f"{day + chance.choice((0, 40)):02}{month:02}{year % 100:02}"}
        whole = slots["r"] + slots["d"] + slots["q"]
        slots |= {f"g{number + 1}": whole[number * 4 : number * 4 + 4] for number in range(4)}
    elif form in _ACCOUNT_FORMS:
        slots |= {f"g{number + 1}": digits(4 if number < 3 else 1) for number in range(4)}
    elif form in _PHONE_FORMS or form in _URL_FORMS:
        slots |= {"y": digits(4)}
    elif form in _ADDRESS_FORMS:
        slots |= {"w2": f"{chance.randint(1, 12):02}"}
    if form in _BIRTH_FORMS:
        slots |= {"y": str(year)}
    return slots
