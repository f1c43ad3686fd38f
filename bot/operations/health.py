"""GET /health: what works now, without anything about people."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bot.application.ports import Clock, Store


def health_route(nlu_model: Callable[[], Awaitable[str | None]], store: Store, clock: Clock) -> Route:
    """Make the route; 200 when everything answers, 503 when the NLU does not."""

    async def health(_request: Request) -> JSONResponse:
        today = clock.now().date()
        async with store.unit() as unit:
            book = await unit.guidance()
        model = await nlu_model()
        withheld = [standing.topic for standing in book.withheld(today)]
        body = {
            "status": "ok" if model else "nlu_down",
            "model": model,
            "answers": len(book.entries) - len(withheld),
            "withheld": withheld,
        }
        return JSONResponse(body, 200 if model else 503)

    return Route("/health", health, methods=["GET"])
