"""The bot in a panel, with what it went by; nothing that is tried is kept."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from starlette.responses import Response

from bot.admin.curation.draft_form import read_day
from bot.admin.curation.explanations import explain
from bot.admin.web.gate import AdminRequest, AdminRoute, get, post
from bot.admin.web.render import Renderer
from bot.application.curation.simulate_turn import SimulatedInput, SimulateTurn
from bot.core.accounts.users import Permission
from bot.core.dialogue.conversation import Conversation, Parse
from bot.core.errors import InvalidInputError
from bot.core.legal_day import legal_day
from bot.core.replies import texts
from bot.core.vocabulary import Stage

CALENDAR = "kalender"
NO_STAGE = "tanpa"
MAX_RANKED = 5

Seal = Callable[[Conversation, bytes], bytes]
Unseal = Callable[[bytes, bytes], Conversation]


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """How the form stood."""

    day: date
    stage: str
    with_drafts: bool


@dataclass(frozen=True, kw_only=True)
class TryPages:
    """The pages, with what they need."""

    try_out: SimulateTurn
    seal: Seal
    unseal: Unseal
    render: Renderer

    def pages(self) -> list[AdminRoute]:
        """Return the routes."""
        return [get("/coba", Permission.VIEW, self._form), post("/coba", Permission.VIEW, self._take)]

    async def _form(self, visit: AdminRequest) -> Response:
        chosen = Chosen(day=legal_day(visit.now), stage=CALENDAR, with_drafts=False)
        return self._page(visit, 200, chosen, "")

    async def _take(self, visit: AdminRequest) -> Response:
        try:
            chosen = _chosen(visit)
        except InvalidInputError as error:
            chosen = Chosen(day=legal_day(visit.now), stage=CALENDAR, with_drafts=False)
            return self._page(visit, 400, chosen, visit.value("keadaan"), error=str(error))
        payload, _, label = visit.value("tombol").partition(" ")
        said = label if payload else visit.value("contoh") or visit.value("tulisan")
        trial = await self.try_out.simulate(
            self._opened(visit),
            SimulatedInput(
                said=said,
                payload=payload,
                day=chosen.day,
                stage=Stage(chosen.stage) if chosen.stage in set(Stage) else None,
                by_calendar=chosen.stage == CALENDAR,
                with_drafts=chosen.with_drafts,
            ),
        )
        parse = trial.heard if isinstance(trial.heard, Parse) else None
        turn = {
            "said": said,
            "trial": trial,
            "decision": trial.decision,
            "parse": parse,
            "ranking": parse.intent_ranking[:MAX_RANKED] if parse else (),
            "reasons": explain(trial),
        }
        state = self._sealed(visit, trial.decision.conversation)
        if visit.is_fragment:
            return self.render.fragment(visit, "try_turn.html", state=state, is_alone=True, **turn)
        return self._page(visit, 200, chosen, state, turn)

    def _page(
        self,
        visit: AdminRequest,
        status: int,
        chosen: Chosen,
        state: str,
        turn: Mapping[str, object] | None = None,
        *,
        error: str | None = None,
    ) -> Response:
        return self.render.page(
            visit,
            "try.html",
            status,
            chosen=chosen,
            state=state,
            error=error,
            has_turn=turn is not None,
            is_alone=False,
            stages=list(Stage),
            examples=texts.EXAMPLES,
            **(turn or {}),
        )

    def _sealed(self, visit: AdminRequest, conversation: Conversation) -> str:
        return base64.urlsafe_b64encode(self.seal(conversation, _binding(visit))).decode()

    def _opened(self, visit: AdminRequest) -> Conversation:
        """Return the conversation so far; a fresh one when the field is empty or not of this session."""
        try:
            return self.unseal(base64.urlsafe_b64decode(visit.value("keadaan")), _binding(visit))
        except ValueError:
            return Conversation()


def _binding(visit: AdminRequest) -> bytes:
    return b"try out " + visit.token.encode()


def _chosen(visit: AdminRequest) -> Chosen:
    stage = visit.value("tahapan") or CALENDAR
    if stage not in {CALENDAR, NO_STAGE, *Stage}:
        raise InvalidInputError("Pilih tahapan dari daftar.")
    day = read_day(visit.value("tanggal")) or legal_day(visit.now)
    return Chosen(day=day, stage=stage, with_drafts=bool(visit.value("draf")))
