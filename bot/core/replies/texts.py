"""Every fixed Indonesian phrase that the bot says; the answers themselves are guidance."""

from bot.core.guidance.entry import CitationRole, SanctionKind, Verdict
from bot.core.vocabulary import Stage

VERDICTS = {
    Verdict.FORBIDDEN: "🔴 Tidak boleh",
    Verdict.ALLOWED: "🟢 Boleh",
    Verdict.CONDITIONAL: "🟡 Boleh dengan syarat",
    Verdict.DUTY: "🔵 Wajib",
    Verdict.INFORMATION: "ℹ️ Informasi",
}
SANCTIONS = {
    SanctionKind.ETHICS: "Etik",
    SanctionKind.DISCIPLINE: "Disiplin",
    SanctionKind.CRIMINAL: "Pidana",
}
CITATIONS = {CitationRole.BASIS: "Dasar hukum", CitationRole.BACKGROUND: "Riwayat (tidak lagi menjadi dasar)"}

MONTHS = (
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
)

# Headings inside an answer
INSTEAD = "Yang bisa Anda lakukan"
EXPLANATION = "Penjelasan"
INTERPRETATION = "Tafsir kami, bukan bunyi aturan"
ADVICE = "Saran, bukan kewajiban hukum"
EXCEPTIONS = "Pengecualian"
SANCTION = "Sanksi"
RELATED = "Lihat juga"
IN_GENERAL = "Secara umum"

CHECKED = "Aturan diperiksa {day}. Jawaban ini informasi, bukan keputusan instansi."
UNCLEAR = "Sumbernya belum sepenuhnya tegas. Bila ragu, tanyakan dulu ke BKD/BKPSDM atau Bawaslu."
DOUBTFUL = "Kami belum yakin penuh atas hal ini. Tanyakan ke BKD/BKPSDM atau Bawaslu sebelum bertindak."
NO_SANCTION = "Aturan yang kami temukan tidak menyebut sanksi khusus untuk hal ini."
NO_VARIANT = "Untuk keadaan itu kami belum menulis jawaban tersendiri. Yang berlaku umum:"
ARTICLE_UNKNOWN = "tidak dirinci"
"""How the facts mark a citation without an article."""

# Buttons, at most 20 characters
BUTTON_EXPLAIN = "Penjelasan"
BUTTON_SANCTION = "Sanksinya?"
BUTTON_LEGAL_BASIS = "Dasar hukum"
BUTTON_EXCEPTION = "Pengecualian?"
BUTTON_HELPFUL = "👍 Membantu"
BUTTON_UNHELPFUL = "👎 Belum membantu"
BUTTON_MENU = "Daftar topik"
BUTTON_NONE = "Bukan semuanya"
BUTTON_BACK = "Kembali ke jawaban"
BUTTON_PRIVACY = "Privasi"
BUTTON_ACT = "Tentang perbuatannya"
BUTTON_MORE = "Membantu? Lainnya"

# Questions that could not be answered
CLARIFY_ONE = "Supaya tidak salah jawab: apakah yang Anda maksud ini?"
CLARIFY = "Supaya tidak salah jawab, yang mana maksud Anda?"
CLARIFY_HINT = "Tekan salah satu, atau ketik nomornya."
NOT_THAT = "Baik, berarti bukan itu. Mungkin salah satu dari ini?"
NOT_THAT_MENU = "Maaf, saya salah tangkap. Coba tulis dengan kata lain, atau pilih dari daftar topik."
UNKNOWN = (
    "Maaf, saya belum tahu jawabannya. Saya hanya menjawab soal netralitas ASN: apa yang boleh dan tidak di sekitar"
    " partai, kampanye, dan calon."
)
UNKNOWN_HINT = "Coba tulis perbuatannya dengan kalimat pendek, misalnya: bolehkah saya menyukai unggahan calon?"
WITHHELD = (
    "Jawaban tentang “{title}” sedang kami tahan, karena dasar hukumnya perlu diperiksa ulang. Daripada keliru, lebih"
    " baik tanyakan langsung."
)
NOT_WRITTEN = "Jawaban tentang “{title}” belum selesai kami periksa, jadi belum kami berikan."
ASK_PEOPLE = "Tanyakan ke BKD/BKPSDM atau bagian kepegawaian instansi Anda, atau ke Bawaslu setempat."
ASK_CONTACT = "Anda juga bisa menghubungi: {contact}"
EMPTY = "Pesannya kosong. Silakan tulis pertanyaan Anda tentang netralitas ASN."
NO_WORDS = "Saya belum bisa membaca emoji atau tanda saja. Silakan tulis pertanyaannya dengan kata-kata."
TOO_LONG = "Pesannya terlalu panjang (lebih dari 4.096 huruf). Coba ringkas: siapa, melakukan apa, dan kapan."
VOICE = "Saya belum bisa mendengarkan pesan suara. Silakan tulis pertanyaannya, pendek saja."
PICTURE = "Saya tidak membuka gambar atau berkas. Silakan tulis pertanyaannya dengan kata-kata."
STICKER = "Stikernya lucu, tetapi saya hanya membaca tulisan. Silakan tulis pertanyaan Anda."
FORWARDED = (
    "Pesan terusan tidak saya jawab, karena saya tidak tahu bagian mana yang Anda tanyakan. Tulis pertanyaannya dengan"
    " kata Anda sendiri."
)
EDITED = "Saya tidak membaca ulang pesan yang disunting. Kirim pertanyaannya sebagai pesan baru, ya."
UNSUPPORTED = "Jenis pesan itu belum bisa saya baca. Silakan tulis pertanyaan Anda."
NLU_DOWN = (
    "Maaf, bagian yang memahami pertanyaan sedang tidak menyala. Pertanyaan Anda tidak disimpan; coba lagi sebentar"
    " lagi. Sementara itu, Anda bisa memilih dari daftar topik."
)
NOT_PROCESSED = (
    "Maaf, pesan Anda tadi tidak bisa saya proses. Silakan kirim ulang dengan kata lain, atau pilih dari daftar topik."
)
REPLY_LOST = "Maaf, jawaban sebelumnya tidak sampai kepada Anda. Kalau masih perlu, silakan tanyakan lagi."
NUMBER_CHANGED = (
    "Nomor WhatsApp Anda berubah, jadi pengingat ke nomor lama dihentikan. Kalau masih ingin menerimanya di nomor ini,"
    " tulis: langganan."
)
STALE_BUTTON = "Tombol itu sudah tidak berlaku. Silakan pilih lagi."
WHICH_TOPIC = "Soal apa yang Anda maksud? Tulis perbuatannya, atau pilih dari daftar topik."
WHICH_OPTION = "Pilihan yang mana? Tekan tombolnya atau ketik nomornya."

# A superior's pressure
PRESSURE = "Yang Anda ceritakan terdengar seperti tekanan dari atasan, jadi ini yang utama lebih dulu."
ALSO_ACT = "Tentang perbuatannya sendiri: {title}"
ALSO_ASKED = "Anda juga bertanya tentang {titles}. Tekan tombolnya untuk jawabannya."
ALSO_ASKED_ONE = "Anda juga bertanya tentang {titles}. Tekan tombolnya, atau balas “ya”."
AND = " dan "

REFUSE = (
    "Maaf, soal siapa yang sebaiknya dipilih atau penilaian tentang calon dan partai, saya tidak berpendapat. Pilihan"
    " Anda rahasia dan milik Anda sendiri."
)
REFUSE_HINT = "Kalau ingin tahu apa yang boleh dan tidak bagi ASN, silakan tanya."

# Small talk
GREETING = (
    "Halo! Saya SiNetral. Tanyakan apa saja tentang netralitas ASN dengan bahasa sehari-hari, saya jawab boleh atau"
    " tidaknya beserta pasalnya."
)
EXAMPLES = (
    "Boleh ga sih aku datang ke acara partai?",
    "Like postingan calon bupati kena sanksi?",
    "Mobil dinas dipakai ke kampanye, bagaimana?",
)
HELP = (
    "Tulis pertanyaan Anda apa adanya. Setelah dijawab, Anda bisa lanjut bertanya “sanksinya apa?”, “dasar hukumnya?”,"
    " “kalau PPPK?”, atau “kalau sudah penetapan calon?”."
)
COMMANDS = (
    "/topik: daftar semua topik; /topik kampanye: cari topik tentang kampanye",
    "/privasi: apa yang disimpan dan tidak",
    "/hapus: hapus semua yang disimpan tentang Anda",
    "/langganan: menerima pengingat tahapan pemilihan",
    "/berhenti: berhenti menerima pengingat",
    "/help: petunjuk ini",
)
IDENTITY = (
    "Saya SiNetral, program penjawab tentang netralitas ASN. Saya bukan manusia dan tidak mengarang: setiap jawaban"
    " sudah disusun lebih dulu dari peraturannya, lengkap dengan pasal dan tanggal pemeriksaannya."
)
PRIVACY_TITLE = "Privasi Anda"
PRIVACY = (
    "Yang dicatat: hitungan saja. Jam, kanal, topik, tahapan, dan apakah terjawab; tanpa nama, nomor, atau kunci yang"
    " menunjuk kepada Anda. Gunanya agar kami tahu topik apa yang perlu dijelaskan.",
    "Pertanyaan yang belum terjawab disimpan tanpa identitas: nama, NIP, nomor, dan alamat di dalamnya ditutup dulu,"
    " dan yang masih meragukan tidak disimpan sama sekali. Gunanya agar jawabannya bisa ditulis; dihapus otomatis"
    " paling lama 90 hari, kecuali kalimat yang dipilih kurator sebagai contoh untuk melatih bot. Pertanyaan yang"
    " terjawab tidak disimpan.",
    "Percakapan: topik terakhir dan penilaian Anda diingat secara tersandi, paling lama 24 jam, agar Anda bisa bertanya"
    " lanjutan dan penilaian yang sama dihitung sekali. Teksnya tidak ikut diingat; dari beberapa pesan terakhir hanya"
    " sidiknya, agar satu pesan tidak dijawab dua kali dan dua mesin tidak saling membalas terus. Dari pesan yang gagal"
    " diproses hanya jenis dan ukurannya yang dicatat.",
    "Pesan yang sedang dijawab di Telegram dan WhatsApp disimpan tersandi sampai jawabannya terkirim; di WhatsApp"
    " paling lama 10 menit sesudahnya, supaya jawaban yang ternyata gagal sampai bisa dikirim ulang.",
    "Pengingat: hanya bila Anda sendiri berlangganan. Alamat kirimnya disimpan tersandi, terpisah dari catatan"
    " pertanyaan, sampai Anda menulis /berhenti.",
    "Yang bertanggung jawab atas data ini: {controller}. Telegram dan WhatsApp memproses pesan menurut aturan mereka"
    " sendiri.",
    "Hak Anda: /hapus menghapus semuanya seketika; /berhenti mencabut persetujuan pengingat. Dasarnya UU 27/2022"
    " tentang Pelindungan Data Pribadi.",
)
PRIVACY_CONTROLLER = "instansi yang menyediakan SiNetral ini"
THANKS = "Sama-sama. Semoga membantu, dan selamat bertugas."
GOODBYE = "Sampai jumpa. Kalau ada yang ragu, tanya dulu sebelum bertindak ya."
FEEDBACK_UP = "Terima kasih, senang bisa membantu."
FEEDBACK_DOWN = (
    "Terima kasih sudah memberi tahu. Coba tulis dengan kata lain, atau pilih topik terdekat. Untuk kepastian,"
    " tanyakan ke BKD/BKPSDM atau Bawaslu."
)
WHICH_ANSWER = "Penilaian itu untuk jawaban yang mana? Supaya tidak salah hitung, tekan 👍 atau 👎 di bawah jawabannya."
WHICH_ANSWER_NEWEST = "Kalau untuk jawaban terakhir ({title}), tekan di sini."
SLOW_DOWN = (
    "Pelan-pelan, ya. Pesannya datang terlalu cepat, jadi sebagian tidak saya baca. Tunggu sebentar, lalu tulis lagi."
)
NO_MORE_FOR_NOW = (
    "Beberapa pesan terakhir mirip balasan otomatis atau belum bisa saya jawab. Supaya tidak saling membalas terus,"
    " saya diam dulu sampai ada pertanyaan lain. Silakan tulis dengan kata lain, atau pilih dari daftar topik."
)
READY = "Siap. Silakan tulis pertanyaannya."
NO_REMINDERS = "Pengingat belum tersedia di sini, jadi tidak ada pesan yang akan kami kirim tanpa Anda bertanya."
ERASED = (
    "Selesai. Ingatan percakapan ini, persetujuan pengingat, dan pesan yang belum terkirim kepada Anda sudah dihapus"
    " dari server. Yang tersisa hanya hitungan dan teks tersamar yang tidak menunjuk kepada siapa pun."
)
STOPPED = (
    "Baik. Tidak ada pengingat yang akan kami kirim kepada Anda; bila pernah berlangganan, persetujuannya sudah"
    " dicabut. Pertanyaan Anda tetap kami jawab seperti biasa."
)
MENU_TITLE = "Daftar topik"
MENU = "Pilih kelompoknya, lalu topiknya. Bisa juga dicari: /topik lalu katanya, misalnya /topik foto."
GROUP_TITLE = "Topik: {group}"
FOUND_TITLE = "Topik yang cocok"
FOUND_NONE = "Tidak ada topik dengan kata itu. Coba kata lain, atau lihat daftarnya."
EMPTY_GROUP = "Belum ada jawaban di kelompok ini."

# Web chat
WEB_TOO_FAST = "Pesannya datang terlalu cepat. Coba lagi dalam {seconds} detik."
WEB_FOREIGN = "Permintaan ini datang dari halaman lain, jadi tidak kami terima. Buka lagi halaman SiNetral."
WEB_UNREADABLE = "Pesannya tidak terbaca. Coba tulis lagi."
WEB_CONTROL_CHARACTERS = "Ada karakter yang tidak terbaca di pesannya. Ketik ulang, jangan disalin, lalu kirim lagi."
WEB_TOO_LATE = "Pesannya tidak sampai utuh. Periksa jaringan Anda, lalu kirim lagi."
WEB_DOWN = "SiNetral sedang terganggu, jadi belum bisa menjawab. Silakan coba lagi beberapa menit lagi."
WEB_BUSY = "SiNetral sedang sibuk, jadi pesan Anda belum sempat dijawab. Silakan coba lagi sebentar."
WEB_TITLE = "SiNetral"
WEB_TAGLINE = "Tanya netralitas ASN, dijawab dengan pasalnya"
WEB_PLACEHOLDER = "Tulis pertanyaan Anda…"
WEB_SEND = "Kirim"
WEB_INPUT_LABEL = "Pertanyaan Anda"
WEB_YOU = "Anda"
WEB_TRY = "Coba tanya:"
WEB_NOT_STORED = (
    "Tanpa identitas: siapa yang bertanya tidak dicatat. Jawaban adalah informasi, bukan keputusan instansi."
)
WEB_OFFLINE = "Tidak tersambung. Periksa jaringan Anda, lalu kirim lagi; tulisan Anda masih ada."
WEB_THINKING = "Sedang mencari jawabannya…"
WEB_LOG_LABEL = "Percakapan"

# Telegram
BUTTON_PRIVATE = "Tanya langsung"
BUTTON_PRIVATE_REMINDERS = "Atur pengingat"
GROUP_REMINDERS = (
    "Pengingat hanya dikirim lewat percakapan pribadi, tidak ke grup. Tekan tombol di bawah untuk berlangganan di sana."
)
GROUP_ERASE = (
    "Percakapan grup tidak saya ingat, jadi tidak ada yang perlu dihapus di sini. Untuk yang disimpan tentang Anda,"
    " tulis /hapus di percakapan pribadi."
)
GROUP_STOP = (
    "Ke grup ini tidak ada pengingat yang dikirim. Untuk berhenti menerima pengingat, tulis /berhenti di percakapan"
    " pribadi."
)
GROUP_PRIVACY = (
    "Di grup: saya hanya menjawab bila disebut atau dibalas, dan percakapannya tidak saya ingat. Langganan dan /hapus"
    " ada di percakapan pribadi."
)
TELEGRAM_COMMANDS = {
    "start": "mulai",
    "help": "petunjuk",
    "topik": "daftar topik, atau cari: /topik kampanye",
    "privasi": "apa yang disimpan dan tidak",
    "hapus": "hapus semua yang disimpan tentang Anda",
    "langganan": "menerima pengingat tahapan pemilihan",
    "berhenti": "berhenti menerima pengingat",
}

# WhatsApp
WHATSAPP_LIST = "Lihat pilihan"
"""On the button that opens a list, at most 20 characters."""
WHATSAPP_CHOOSE = "Silakan pilih lanjutannya:"
WHATSAPP_MORE = "Pilihan lainnya:"
WHATSAPP_NONE = "Bukan salah satunya? Tulis: bukan itu."
TEMPLATE_REMINDER = (
    "Pengingat netralitas ASN: {{1}}.\n\n{{2}}\n\nDasar hukum: {{3}}.\n\nAnda menerima ini karena berlangganan"
    " pengingat. Tulis berhenti untuk berhenti."
)
TEMPLATE_REMINDER_SHORT = (
    "Pengingat dari pengelola SiNetral: {{1}}.\n\n{{2}}\n\nDasar hukumnya: {{3}}.\n\nPesan ini datang karena Anda"
    " berlangganan pengingat. Untuk berhenti, tekan tombol atau tulis berhenti."
)
TEMPLATE_REOPEN = (
    "Maaf, jawaban atas pertanyaan Anda kepada SiNetral tertunda lebih dari sehari. Balas pesan ini dengan"
    " pertanyaannya sekali lagi, lalu kami jawab."
)
TEMPLATE_NO_BASIS = "lihat penjelasan"
TEMPLATE_EXAMPLES = (
    "Menghadiri acara partai politik",
    "Tidak boleh. Sebaiknya jangan hadir, karena hadir di acara partai dinilai sebagai keberpihakan.",
    "UU 20/2023 Pasal 9 ayat (2)",
)
"""What Meta's reviewers see in place of the parameters."""
MORE_TITLE = "Pilihan lain · {title}"
MORE = "Jawaban tadi membantu? Pilih di daftar, atau lanjut ke bagian lain dari topik ini."

# Reminders
CONSENT_VERSION = "2026-11-25"
"""Changes whenever the text below does: it is kept with each consent as its proof."""
CONSENT_TITLE = "Pengingat netralitas"
CONSENT = (
    "Mau saya ingatkan menjelang tahapan pemilihan? Paling banyak {most} pesan dalam sepekan, tidak pernah pukul"
    " 20.00-07.00, dan hanya tentang netralitas ASN.",
    "Yang kami simpan: alamat kirim Anda (tersandi) dan pilihan Anda di bawah ini. Pertanyaan Anda tidak disangkutkan"
    " dengannya. Berhenti kapan saja: tulis berhenti, atau tekan tombol di setiap pengingat.",
)
CONSENT_AGENCY = "Tautan ini dari {agency}; pengingatnya juga bisa datang dari sana."
SUBSCRIBED = "Baik, Anda berlangganan pengingat. Pilihan di bawah boleh diubah kapan saja."
SETTINGS_TITLE = "Langganan pengingat Anda"
SETTINGS_ZONE = "Zona waktu: {zone}"
SETTINGS_STAGES = "Diingatkan untuk: {stages}"
SETTINGS_AGENCY = "Instansi: {agency}"
SETTINGS_ROLE = "Status: {role}"
NOT_CHOSEN = "belum dipilih"
EVERY_STAGE = "semua tahapan"
CHOOSE_AGENCY = "Pilih instansi Anda."
CHOOSE_STAGES = "Tekan tahapan untuk menambah atau mengurangi."
STAGE_NAMES = {
    Stage.BEFORE_CANDIDATES: "Sebelum penetapan",
    Stage.CAMPAIGN: "Kampanye",
    Stage.QUIET_PERIOD: "Masa tenang",
    Stage.VOTING_DAY: "Hari pemungutan",
    Stage.AFTER_VOTING: "Setelah pemungutan",
}
ROLES = ("PNS", "PPPK", "CPNS")
BUTTON_CONSENT = "Ya, ingatkan saya"
BUTTON_NOT_NOW = "Tidak sekarang"
BUTTON_STAGES = "Ubah tahapan"
BUTTON_AGENCY = "Ubah instansi"
BUTTON_DONE = "Selesai"
BUTTON_STOP = "Berhenti langganan"
REMINDER_TITLE = "🔔 Pengingat: {title}"
REMINDER_WHY = "Anda menerima ini karena berlangganan pengingat. Berhenti: tekan tombol di bawah atau tulis berhenti."
REMINDER_CHECKED = "Dasar hukum diperiksa {day}."
TRIAL = "Kirim uji: hanya Anda yang menerima pesan ini."
TRIAL_UNKNOWN = "Tautan uji ini sudah tidak berlaku. Buka lagi halaman pengingatnya; tautannya berganti setiap hari."
TRIAL_NO_CONSENT = (
    "Pengingat hanya kami kirim kepada yang berlangganan, juga untuk uji. Tekan tombol di bawah, lalu buka lagi"
    " tautan ujinya."
)
TRIAL_NOT_NOW = "Pengingat ini belum bisa dikirim: {why}."
