"""The webhook: a handshake, and signed posts that are committed in groups before they are acknowledged."""

import hashlib
import hmac
import logging
import time

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.application.messaging.channel_state import ChannelState
from bot.application.messaging.request_body import BodyProblem, read_body
from bot.application.ports import Clock
from bot.channels.json_fields import parsed
from bot.channels.whatsapp.batch_committer import BatchCommitter
from bot.channels.whatsapp.webhook_reader import Webhook, read_webhook, unreadable_body

logger = logging.getLogger(__name__)

WEBHOOK_PATH = "/whatsapp/webhook"

SIGNATURE_HEADER = "x-hub-signature-256"

MAX_BODY = 3 * 1024 * 1024
"""Bytes; Meta's own limit (`docs/limits.md`)."""

MAX_CHALLENGE = 200


def webhook_routes(
    group: BatchCommitter,
    app_secret: str,
    verify_token: str,
    phone_number_id: str,
    clock: Clock,
    state: ChannelState | None = None,
) -> list[Route]:
    """Make the routes that Meta calls: the handshake, and posts answered 200 after their commit.

    200 also for repeats and for what is authentic and has no sense: anything else would be delivered for days.
    """
    state = state or ChannelState(time.monotonic)

    async def handshake(request: Request) -> Response:
        asked = request.query_params
        given = asked.get("hub.verify_token", "")
        is_ours = hmac.compare_digest(given.encode("utf-8", "replace"), verify_token.encode())
        challenge = asked.get("hub.challenge", "")
        if not is_ours or asked.get("hub.mode") != "subscribe" or len(challenge) > MAX_CHALLENGE:
            return Response(status_code=403)
        return PlainTextResponse(challenge, headers={"X-Content-Type-Options": "nosniff"})

    async def deliver(request: Request) -> Response:
        body = await read_body(request.stream(), MAX_BODY)
        if isinstance(body, BodyProblem):
            return Response(status_code=body.value)
        if not is_signed(body, request.headers.get(SIGNATURE_HEADER, ""), app_secret):
            return Response(status_code=403)
        try:
            webhook = read_webhook(parsed(body), phone_number_id, clock.now())
        except (ValueError, RecursionError):
            webhook = Webhook(set_aside=(unreadable_body(len(body)),))
        for code in webhook.failures:
            logger.warning("a message failed at the platform", extra={"code": code, "channel": "whatsapp"})
        return Response(status_code=await _committed(group, webhook, state))

    return [
        Route(WEBHOOK_PATH, handshake, methods=["GET"]),
        Route(WEBHOOK_PATH, deliver, methods=["POST"]),
    ]


async def _committed(group: BatchCommitter, webhook: Webhook, state: ChannelState) -> int:
    """Return the status that tells Meta whether to deliver again."""
    try:
        await group.add(webhook)
    except Exception:  # the group has logged it
        state.failed("database")
        return 503
    state.worked()
    return 200


def signature(body: bytes, app_secret: str) -> str:
    """Return the header's value for a body.

    Source: Meta, webhooks, validating payloads: HMAC-SHA256 of the raw body under the app's secret.
    """
    return "sha256=" + hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()


def is_signed(body: bytes, given: str, app_secret: str) -> bool:
    """Say, in a time that tells nothing, whether a body was signed with the app's secret."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), signature(body, app_secret).encode())
