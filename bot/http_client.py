"""Answers of other processes, read up to a most size: what is larger, or compressed, is no answer."""

import aiohttp

NO_COMPRESSION = {"Accept-Encoding": "identity"}
"""For the headers of a session that does not decompress: a small answer must not unpack to a large one."""
CHUNK_BYTES = 64 * 1024


class AnswerTooLargeError(aiohttp.ClientPayloadError):
    """More was answered than anybody reads."""


async def read_bounded(response: aiohttp.ClientResponse, most: int) -> bytes:
    """Return the body of an answer.

    Args:
        most: bytes.

    Raises:
        AnswerTooLargeError: when there are more; nothing more is read.
    """
    content = bytearray()
    async for chunk in response.content.iter_chunked(CHUNK_BYTES):
        content += chunk
        if len(content) > most:
            response.close()
            raise AnswerTooLargeError("too large")
    return bytes(content)
