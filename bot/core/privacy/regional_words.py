"""What stands before a name in the regions of Indonesia and in clerks' writing; where a name begins behind it; pure.

Birth-order names of Bali are half a name ("I Gede", "Ni Made"); elsewhere a word that is something else too is a form
of address only before a capital ("Lalu", "Ko", "Lae"). The lists are written by us, of the forms that the Wikipedia
articles "Indonesian names", "Balinese name", "Batak", "Sasak people" and "Styles and titles in Indonesia" describe.
"""

import re
from collections.abc import Iterator

from bot.core.privacy.personal_data import words_in

MARKERS_OF_BALI = words_in("i ni ida")
CASTE_OF_BALI = ["anak", "agung"]
BIRTH_ORDER_ALONE = words_in("wayan nyoman ketut kadek komang nengah iluh")
"""Names of nothing but people."""
BIRTH_ORDER = BIRTH_ORDER_ALONE | words_in("gede made putu luh")
SECOND_OF_BALI = BIRTH_ORDER | words_in("ayu agung ngurah rai raka oka dewa bagus desak gusti gde alit istri")
TITLES_BEFORE_CAPITAL = words_in(
    # Chinese, Batak, Gayo and Aceh, Minangkabau and Malay
    "ko ci ce la lae eda bulang bolang nande tulang nantulang oppung bou amangboru aman inen abu abi waled cek ami "
    "tuanku angku sidi etek mamak pakwo makwo pakcik makcik ncik "
    # Java, Sunda, Betawi, Madura, Banjar
    "mbok ki nyi jang ayi ua bi nyak babe encing cang cing ra ke utuh galuh ading acil "
    # Bugis, Makassar, Minahasa, Maluku, Nusa Tenggara, Papua
    "tetta petta nou keke usi oma opa tanta bung nona ama ina umbu rambu tete nene kaka mama papa mami papi bapa"
)
"""Ordinary words or chat too: they name somebody only before a capital, or before what speaks or acts."""
REGIONAL_WORDS = MARKERS_OF_BALI | BIRTH_ORDER | TITLES_BEFORE_CAPITAL | {"lalu", "anak"}
TITLES_AND_NAMES = words_in(
    "ambo teuku tengku teungku cut andi daeng raden upik buyung puan tubagus sayed syarif pangeran"
)
"""Also given as names: "pak Teuku"."""
DAYS_AND_MONTHS = words_in(
    "senin selasa rabu kamis jumat sabtu minggu ahad pon wage legi kliwon pahing januari februari maret april mei "
    "ramadhan ramadan juni juli agustus september oktober november desember suro sapar syawal rajab muharram "
    "safar"
)
"""Also given as names, behind a form of address and before another name: "Pak Jumat Suparjo"."""
_CLERICAL = re.compile(
    r"\b(?P<noble>(?:K\. ?)?R\. ?(?:A|M|Ay|Aj|Rr|Ngt|Ng|H|T|P)\.?(?: ?A\.| ?T\.)?|KRT|KRA|KPH|KRMT|KGPH|GKR|GBPH|"
    r"Rr\.|Tb\.|Rd\.)"
    r"(?: ?(?:H|Hj)\.)? ?(?=[A-Z][a-z'])"
    r"|\b(?P<short>M|R|Moh|Muh|Mohd|Mhd|Abd|Ach|Fx|FX|St|Th|Yb)\. ?(?=[A-Z][a-z]{2})"
    r"|\b(?:K\. ?H|H|Hi|Hj|Drs|Dra|Ir|Prof|Dr|dr|drg|Pdt|Ps|Tgk|Apt|apt|Ns|Kol|Letkol|Kapt|Brigjen|AKBP|"
    r"Kompol|Iptu|Aiptu)\. ?(?=[A-Z][a-z'])"
)


def clerical_titles(text: str) -> Iterator[tuple[int, int]]:
    """Yield, of titles in initials before a capital, where the name begins and where what is masked begins."""
    if "." not in text and "K" not in text and "G" not in text:
        return
    for match in _CLERICAL.finditer(text):
        yield match.end(), match.start() if match["noble"] or match["short"] else match.end()
