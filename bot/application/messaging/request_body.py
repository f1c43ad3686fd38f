"""Reading what somebody else sends: within a size, and within a time."""

import asyncio
from collections.abc import AsyncIterator
from enum import IntEnum

BODY_SECONDS = 10.0
"""How long a body may take to come; a form or a webhook is some kilobytes."""


class BodyProblem(IntEnum):
    """Why a body was not read; its value is the status of HTTP that says so."""

    TOO_LATE = 408
    TOO_LARGE = 413


async def read_body(chunks: AsyncIterator[bytes], most: int, seconds: float = BODY_SECONDS) -> bytes | BodyProblem:
    """Read a body to its end.

    Args:
        chunks: its pieces as they come; what their reading raises leaves this.
        most: bytes; reading ends as soon as there are more.
        seconds: for all of it.
    """
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(seconds):
            async for chunk in chunks:
                size += len(chunk)
                if size > most:
                    return BodyProblem.TOO_LARGE
                parts.append(chunk)
    except TimeoutError:
        return BodyProblem.TOO_LATE
    return b"".join(parts)
