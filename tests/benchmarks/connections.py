"""What strangers cost who only hold connections: memory, log bytes, and how long a good visitor waits meanwhile.

`python -m tests.benchmarks.connections` runs the real process beside a small NLU, first undisturbed, then under half
requests, headers without end and requests that are none.
"""

import asyncio
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.faults.nlu_stub import question
from tests.faults.world import NluStub
from tests.support.bot_process import Bot

HALF = 1_000
HEADER_BYTES = 200 * 1024 * 1024
MALFORMED = 10_000
GOOD_EVERY_SECONDS = 0.25
QUIET_SECONDS = 15.0
MALFORMED_KINDS = [
    b"GET\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00", b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"\r\n" * 9,
    b"GET / HTTP/9.9\r\n\r\n", b"POST /chat HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", b"GET /\x00 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
]  # fmt: skip


async def _good(bot: Bot, seconds: float) -> list[float]:
    """Ask again and again as one browser does; return the seconds of each answer."""
    taken: list[float] = []
    end = time.monotonic() + seconds
    number = 0
    while time.monotonic() < end:
        number += 1
        started = time.monotonic()
        try:
            await asyncio.to_thread(bot.say, f"{number} {question('foto_bersama_calon')}")
            taken.append(time.monotonic() - started)
        except OSError:
            taken.append(float("inf"))
        await asyncio.sleep(max(0.0, GOOD_EVERY_SECONDS - (time.monotonic() - started)))
    return taken


async def _half(port: int) -> None:
    """Hold a thousand connections with half a request line; open each anew when it is cut."""

    async def hold() -> None:
        while True:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(b"GET /half")
                await reader.read()
                writer.close()
            except OSError:
                pass
            await asyncio.sleep(1.0)

    await asyncio.gather(*(hold() for _ in range(HALF)))


async def _headers(port: int) -> None:
    """Send two hundred megabytes of header lines over twenty connections at a time."""
    left = HEADER_BYTES
    line = b"X-Long: " + b"a" * 8_000 + b"\r\n"

    async def send() -> None:
        nonlocal left
        while left > 0:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n")
                for _ in range(2_000):
                    writer.write(line)
                    left -= len(line)
                    await writer.drain()
                writer.close()
            except OSError:
                await asyncio.sleep(0)

    await asyncio.gather(*(send() for _ in range(20)))


async def _malformed(port: int) -> None:
    """Send ten thousand requests that are none, fifty at a time."""
    numbers = iter(range(MALFORMED))

    async def send() -> None:
        for number in numbers:
            try:
                async with asyncio.timeout(20):
                    reader, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.write(MALFORMED_KINDS[number % len(MALFORMED_KINDS)])
                    writer.write_eof()
                    await reader.read()
                    writer.close()
            except OSError:
                pass

    await asyncio.gather(*(send() for _ in range(50)))


async def _under(bot: Bot, name: str, attack: Callable[[int], Awaitable[None]] | None, seconds: float) -> None:
    assert bot.process is not None
    before, logged = _memory(bot.process.pid), _log_bytes(bot)
    task = asyncio.ensure_future(attack(bot.port)) if attack is not None else None
    started = time.monotonic()
    taken: list[float] = []
    most = before
    while not taken or time.monotonic() - started < seconds or (task is not None and attack is not _half):
        taken += await _good(bot, 1.0)
        most = max(most, _memory(bot.process.pid))
        if task is not None and task.done():
            break
    if task is not None:
        task.cancel()
    answered = [each for each in taken if each != float("inf")]
    p50, p95 = statistics.median(answered), sorted(answered)[int(len(answered) * 0.95)]
    print(
        f"{name:<28} {time.monotonic() - started:6.1f} s   good visitor {len(answered)}/{len(taken)} answered,"
        f" p50 {p50 * 1000:5.0f} ms, p95 {p95 * 1000:5.0f} ms   memory +{(most - before) / 2**20:5.1f} MB"
        f"   log +{_log_bytes(bot) - logged} bytes",
        flush=True,
    )
    await asyncio.sleep(3.0)


def _memory(pid: int) -> int:
    """Return the bytes of memory that a process holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def _log_bytes(bot: Bot) -> int:
    files = [bot.log, *(bot.folder / "log").rglob("*")]
    return sum(file.stat().st_size for file in files if file.is_file())


async def _measure(bot: Bot) -> None:
    await _under(bot, "undisturbed", None, QUIET_SECONDS)
    await _under(bot, f"{HALF} half requests", _half, 40.0)
    await _under(bot, f"{HEADER_BYTES // 2**20} MB of headers", _headers, 0.0)
    await _under(bot, f"{MALFORMED} malformed requests", _malformed, 0.0)
    await _under(bot, "undisturbed", None, QUIET_SECONDS)


def main() -> int:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        bot = Bot(folder=Path(folder))
        stub = NluStub(port=bot.nlu_port)
        stub.start()
        try:
            bot.start()
            asyncio.run(_measure(bot))
        finally:
            bot.stop()
            stub.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
