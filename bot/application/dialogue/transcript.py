"""Decisions as the JSON objects that `sinetral ask --jsonl` prints; `docs/development.md` lists their fields."""

from bot.core.dialogue.decision import Decision
from bot.core.replies.reply import as_text


def to_json(text: str, decision: Decision) -> dict[str, object]:
    """Return the object of one answered line."""
    return {
        "text": text,
        "decision": decision.kind.value,
        "topic": decision.topic,
        "options": list(decision.options),
        "intent": decision.intent,
        "confidence": decision.confidence,
        "aspect": decision.aspect.value if decision.aspect else None,
        "reply": as_text(decision.reply),
        "citations": [{"instrument": c.instrument, "article": c.article} for c in decision.citations],
        "buttons": [button.label for button in decision.reply.buttons],
    }
