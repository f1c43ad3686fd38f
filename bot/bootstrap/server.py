"""One process that serves everything until a signal."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import threading
from collections.abc import Generator
from datetime import datetime

import uvicorn

from bot.application.curation.cluster_questions import ClusterQuestions
from bot.bootstrap.channels import channels, sync_templates
from bot.bootstrap.connections import BACKLOG, MAX_HEADER_BYTES, gate_of_process, guarded_by
from bot.bootstrap.edge import Edge
from bot.bootstrap.health import ServiceWatch
from bot.bootstrap.nlu import supervised_nlu
from bot.bootstrap.services import Services, SystemClock, load_when_empty, open_services
from bot.bootstrap.web import admin_site, build_app, question_clusters
from bot.core.errors import InvalidInputError
from bot.operations.logs import configure_logging
from bot.settings import Settings
from bot.storage.accounts.audit_trail import DailyCheck
from bot.storage.campaigns.campaign_runs import fold_finished
from bot.storage.engine.write_ahead import empty_write_ahead
from bot.storage.messaging.dead_letters import purge_dead_letters
from bot.storage.retention import purge_texts
from bot.storage.unit_of_work import DatabaseQueues
from bot.workers.periodic import PURGE_SECONDS, PeriodicTask, purge_for_ever
from bot.workers.supervision import Supervisor

logger = logging.getLogger(__name__)

KEPT_DELIVERY_DAYS = 8
"""After a campaign's deadline its deliveries become counts; until then a person may settle what is in doubt."""

WEB_STOP_SECONDS = 5
"""How long requests under way may take when the process stops; clients that only hold a connection are cut then."""
LAST_SECONDS = 15.0
"""After a signal the process leaves at the latest, whatever hangs; it may be killed at any moment anyway."""
MAX_ROUND_SECONDS = PURGE_SECONDS * 2
"""Without a finished round after which the jobs count as hung."""


async def serve(settings: Settings, clock: SystemClock | None = None) -> None:
    """Serve until a signal: NLU first, then the web; stop both cleanly.

    Args:
        clock: None: the machine's; another one lets tests of reminders run at night.

    Raises:
        InvalidInputError: when the address to serve on is taken.
        PermanentError: when the NLU cannot be started.
    """
    configure_logging()
    listener = _listen(settings)
    supervisor = Supervisor()
    async with (
        open_services(settings, clock) as parts,
        supervised_nlu(settings, supervisor) as nlu,
        channels(parts, nlu, supervisor) as running,
    ):
        loaded = await load_when_empty(parts)
        if loaded is not None:
            print(f"Basis data masih kosong: pedoman bawaan dimuat ({len(loaded.added)} bagian).", flush=True)
        clusters = question_clusters(parts, nlu)
        watch = ServiceWatch(
            parts=parts, nlu=nlu, supervisor=supervisor, states=running.states, sendings=running.sendings
        )
        app = build_app(parts, nlu, await parts.lexicon(), running.routes, clusters, watch)
        config = uvicorn.Config(
            Edge(app=app, hosts=settings.own_hosts),
            http=guarded_by(gate_of_process(settings.trusted_proxies)),
            ws="none",
            h11_max_incomplete_event_size=MAX_HEADER_BYTES,
            backlog=BACKLOG,
            # By default uvicorn believes whoever connects from this machine.
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=[str(network) for network in settings.trusted_proxies],
            server_header=False,
            access_log=False,
            log_config=None,
            lifespan="off",
            timeout_graceful_shutdown=WEB_STOP_SECONDS,
        )
        server = _Server(config, supervisor)
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, server.ask_to_stop)
        jobs = _jobs(parts, clusters)
        supervisor.start("jobs", lambda: purge_for_ever(jobs, parts.clock), longest_silence=MAX_ROUND_SECONDS)
        watch.watch_for_ever()
        print(f"SiNetral siap di http://{settings.host}:{settings.port} (Ctrl-C untuk berhenti)", flush=True)
        try:
            await server.serve(sockets=[listener])
        finally:
            # Before the channels close what the workers send with.
            await supervisor.stop()
            await watch.close()


def _jobs(parts: Services, clusters: ClusterQuestions) -> list[PeriodicTask]:
    """Return what is done at intervals: write the log of ended hours, delete what has outlived its purpose."""
    store, queues, days = parts.store, DatabaseQueues(parts.store), parts.settings.unanswered_days
    return [
        PeriodicTask(name="templates", run=lambda now: sync_templates(parts, now)),
        PeriodicTask(name="log", run=store.flush_query_log),
        PeriodicTask(name="conversations", run=store.purge),
        PeriodicTask(name="texts", run=lambda now: purge_texts(store, now, days)),
        PeriodicTask(name="sessions", run=lambda now: _purge_sessions(parts, now)),
        PeriodicTask(name="logins", run=admin_site(parts).log_in().sum_up),
        PeriodicTask(name="publications", run=admin_site(parts).edit_drafts().publish_due),
        PeriodicTask(name="updates", run=lambda _: queues.forget_old_updates()),
        PeriodicTask(name="dead_letters", run=lambda now: purge_dead_letters(store, now)),
        PeriodicTask(name="reminders", run=lambda now: fold_finished(store, now, KEPT_DELIVERY_DAYS)),
        PeriodicTask(name="audit", run=DailyCheck(store).run),
        # After everything that deletes: what is gone must not stand in the file beside the database.
        PeriodicTask(name="write_ahead", run=lambda _: empty_write_ahead(store)),
        # Last, since it may take a minute where thousands of questions have no vector yet.
        PeriodicTask(name="clusters", run=clusters.refresh),
    ]


async def _purge_sessions(parts: Services, now: datetime) -> int:
    async with parts.admin_store.unit() as unit:
        return await unit.accounts.purge_sessions(now)


class _Server(uvicorn.Server):
    """Leaves signals to us, so that the NLU and the store are closed after it."""

    def __init__(self, config: uvicorn.Config, supervisor: Supervisor) -> None:
        """Take what stops together with the web."""
        super().__init__(config)
        self._supervisor = supervisor

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    def ask_to_stop(self) -> None:
        self.force_exit = self.should_exit
        self.should_exit = True
        # At once, beside the end of the web's connections: nothing more is taken up.
        self._supervisor.begin_stop()
        last = threading.Timer(LAST_SECONDS, _leave)
        last.daemon = True
        last.start()


def _leave() -> None:
    """End the process at once; what it held is leased, so that another goes on with it."""
    logger.error("the process did not stop in time and is ended")
    os._exit(1)


def _listen(settings: Settings) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        raise InvalidInputError(
            f"alamat {settings.host}:{settings.port} tidak bisa dipakai ({error.strerror});"
            " hentikan yang memakainya atau ubah SINETRAL_PORT"
        ) from error
    return listener
