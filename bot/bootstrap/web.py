"""The web application: chat, health, and the administrators' pages."""

from collections.abc import Sequence
from datetime import date
from functools import partial

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from bot.admin.accounts.credentials import Argon2Passwords, PyotpCodes
from bot.admin.accounts.known_browsers import KnownBrowsers
from bot.admin.campaigns.bot_links import BotLinks
from bot.admin.site import AdminSite
from bot.admin.web.gate import PREFIX
from bot.application.campaigns.manage_templates import ManageTemplates
from bot.application.curation.cluster_questions import ClusterQuestions
from bot.application.dialogue.handle_message import HandleMessage
from bot.application.figures.publish_figures import first_day_of, weekly_figures
from bot.application.figures.read_figures import FigureSources
from bot.application.figures.service_health import ServiceHealth
from bot.application.messaging.rate_limiter import RateLimiter
from bot.bootstrap.campaigns import manage_campaigns
from bot.bootstrap.health import ServiceWatch
from bot.bootstrap.nlu import secret_of
from bot.bootstrap.problems import Problems, TimeLimit
from bot.bootstrap.services import Services
from bot.channels.telegram.rendering import as_html_messages
from bot.channels.web.routes import WebChat
from bot.core.figures.disclosure import PublishedTable
from bot.core.privacy.person_names import NameLexicon
from bot.core.vocabulary import Channel
from bot.data.privacy_documents import DOCUMENTS, document
from bot.nlu_service.client import NluClient
from bot.operations.health import health_route
from bot.settings import ROOT
from bot.storage.accounts.audit_trail import verify
from bot.storage.campaigns.platform_templates import DatabaseTemplates
from bot.storage.curation.training_examples import typical_wordings
from bot.storage.dialogue.conversations import open_conversation, seal_conversation
from bot.storage.figures.day_counts import day_counts
from bot.storage.figures.question_counts import DatabaseQuestionCounts


def figure_sources(parts: Services, watch: ServiceWatch | None = None) -> FigureSources:
    """Return where the pages of figures read; without a watch nothing is known of the service."""

    async def published(today: date, weeks: int) -> PublishedTable:
        return weekly_figures(await day_counts(parts.store, first_day_of(today, weeks)), today, weeks)

    async def health() -> ServiceHealth:
        # Whoever opens the page wants to see the present, and few do at once.
        return await watch.look(0.0) if watch is not None else ServiceHealth(nlu_model=None, channels=())

    return FigureSources(
        counts=DatabaseQuestionCounts(parts.store),
        published=published,
        wordings=lambda topic: typical_wordings(ROOT / "nlu" / "data", topic),
        health=health,
    )


def question_clusters(parts: Services, nlu: NluClient) -> ClusterQuestions:
    """Make what puts the unanswered questions together; one for a process."""
    return ClusterQuestions(store=parts.admin_store, embedder=nlu, interpreter=nlu, clock=parts.clock)


def admin_site(
    parts: Services,
    nlu: NluClient | None = None,
    lexicon: NameLexicon | None = None,
    clusters: ClusterQuestions | None = None,
    watch: ServiceWatch | None = None,
) -> AdminSite:
    """Make the administrators' web; only pages that understand questions need the NLU and the masking's lists."""
    nlu = nlu or NluClient(parts.settings.nlu_url, secret_of(parts.settings))
    return AdminSite(
        store=parts.admin_store,
        passwords=Argon2Passwords(),
        codes=PyotpCodes(),
        clock=parts.clock,
        admit=RateLimiter(store=parts.store, clock=parts.clock),
        verify_audit=lambda: verify(parts.store),
        telegram=as_html_messages,
        interpreter=nlu,
        clusters=clusters or question_clusters(parts, nlu),
        seal=partial(seal_conversation, parts.store),
        unseal=partial(open_conversation, parts.store),
        known_browsers=KnownBrowsers(seal=parts.store.seal_bytes, unseal=parts.store.open_bytes, path=PREFIX),
        lexicon=lexicon,
        documents={name: document(name) for name in DOCUMENTS},
        campaigns=manage_campaigns(parts),
        whatsapp_templates=DatabaseTemplates(parts.store),
        templates=ManageTemplates(store=parts.admin_store, clock=parts.clock, new_id=parts.store.new_id),
        links=BotLinks(name=lambda: parts.bot_names.get(Channel.TELEGRAM), test_link_token=parts.store.test_link_token),
        new_id=parts.store.new_id,
        timezone=parts.settings.timezone,
        agency=parts.settings.agency,
        figures=figure_sources(parts, watch or ServiceWatch(parts=parts, nlu=nlu)),
    )


def build_app(
    parts: Services,
    nlu: NluClient,
    lexicon: NameLexicon,
    channel_routes: Sequence[BaseRoute] = (),
    clusters: ClusterQuestions | None = None,
    watch: ServiceWatch | None = None,
) -> Starlette:
    """Make the web application: chat, health, administrators' pages, and the webhooks of channels."""
    settings = parts.settings
    chat = WebChat(
        handle=HandleMessage(interpreter=nlu, store=parts.store, clock=parts.clock, lexicon=lexicon),
        admit=RateLimiter(store=parts.store, clock=parts.clock),
        messages_per_minute=settings.messages_per_minute,
        address_messages_per_minute=settings.address_messages_per_minute,
        agency=settings.agency,
    )
    watch = watch or ServiceWatch(parts=parts, nlu=nlu)
    admin = admin_site(parts, nlu, lexicon, clusters, watch)
    problems = Problems(chat, settings.contact)
    return Starlette(
        routes=[health_route(watch.look), *channel_routes, *admin.routes(), *chat.routes()],
        middleware=[Middleware(TimeLimit, problems=problems)],
        exception_handlers=problems.handlers(),
    )
