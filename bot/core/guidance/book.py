"""Everything that is published, and what may be sent of it on a given day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.core.guidance.entry import GuidanceEntry, Topic
from bot.core.guidance.instrument import Instrument


class WithheldReason(StrEnum):
    """Why a topic has no answer that may be sent today."""

    NO_GUIDANCE = "belum ada jawaban"
    NO_BASIS = "tanpa dasar hukum"
    BASIS_NOT_IN_FORCE = "dasar hukum tidak berlaku"
    REVIEW_DUE = "tanggal tinjau ulang terlewati"


@dataclass(frozen=True, kw_only=True)
class WithheldAnswer:
    """An answer that may not be sent, and why."""

    topic: str
    reason: WithheldReason
    detail: str
    """The instruments or the day meant, for curators."""


@dataclass(frozen=True, kw_only=True)
class GuidanceBook:
    """Everything that answers are made from, as published at one moment."""

    topics: Mapping[str, Topic]
    entries: Mapping[str, GuidanceEntry]
    """By topic id; a topic may lack one."""
    instruments: Mapping[str, Instrument]
    """By code."""
    groups: Mapping[str, str]
    """Group id to its heading, in menu order."""
    contact: str | None = None
    """Whom to ask, as the agency set it; None is not shown."""
    agency: str | None = None
    """Who answers for the data, by name; None: "the agency that offers this"."""

    def answer_on(self, topic: str, on: date) -> GuidanceEntry | WithheldAnswer:
        """Return the answer that may be sent on this day, or why it may not: no source, no answer."""
        entry = self.entries.get(topic)
        if entry is None:
            return WithheldAnswer(topic=topic, reason=WithheldReason.NO_GUIDANCE, detail="")
        basis = entry.bases()
        if not basis:
            return WithheldAnswer(topic=topic, reason=WithheldReason.NO_BASIS, detail="")
        lapsed = sorted({c.instrument for c in basis if not self._is_in_force(c.instrument, on)})
        if lapsed:
            return WithheldAnswer(topic=topic, reason=WithheldReason.BASIS_NOT_IN_FORCE, detail=", ".join(lapsed))
        if on > entry.review_by:
            return WithheldAnswer(topic=topic, reason=WithheldReason.REVIEW_DUE, detail=entry.review_by.isoformat())
        return entry

    def withheld(self, on: date) -> tuple[WithheldAnswer, ...]:
        """Return every written answer that may not be sent on this day, in the order of topics."""
        standings = [self.answer_on(topic, on) for topic in self.topics if topic in self.entries]
        return tuple(standing for standing in standings if isinstance(standing, WithheldAnswer))

    def _is_in_force(self, code: str, on: date) -> bool:
        instrument = self.instruments.get(code)
        return instrument is not None and instrument.is_in_force(on)
