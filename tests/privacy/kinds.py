"""Of every kind of form ten sentences in which something is masked, and ten that look alike and stay as they are."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind: what must not be left of sentences, and sentences that must not change."""

    masked: tuple[tuple[str, str], ...]
    """Sentence and what must be gone from it, word by word."""
    kept: tuple[str, ...]


def _kind(masked: str, kept: str) -> Kind:
    pairs = [line.rsplit(" | ", 1) for line in masked.strip().splitlines()]
    return Kind(
        masked=tuple((sentence.strip(), secret.strip()) for sentence, secret in pairs),
        kept=tuple(line.strip() for line in kept.strip().splitlines()),
    )


KINDS = {
    "birth order of Bali": _kind(
        """
        I Gede Wirtha ikut kampanye di banjar | Gede Wirtha
        i gede wirtha foto sama caleg | gede wirtha
        Ni Made Sulendri jadi saksi partai | Made Sulendri
        ni made sulendri jadi saksi partai | made sulendri
        katanya I Wayan boleh ikut | Wayan
        Ni Luh Putu Sastri pasang baliho | Luh Putu Sastri
        kemarin Ida Bagus Oka hadir di simakrama | Bagus Oka
        disuruh pak gede pasang spanduk | gede
        bli komang minta foto kami | komang
        Anak Agung Gede Ngurah bagi sembako | Agung Gede Ngurah
        I Gusti Ngurah Suteja like status calon | Gusti Ngurah Suteja
        kata jero ketut sudah aman | ketut
        """,
        """
        ni gede banget masalahnya di kantor
        rumahnya gede sekali, boleh dipakai kampanye?
        kaosnya made in Indonesia
        ni made in china ya min
        jalannya luh ngapain ikut
        gaji gede tapi tidak netral
        acara gede di lapangan kota
        boleh ikut acara gede partai?
        i love Indonesia
        ni apa ya maksudnya
        """,
    ),
    "titles that are words too": _kind(
        """
        Lalu Sapwirya camat kami ikut kampanye | Lalu Sapwirya
        kemarin Lalu Muhidin datang ke posko | Lalu Muhidin
        Baiq Rehanun pasang stiker caleg | Baiq Rehanun
        ko Akwang dari bagian umum ikut rapat paslon | Akwang
        koko Ahyung kasih amplop | Ahyung
        engkoh Liangtje sponsor paslon | Liangtje
        encim Kwelan jadi timses | Kwelan
        ci Meihwa bilang nomor satu bagus | Meihwa
        lae Togarma bagi kaos di lapo | Togarma
        nande Ulina ikut kampanye | Ulina
        Puang Makkarodda hadir di deklarasi | Makkarodda
        Daeng Mattola jadi timses | Mattola
        Datuk Rajolelo ajak warga memilih | Rajolelo
        mpok Rohimeh jaga posko | Rohimeh
        cak Mursidin minta dukungan | Mursidin
        """,
        """
        Lalu Bawaslu bilang apa?
        Lalu camat kami ikut kampanye
        Lalu bagaimana kalau saya diajak atasan?
        lalu siapa yang melapor
        ko gitu sih aturannya
        ko bisa dia lolos
        koko admin tolong jawab
        cici saya ikut kampanye
        tulang punggung pelayanan itu ASN
        aman ga kalau saya like
        bung, boleh tanya?
        """,
    ),
    "clerical titles": _kind(
        """
        R.A. Dewi Kusumah menyambut calon | Dewi Kusumah
        R.M. Surya Kencana hadir di deklarasi | Surya Kencana
        K.R.T. Puspodiningrat ikut kirab partai | Puspodiningrat
        Hj. Mulia Harapan jadi tim sukses | Mulia Harapan
        H. Sukarlan kasih sambutan | Sukarlan
        Drs. Teguh Sentosa, M.Si. memimpin rapat paslon | Teguh Sentosa
        dr. Indah Permata, Sp.A. ikut kampanye | Indah Permata
        Ir. Bakti Nugraheni minta dukungan | Bakti Nugraheni
        a.n. Zorblatta Wimbari | Zorblatta Wimbari
        sdr. Wigatno hadir di posko | Wigatno
        yth. Gunartono, mohon petunjuk | Gunartono
        Pak Jumat Suparyo jadi ketua ranting | Jumat Suparyo
        tembusan: 1. Sartono 2. Wigatno Lestyo 3. Inspektorat | Wigatno Lestyo
        """,
        """
        a.n. Kepala Dinas Pendidikan
        yth. Bapak Kepala Dinas
        Yth. Ketua Bawaslu, mohon petunjuk
        sdr. yang terhormat
        tembusan: Inspektorat dan BKD
        ttd kepala dinas
        golongan III.d boleh ikut?
        pelapor dan terlapor dipanggil
        saksi: ada dua orang
        Pak, Senin depan libur?
        Yth. Bapak Ibu sekalian
        """,
    ),
    "accounts": _kind(
        """
        ig nya wirtha.santika.official | wirtha santika official
        akun tiktok sri lestyari99 | lestyari99
        si Tonox88 pamer stiker | Tonox88
        username sukarlan_77 itu siapa | sukarlan_77
        akun fb saya zorbla.wimbari | zorbla wimbari
        tele dia zorbla2024x | zorbla2024x
        di threads ada zorbla.wimbari_ kampanye | zorbla wimbari_
        cari tiktok mbak_zorbla_12 | mbak_zorbla_12
        ignya: zorblawimbari | zorblawimbari
        yang komen xx.zorbla.xx pegawai setda | zorbla
        tiktoknya itu zorbla underscore wimbari | zorbla wimbari
        """,
        """
        boleh like di instagram.boleh ga?
        akun instagram kantor boleh posting?
        akun @bawaslu_ri itu resmi?
        tiktok dan facebook dilarang?
        buka di lapor.go.id saja
        baca jdih.menpan.go.id ya
        email humas@bkn.go.id aktif?
        akun palsu pakai foto saya
        like akun caleg di tiktok 2024 boleh?
        kirim file form_a.pdf ke mana
        bete banget T_T
        """,
    ),
    "names written to hide": _kind(
        """
        Pak Bud1man ikut kampanye | Bud1man
        si b4mbang ngatur mobil dinas | b4mbang
        Pak Hen\u200bdra suruh saya | Hendra
        bu s1ti minta foto | s1ti
        pak J0ko bagi kaos | J0ko
        Pak Suhar\u00adtono datang | Suhartono
        mas b\u200ba\u200by\u200bu ikut | bayu
        bu Nur1aela hadir | Nur1aela
        disuruh w4yan | w4yan
        #bebaskanSuhartono ramai | Suhartono
        """,
        """
        saya P3K boleh kampanye?
        laporan sp4n masuk ke mana
        ijazah S1 dan S2
        jam 7an boleh?
        terang2an dukung calon
        dua2nya dilarang
        B2B itu apa
        golongan 3a dan 3b
        kode 5G di kantor
        covid19 dan pemilu
        """,
    ),
    "spelt addresses": _kind(
        """
        siti . aminoh @ gmail . com | siti aminoh gmail
        zorbla . wimbari @ yahoo . co . id | zorbla wimbari yahoo
        emailku zorbla wimbari at gmail dot com | zorbla wimbari gmail
        zorbla titik wimbari at gmail dot com | zorbla wimbari
        zorbla (at) gmail (dot) com | zorbla
        zorbla_at_gmail_dot_com | zorbla
        surel: zorbla.wimbari @gmail.com | zorbla wimbari
        zorbla @ bkn.go.id | zorbla
        hubungi 08 dua satu 4455 tujuh tujuh 90 | satu 4455 tujuh 90
        nomere nol wolu siji loro papat papat limo enem pitu | wolu siji loro papat limo
        """,
        """
        datang at 10 pagi
        titik kumpul di lapangan
        rapat di titik nol kilometer
        satu dua tiga orang ikut
        nol koma lima persen
        kirim ke info@bawaslu.go.id
        tanya ke lapor.go.id
        dua dari tiga saksi setuju
        email kantor boleh dipakai?
        gmail kantor diblokir
        """,
    ),
    "numbers with labels": _kind(
        """
        nik3172014506890003 | 3172014506890003
        ktp3172014506890003 ya | 3172014506890003
        kk3172014506890003 | 3172014506890003
        nip198503122010011003 | 198503122010011003
        nik:3172-0145-0689-0003 | 3172 0145 0689 0003
        NIP.19870312.201001.1.004 | 19870312 201001
        npwp=09.254.294.3-407.000 | 254 294 407
        hp081234567890 | 081234567890
        nik saya 3172/0145/0689/0003 | 3172 0145 0689 0003
        ktp istriku 35l5 O827 1190 OOO4 | 35l5 O827 1190 OOO4
        karpeg P 148722 | 148722
        """,
        """
        jam 07.30-15.30
        periode 2024-2029
        cuti 01/11/2024-05/11/2024
        jam kerja 07.30 s/d 15.30 wita
        pemilu 2019, 2024 dan 2029
        kode rekening 5.1.02.01.01.0052 dipakai kampanye
        TPS 001, 002, 005 dijaga linmas
        Capres 01, 02, 03 boleh ke kampus?
        pagu 2.750.000.000,00 untuk bansos
        buku ISBN 978-602-1234-56-7 ada?
        akun belanja 521211 dan 524113
        """,
    ),
    "plates and letters": _kind(
        """
        randis dd 12 xx parkir di posko | dd 12 xx
        mobil l 77 xy dipakai kampanye | l 77 xy
        avanza b 9 qz | b 9 qz
        plat nya dd 88 xo | dd 88 xo
        hilux K T 8 2 1 1 B | 8 2 1
        motor dinas ag 5 zk | ag 5 zk
        surat tugas 090/112/ST | 090 112
        SK 821.2/345/BKD | 821.2 345
        SK pemberhentian saya 821.2/067/SK/BKPSDM | 821.2 067 BKPSDM
        surat camat no 270/91-pem/2024 | 270 91
        nota dinas 800/17/Sekret | 800 17
        """,
        """
        motor ada 2 di kantor
        mobil dinas 3 unit dipakai
        kendaraan dinas a 1 orang
        buka 24/7 tidak?
        golongan III/d boleh
        ijazah S1/D3
        UU 10/2016 dan PP 94/2021
        SE 18/2023 soal netralitas
        tahun ajaran 2023/2024
        surat edaran menteri tahun 2023
        """,
    ),
    "parties and what is called after people": _kind(
        """
        Pak Bintang minta kami hadir | Bintang
        bu Melati dari tapem | Melati
        mas Surya Gelora itu timses | Surya Gelora
        kata pak Garuda boleh | Garuda
        Bu Mawar bagi sembako | Mawar
        pak Sudirman kadis | Sudirman
        Pak Hasanuddin ikut | Hasanuddin
        bu Kartini guru sd | Kartini
        di rumah Pak Ratulangi | Ratulangi
        disuruh Bu Ratna Sari | Ratna Sari
        """,
        """
        Partai Bulan Bintang minta kami hadir
        Partai Bulan Bintang bilang boleh
        Partai Bulan Bintang undang kami
        Partai Gelora dan Partai Garuda
        calon dari Gelora
        RSUD dr. Soetomo boleh dipakai?
        di bandara Soekarno-Hatta ada kampanye
        konvoi lewat Jalan Sudirman
        Universitas Hasanuddin boleh jadi tempat kampanye?
        di Stadion Manahan ada kampanye
        ibu pertiwi menangis
        Bagian Tata Pemerintahan hadir
        """,
    ),
    "verbs that are names too": _kind(
        """
        Indra bilang boleh | Indra
        kata Bilang Sudarso boleh | Sudarso
        pak Untung minta | Untung
        bu Lestari undang kami | Lestari
        si Bagus ikut | Bagus
        mas Teguh nyaleg | Teguh
        bu Endah pasang baliho | Endah
        sama Wahyu dan Bayu | Wahyu Bayu
        pak Slamet menang | Slamet
        bu Puji hadir | Puji
        """,
        """
        minta izin atasan dulu
        undang kami ke rapat
        Minta tolong dong min
        Bilang ke siapa ya
        untung saya tidak ikut
        semoga lestari
        bagus sekali aturannya
        teguh pada aturan
        puji syukur kami netral
        jual beli suara itu pidana
        meja jati di aula
        """,
    ),
}
