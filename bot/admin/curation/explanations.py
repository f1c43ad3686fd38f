"""Why the bot would answer as it does, in Indonesian sentences."""

from bot.admin.web import labels
from bot.application.curation.simulate_turn import SimulationResult
from bot.core.dialogue.conversation import PRESSURE_ENTITY, Command, Parse, Press, Search, Thumb
from bot.core.dialogue.decision import Decision, DecisionKind
from bot.core.dialogue.evidence import OUT_OF_SCOPE_INTENT, PRESSURE_TOPIC
from bot.core.vocabulary import Aspect, Unreadable

NOT_ASKED = {
    Press: "Tombol ditekan, jadi NLU tidak ditanya.",
    Command: "Perintah dengan garis miring dikenali tanpa NLU.",
    Search: "Pencarian topik dengan kata, tanpa NLU.",
    Thumb: "Jempol dibaca sebagai penilaian, tanpa NLU.",
}
UNREADABLE = {
    Unreadable.EMPTY: "Pesannya kosong.",
    Unreadable.NO_WORDS: "Tidak ada kata di dalamnya, jadi NLU tidak ditanya.",
    Unreadable.TOO_LONG: "Lebih dari 4.096 huruf, jadi NLU tidak ditanya.",
    Unreadable.NLU_DOWN: "NLU sedang tidak menyala, jadi penanya diberi tahu apa adanya.",
}


def explain(trial: SimulationResult) -> list[str]:
    """Return the reasons, the decisive one first."""
    heard = trial.heard
    if isinstance(heard, Parse):
        reasons = [_of_parse(heard, trial)]
    elif isinstance(heard, Unreadable):
        reasons = [UNREADABLE.get(heard, "Pesan jenis ini tidak bisa dibaca bot.")]
    else:
        reasons = [NOT_ASKED[type(heard)]]
    if trial.withheld is not None:
        detail = f" ({trial.withheld.detail})" if trial.withheld.detail else ""
        reasons.append(f"Jawabannya ditahan: {trial.withheld.reason.value}{detail}.")
    return reasons


def _of_parse(parse: Parse, trial: SimulationResult) -> str:
    decision = trial.decision
    match decision.kind:
        case DecisionKind.ANSWER:
            return _of_answer(parse, decision)
        case DecisionKind.CLARIFY:
            return _of_clarify(parse)
        case DecisionKind.REFUSE:
            return "Meminta pendapat tentang calon, partai, atau pihak, jadi ditolak dengan sopan."
        case DecisionKind.SMALLTALK:
            return f"Bukan tentang topik, melainkan “{labels.humanise_id(parse.intent)}”: dijawab dengan kalimat tetap."
        case DecisionKind.FALLBACK:
            return _of_fallback(parse, trial)


def _of_answer(parse: Parse, decision: Decision) -> str:
    sure, limit = labels.decimal(parse.confidence), labels.decimal(parse.bands.answer)
    if parse.values(PRESSURE_ENTITY) and decision.topic == PRESSURE_TOPIC:
        return "Ada tanda tekanan atasan, jadi jalur pelaporan yang dilindungi diberikan lebih dulu."
    if parse.sub_questions and decision.conversation.options:
        return "Pesannya memuat beberapa pertanyaan yang dikenali: satu dijawab, yang lain ditawarkan sebagai tombol."
    if decision.aspect is Aspect.ANSWER and decision.topic == parse.intent:
        if parse.confidence >= parse.bands.answer:
            return f"Keyakinan {sure} di atas batas jawab {limit}, jadi topiknya dijawab langsung."
        return f"Keyakinan {sure} di bawah batas jawab {limit}, tetapi topik ini baru saja ditawarkan, jadi dijawab."
    part = labels.ASPECTS[decision.aspect or Aspect.ANSWER]
    return f"Pertanyaan lanjutan: diberikan {part} dari topik yang sedang dibicarakan atau yang ditawarkan."


def _of_clarify(parse: Parse) -> str:
    sure, low, high = (labels.decimal(each) for each in (parse.confidence, parse.bands.clarify, parse.bands.answer))
    if parse.intent == OUT_OF_SCOPE_INTENT:
        return "Paling mirip pertanyaan di luar cakupan, tetapi belum pasti, jadi topik terdekat ditawarkan."
    if parse.confidence >= parse.bands.answer and parse.out_of_scope >= parse.out_of_scope_caution:
        score, limit = labels.decimal(parse.out_of_scope), labels.decimal(parse.out_of_scope_caution)
        return f"Kemungkinan di luar cakupan {score} mencapai batas ragu {limit}, jadi topik hanya ditawarkan."
    if parse.bands.clarify <= parse.confidence < parse.bands.answer:
        return f"Keyakinan {sure} di antara batas tawar {low} dan batas jawab {high}, jadi topik ditawarkan."
    return "Belum jelas pilihan mana yang dimaksud, jadi topik ditawarkan."


def _of_fallback(parse: Parse, trial: SimulationResult) -> str:
    if trial.decision.topic is not None:
        return f"Topiknya dikenali dengan keyakinan {labels.decimal(parse.confidence)}."
    if parse.out_of_scope >= parse.bands.out_of_scope:
        score, limit = labels.decimal(parse.out_of_scope), labels.decimal(parse.bands.out_of_scope)
        return f"Kemungkinan di luar cakupan {score} mencapai batas {limit}, jadi bot mengatakan belum tahu."
    if parse.confidence < parse.bands.clarify:
        sure, low = labels.decimal(parse.confidence), labels.decimal(parse.bands.clarify)
        return f"Keyakinan {sure} di bawah batas tawar {low}, jadi bot mengatakan belum tahu."
    return "Tidak ada topik yang sedang dibicarakan atau yang boleh dijawab, jadi daftar topik ditawarkan."
