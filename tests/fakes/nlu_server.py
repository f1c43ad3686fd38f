"""An NLU of a few lines over HTTP, that hangs or fails on command; also as a process: `python nlu_server.py PORT`."""

import hashlib
import hmac
import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

PARSE: dict[str, Any] = {
    "intent": {"name": "di_luar_cakupan", "confidence": 0.9},
    "intent_ranking": [{"name": "di_luar_cakupan", "confidence": 0.9}],
    "entities": [],
    "bands": {"answer": 0.8, "clarify": 0.2, "out_of_scope": 0.5},
    "out_of_scope": 0.9,
    "model": "model-tiruan",
}


class _Answers(BaseHTTPRequestHandler):
    server: "FakeNluServer"

    def do_GET(self) -> None:
        nonce = parse_qs(urlsplit(self.path).query).get("nonce", [""])[0]
        secret = os.environ.get("SINETRAL_NLU_SECRET") or "uji-rahasia-nlu-0123456789"
        proof = hmac.new(secret.encode(), f"{nonce}\nmodel-tiruan".encode(), hashlib.sha256).hexdigest()
        self._answer({"status": "ready", "model": "model-tiruan", "proof": proof}, hangs="all" in self.server.hangs)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", "0")))
        self._answer(PARSE, hangs=bool(self.server.hangs))

    def _answer(self, body: dict[str, Any], *, hangs: bool) -> None:
        self.server.asked += 1
        while hangs and self.server.hangs and not self.server.is_over:
            time.sleep(0.05)
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class FakeNluServer(ThreadingHTTPServer):
    """Serves from threads; set `hangs` to "parse" or "all" and back to ""."""

    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Answers)
        self.hangs = ""
        self.asked = 0
        self.is_over = False

    @property
    def url(self) -> str:
        """The address without a path."""
        return f"http://127.0.0.1:{self.server_port}"

    def __enter__(self) -> "FakeNluServer":
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.is_over = True
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller who left is none of our business."""


if __name__ == "__main__":
    FakeNluServer(int(sys.argv[1])).serve_forever()
