"""GET /health: what works now, without anything about people, within a second whatever hangs."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bot.application.figures.service_health import PartHealth, ServiceHealth

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.8
"""How long one look waits for checks, all of them together."""
FRESH_SECONDS = 2.0
"""A result younger than this is not asked for again."""
STALE_SECONDS = 6.0
"""A result older than this says nothing about now."""

Run = Callable[[], Awaitable[PartHealth]]


@dataclass(kw_only=True)
class _Check:
    """One thing to look at, and what was last seen of it."""

    run: Run
    task: "asyncio.Task[PartHealth] | None" = None
    result: PartHealth | None = None
    seen_at: float = 0.0
    worked_at: float | None = None


@dataclass(kw_only=True)
class HealthWatch:
    """Looks at parts, each at its own pace: one that hangs keeps no other back, and is not asked twice at once."""

    monotonic: Callable[[], float]
    _checks: dict[str, _Check] = field(default_factory=dict)

    def add(self, name: str, run: Run) -> None:
        """Look at something more; whatever `run` raises counts as not working."""
        self._checks[name] = _Check(run=run)

    async def look(self, fresh_seconds: float = FRESH_SECONDS) -> Mapping[str, PartHealth]:
        """Return what is known of every part, after asking for what is not known freshly.

        Args:
            fresh_seconds: how long something seen counts as fresh; 0 to ask anew for everything.
        """
        for name, check in self._checks.items():
            is_old = check.result is None or self.monotonic() - check.seen_at >= fresh_seconds
            if check.task is None and is_old:
                check.task = asyncio.create_task(self._run(name, check))
        pending = [check.task for check in self._checks.values() if check.task is not None]
        if pending:
            await asyncio.wait(pending, timeout=LOOK_SECONDS)
        return {name: self._standing(name, check) for name, check in self._checks.items()}

    async def look_for_ever(self, on_look: Callable[[], None]) -> None:
        """Look again and again, so that whoever asks finds fresh results; `on_look` is called after each look."""
        while True:
            await self.look()
            on_look()
            await asyncio.sleep(FRESH_SECONDS)

    async def close(self) -> None:
        """End the checks under way."""
        tasks = [check.task for check in self._checks.values() if check.task is not None]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=LOOK_SECONDS)

    async def _run(self, name: str, check: _Check) -> PartHealth:
        try:
            found = await check.run()
        except Exception as error:  # the top of a check
            logger.debug("a check of the health failed", extra={"job": name, "error": type(error).__name__})
            found = PartHealth(name=name, is_working=False, trouble="error")
        finally:
            check.task = None
        check.result, check.seen_at = found, self.monotonic()
        if found.is_working:
            check.worked_at = check.seen_at
        return found

    def _standing(self, name: str, check: _Check) -> PartHealth:
        now = self.monotonic()
        age = now - check.worked_at if check.worked_at is not None else None
        if check.result is None:
            return PartHealth(name=name, is_working=False, trouble="no_answer", age_seconds=age)
        if now - check.seen_at > STALE_SECONDS:
            return replace(check.result, is_working=False, trouble="no_answer", age_seconds=age)
        return replace(check.result, age_seconds=age)


def health_route(look: Callable[[], Awaitable[ServiceHealth]]) -> Route:
    """Make the route: 200 when all that answers need works, else 503; with the names of the parts that do not work."""

    async def health(_request: Request) -> JSONResponse:
        found = await look()
        failing = [part.name for part in found.parts if not part.is_working]
        is_degraded = any(not part.is_working and part.is_needed for part in found.parts)
        body = {
            "status": "degraded" if is_degraded else "ok",
            "failing": failing,
            "model": found.nlu_model,
            "answers": found.answers,
            "withheld": list(found.withheld),
            "parts": {part.name: _body(part) for part in found.parts},
        }
        return JSONResponse(body, 503 if is_degraded else 200, {"Cache-Control": "no-store"})

    return Route("/health", health, methods=["GET"])


def _body(part: PartHealth) -> Mapping[str, object]:
    age = round(part.age_seconds, 1) if part.age_seconds is not None else None
    state = "ok" if part.is_working else "failing"
    return {"state": state, "trouble": part.trouble, "age_seconds": age, **part.details}
