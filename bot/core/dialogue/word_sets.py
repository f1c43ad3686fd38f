"""Words that carry no content of their own, in Indonesian chat and its regional mixes; constants only."""


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


FUNCTION_WORDS = _words(
    # if, when, in, for
    "kalau kalo klo kl kalu klu klau kalok jika bila bilamana apabila seandainya andai misal misalnya misalkan umpama"
    " umpamanya seumpama semisal nek yen menawi lamun mun upami yening pas pada pd saat waktu ketika selama di ke dari"
    " dr untuk utk buat bwt bagi khusus khususnya dalam dlm lewat via"
    # how, what about, the same, different
    " gimana gmn gmna gimna bagaimana bgmn piye pripun kumaha baa kayapa sapunapi apa ap apakah apkh apo opo naon"
    " adakah ada sama sm sami mawon sarua podo samo beda bedanya berbeda lain juga jg jga ugi oge jua pun aja aj saja"
    " wae doang cuma cuman hanya tetap tetep berlaku kena aman"
    # persons and pointing
    " saya sy aku ak aq gw gue gua ane kita kami kulo kula abdi ambo awak beta dia ia beliau mereka orang org orangnya"
    " yang yg nu sing nan itu ini tu tuh nih gitu begitu gini begini tadi pelaku pelakunya statusnya status posisi"
    " posisinya jabatan jabatannya asn pegawai biasa kasus kasusnya kondisi kondisinya soal"
    # may, not, already
    " boleh bole blh bolehkah bisa bs iso tiasa entuk angsal meunang bisakah diperbolehkan masih msh sudah udah udh sdh"
    " dah uda wis geus belum blm harus mesti wajib tidak ga gak nggak ngga enggak engga g gk ndak nda tdk ora teu indak"
    # particles and address
    " sih dong deh kah ya yaa iya kan lho loh lah kok toh to mah teh atuh euy ji mi ki kang mas mbak pak bu bang kak"
    " min terus trus trs lalu nah oh eh oke ok lantas so kemudian tapi tp banget bgt po emang memang melakukan"
    " melakukannya ngelakuin"
)

CANDIDACY_WORDS = _words(
    "nyalon nyalonin mencalonkan maju calon kandidat ditetapkan ditetapin penetapan resmi terpilih"
)
"""What may stand beside a relative or a stage without making a question of its own: "kalau yang maju suami saya"."""

SANCTION_WORDS = _words(
    "sanksi sangsi sanski snksi sanksine sanksina hukuman hukumane hukumanna dihukum ganjaran konsekuensi risiko resiko"
    " denda penjara dipenjara pidana dipidana kurungan"
)
LEGAL_BASIS_WORDS = _words(
    "pasal pasale aturan aturane aturanna aturannyo dasar dasare dasarna landasan peraturan regulasi rujukan ayat"
)
EXCEPTION_WORDS = _words("pengecualian perkecualian kecuali dikecualikan terkecuali keringanan dispensasi")
ASPECT_FILLERS = _words(
    "hukum berapa brp mana nang endi dima dimana berat ringan disiplin etik nekat dilanggar melanggar ketahuan lalai"
    " bunyi tertulis jelas tolong minta lihat jenis macam bentuk maksimal paling apaan"
)
"""What may stand beside the name of an aspect without naming a matter of its own."""
