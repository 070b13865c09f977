"""A BinderHub that the test plays: its answer leads to a Jupyter server on this machine."""

from __future__ import annotations

import json
import time
from http.server import BaseHTTPRequestHandler

from tests.server import LocalServer


class BinderHub(LocalServer):
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

        super().__init__(Handler)

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
