"""The NLU process is silent about what it is asked, whatever the environment tells Rasa."""

import json
import os
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.bootstrap.nlu import workshop
from bot.settings import Settings
from tests.support.bot_process import NLU_SECRET, free_port

pytestmark = [pytest.mark.nlu, pytest.mark.privacy, pytest.mark.full]

SECRETS = ["zwartbolk", "quixendra", "198503122010011003"]
TEXTS = [
    "bolehkah Zwartbolk ikut kampanye",
    "NIP 198503122010011003 quixendra tanya arisan",
    "/zwartbolk{quixendra}",
    "zwartbolk \ud83d 😀",
]
START_SECONDS = 120.0


@dataclass
class Proxy:
    """A proxy that every request to another machine would go through; it only counts."""

    port: int = field(default_factory=free_port)
    calls: list[bytes] = field(default_factory=list)

    def serve(self) -> None:
        """Note whoever comes."""
        with socket.create_server(("127.0.0.1", self.port)) as listener:
            while True:
                caller, _ = listener.accept()
                with caller:
                    self.calls.append(caller.recv(1000))


@dataclass(frozen=True, kw_only=True)
class Loud:
    """A running NLU process that was told to say everything."""

    port: int
    folder: Path
    process: subprocess.Popen[bytes]
    proxy: Proxy

    def ask(self, body: bytes) -> int:
        """Post a body; returns the status."""
        headers = {"Authorization": f"Bearer {NLU_SECRET}"}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/model/parse", body, headers)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def is_up(self) -> bool:
        """Say whether it listens."""
        assert self.process.poll() is None, (self.folder / "output.log").read_text()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def far_addresses(self) -> list[str]:
        """Return the addresses outside this machine that the process is connected to, as the kernel writes them."""
        files = Path(f"/proc/{self.process.pid}/fd")
        own = {os.readlink(each) for each in files.iterdir() if each.exists() or each.is_symlink()}
        far = []
        for table in ("tcp", "tcp6", "udp", "udp6"):
            for line in Path(f"/proc/{self.process.pid}/net/{table}").read_text().splitlines()[1:]:
                cells = line.split()
                address = cells[2].split(":")[0]
                if f"socket:[{cells[9]}]" in own and set(address) != {"0"} and not address.endswith("7F"):
                    far.append(address)
        return [each for each in far if "0100007F" not in each]


@pytest.fixture(scope="module")
def loud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loud]:
    """Start the NLU with every switch set that could make it talk."""
    folder = tmp_path_factory.mktemp("loud")
    shop = workshop(Settings.from_env({}))
    port, proxy = free_port(), Proxy()
    threading.Thread(target=proxy.serve, daemon=True).start()
    address = f"http://127.0.0.1:{proxy.port}"
    environment = os.environ | {
        "SINETRAL_NLU_SECRET": NLU_SECRET,
        "RASA_TELEMETRY_ENABLED": "true",
        "RASA_TELEMETRY_DEBUG": "true",
        "RASA_TELEMETRY_WRITE_KEY": "kunci",
        "LOG_LEVEL": "DEBUG",
        "LOG_LEVEL_RASA": "DEBUG",
        "LOG_LEVEL_LIBRARIES": "DEBUG",
        "LOG_LEVEL_MATPLOTLIB": "DEBUG",
        "PYTHONASYNCIODEBUG": "1",
        "PYTHONUNBUFFERED": "1",
        "TF_CPP_MIN_LOG_LEVEL": "0",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "HTTP_PROXY": address,
        "HTTPS_PROXY": address,
        "ALL_PROXY": address,
        "NO_PROXY": "",
    }
    with (folder / "output.log").open("wb") as output:
        process = subprocess.Popen(
            [str(shop.python), "-m", "nlu.serving", "--model", str(shop.latest()), "--port", str(port)],
            cwd=shop.root,
            env=environment,
            stdout=output,
            stderr=output,
        )
    running = Loud(port=port, folder=folder, process=process, proxy=proxy)
    try:
        until = time.monotonic() + START_SECONDS
        while not running.is_up():
            assert time.monotonic() < until
            time.sleep(0.2)
        yield running
    finally:
        process.terminate()
        process.wait(timeout=20)


def test_what_is_asked_is_written_nowhere_and_nothing_is_sent(loud: Loud) -> None:
    statuses = [loud.ask(json.dumps({"text": text}).encode()) for text in TEXTS]
    assert statuses[:3] == [200, 200, 200]
    # What is no request of ours must not be shown either, nor what breaks the parser.
    broken = [loud.ask(body) for body in (b'{"text": "zwartbolk', b"\xffzwartbolk", b'["quixendra"]')]
    assert broken == [422, 422, 422]
    assert loud.far_addresses() == []
    assert loud.proxy.calls == []
    time.sleep(2)
    found = {
        (path.name, word)
        for path in loud.folder.rglob("*")
        if path.is_file()
        for word in SECRETS
        if word.encode() in path.read_bytes().lower()
    }
    assert found == set()
    assert loud.proxy.calls == []


def test_the_search_would_see_what_is_written(loud: Loud) -> None:
    assert (loud.folder / "output.log").exists()
    assert [path for path in loud.folder.rglob("*") if path.is_file()] != []
