"""A BinderHub that the test plays: its answer leads to a Jupyter server on this machine."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PATIENCE = 60


def wait_for(condition):
    """Return the first true value of `condition`."""
    end = time.monotonic() + PATIENCE
    while not (value := condition()):
        assert time.monotonic() < end, f"no {condition} in {PATIENCE} s"
        time.sleep(0.05)
    return value


class BinderHub:
    """Answers requests for a computer as a BinderHub does, with the messages in `messages`.

    `None` among them is an end without an answer; after the last
    message the stream stays open. ``asked`` holds the paths of the requests, ``left`` those whose
    stream the page closed before its end.
    """

    def __init__(self):
        self.messages: list = []
        self.asked: list[str] = []
        self.left: list[str] = []
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                hub.asked.append(self.path)
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Access-Control-Allow-Origin", "*")
                self.end_headers()
                try:
                    hub.answer(self.wfile)
                except OSError:
                    hub.left.append(self.path)

            def log_message(self, *args):
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def answer(self, stream) -> None:
        """Send the messages, then keep the stream open until the page closes it."""
        for message in self.messages:
            if message is None:
                return
            stream.write(f"data: {json.dumps(message)}\n\n".encode())
            stream.flush()
        while True:  # a comment, as BinderHub sends it to keep the stream alive
            stream.write(b":keepalive\n\n")
            stream.flush()
            time.sleep(0.1)

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *exception):
        self.server.shutdown()
        self.server.server_close()
