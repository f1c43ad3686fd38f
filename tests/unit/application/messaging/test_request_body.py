"""A body that is too large, or does not come, is not waited for."""

import asyncio
from collections.abc import AsyncIterator

from bot.application.messaging.request_body import BodyProblem, read_body


async def _chunks(*chunks: bytes, hangs: bool = False) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk
    if hangs:
        await asyncio.Event().wait()


async def test_a_body_is_read_to_its_end() -> None:
    assert await read_body(_chunks(b"ab", b"", b"c"), 3) == b"abc"


async def test_a_body_that_is_too_large_is_told_at_once() -> None:
    assert await read_body(_chunks(b"ab", b"cd", hangs=True), 3) is BodyProblem.TOO_LARGE


async def test_a_body_that_does_not_come_is_told_in_time() -> None:
    assert await read_body(_chunks(b"ab", hangs=True), 3, seconds=0.01) is BodyProblem.TOO_LATE
