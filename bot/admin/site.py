"""The whole administrators' web: every page behind one gate."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

from bot.admin.accounts.audit_pages import AuditPages
from bot.admin.accounts.known_browsers import KnownBrowsers
from bot.admin.accounts.session_pages import SessionPages
from bot.admin.accounts.user_pages import UserPages
from bot.admin.campaigns.bot_links import BotLinks
from bot.admin.campaigns.campaign_pages import CampaignPages
from bot.admin.campaigns.subscriber_pages import SubscriberPages
from bot.admin.campaigns.template_pages import TemplatePages
from bot.admin.campaigns.whatsapp_pages import WhatsAppPages
from bot.admin.curation.answer_pages import GuidancePages
from bot.admin.curation.law_pages import LawPages
from bot.admin.curation.simulate_pages import Seal, TryPages, Unseal
from bot.admin.curation.unanswered_pages import UnansweredPages
from bot.admin.figures.home_pages import HomePages
from bot.admin.figures.question_pages import QuestionPages
from bot.admin.help.help_pages import HelpPages
from bot.admin.web.gate import PREFIX, Access, AccessGate, AdminRequest, AdminRoute, get, new_session_id
from bot.admin.web.previews import TelegramMessages
from bot.admin.web.render import Renderer
from bot.application.accounts.log_in import LogIn
from bot.application.accounts.manage_users import ManageUsers
from bot.application.accounts.ports import PasswordHasher, TotpService
from bot.application.campaigns.manage_campaigns import ManageCampaigns
from bot.application.campaigns.manage_templates import ManageTemplates
from bot.application.campaigns.sync_platform_templates import TemplateRegistry
from bot.application.curation.cluster_questions import ClusterQuestions
from bot.application.curation.edit_drafts import EditDrafts, EditLaw
from bot.application.curation.label_questions import LabelQuestions, QuestionStore
from bot.application.curation.simulate_turn import SimulateTurn
from bot.application.figures.read_figures import FigureSources
from bot.application.messaging.rate_limiter import RateLimiter
from bot.application.ports import Clock, Interpreter
from bot.core.accounts.audit_trail import ChainBreak
from bot.core.privacy.person_names import NameLexicon


@dataclass(frozen=True, kw_only=True)
class AdminSite:
    """The web, with what it needs."""

    store: QuestionStore
    passwords: PasswordHasher
    codes: TotpService
    clock: Clock
    admit: RateLimiter
    verify_audit: Callable[[], Awaitable[tuple[int, ChainBreak | None]]]
    telegram: TelegramMessages
    interpreter: Interpreter
    clusters: ClusterQuestions
    seal: Seal
    unseal: Unseal
    known_browsers: KnownBrowsers
    lexicon: NameLexicon | None
    documents: Mapping[str, str]
    campaigns: ManageCampaigns
    templates: ManageTemplates
    links: BotLinks
    whatsapp_templates: TemplateRegistry
    new_id: Callable[[], str]
    timezone: ZoneInfo
    agency: str | None
    figures: FigureSources

    def log_in(self) -> LogIn:
        """Return the use case around sessions."""
        return LogIn(
            store=self.store,
            passwords=self.passwords,
            codes=self.codes,
            clock=self.clock,
            new_session_id=new_session_id,
        )

    def manage_users(self) -> ManageUsers:
        """Return the use case around users."""
        return ManageUsers(store=self.store, passwords=self.passwords, clock=self.clock)

    def edit_drafts(self) -> EditDrafts:
        """Return the use cases around drafts."""
        return EditDrafts(store=self.store, clock=self.clock, new_id=self.new_id)

    def try_out(self) -> SimulateTurn:
        """Return the use case that answers without keeping anything."""
        return SimulateTurn(interpreter=self.interpreter, store=self.store, clock=self.clock)

    def label_questions(self) -> LabelQuestions:
        """Return the use cases around unanswered questions."""
        return LabelQuestions(store=self.store, clock=self.clock, new_id=self.new_id, lexicon=self.lexicon)

    def pages(self) -> Sequence[AdminRoute]:
        """Return every page; tests hold each one to a row of their table."""
        render = Renderer(self.timezone, self.agency)
        parts = (
            SessionPages(
                log_in=self.log_in(), codes=self.codes, admit=self.admit, known=self.known_browsers, render=render
            ),
            HomePages(
                store=self.store, figures=self.figures, waiting_reminders=self.campaigns.waiting_for, render=render
            ),
            QuestionPages(store=self.store, figures=self.figures, render=render),
            GuidancePages(store=self.store, edit=self.edit_drafts(), telegram=self.telegram, render=render),
            UnansweredPages(store=self.store, clusters=self.clusters, label=self.label_questions(), render=render),
            TryPages(try_out=self.try_out(), seal=self.seal, unseal=self.unseal, render=render),
            LawPages(store=self.store, law=EditLaw(store=self.store, clock=self.clock), render=render),
            UserPages(
                store=self.store,
                manage=self.manage_users(),
                agencies=self.campaigns.agencies_to_give,
                render=render,
            ),
            CampaignPages(manage=self.campaigns, links=self.links, telegram=self.telegram, render=render),
            TemplatePages(manage=self.templates, telegram=self.telegram, render=render),
            SubscriberPages(manage=self.campaigns, links=self.links, render=render),
            WhatsAppPages(templates=self.whatsapp_templates, render=render),
            AuditPages(store=self.store, verify=self.verify_audit, render=render),
            HelpPages(documents=self.documents, render=render),
        )
        pages = [page for part in parts for page in part.pages()]
        return [*pages, get("/{rest:path}", Access.LOGGED_IN, _NotFound(render=render).run)]

    def routes(self) -> list[BaseRoute]:
        """Return the routes to mount at the root."""
        gate = AccessGate(log_in=self.log_in(), clock=self.clock, problem=Renderer(self.timezone, self.agency).problem)
        static = Mount(f"{PREFIX}/static", StaticFiles(directory=Path(__file__).parent / "web" / "static"))
        return [static, *(gate.route(page) for page in self.pages())]


@dataclass(frozen=True, kw_only=True)
class _NotFound:
    render: Renderer

    async def run(self, visit: AdminRequest) -> Response:
        return self.render.problem(visit, 404, "Halaman itu tidak ada. Pilih dari menu, atau kembali ke beranda.")
