# SPDX-License-Identifier: LGPL-2.1-or-later
"""A daemon that answers what it was told to."""
import json
import socket
import threading


class FakeDaemon:
    """Answers as told: {method: [parameters, …]}, or an error's name."""

    def __init__(self, path, answers):
        self.path = path
        self.answers = answers
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(str(path))
        self.socket.listen()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            connection, _ = self.socket.accept()
            threading.Thread(target=self.talk, args=(connection,), daemon=True).start()

    def talk(self, connection):
        data = b""
        while True:
            new = connection.recv(65536)
            if not new:
                return
            data += new
            while b"\0" in data:
                message, data = data.split(b"\0", 1)
                answer = self.answers[json.loads(message)["method"].rsplit(".", 1)[1]]
                connection.sendall(answer if isinstance(answer, bytes)
                                   else json.dumps({"parameters": answer}).encode() + b"\0")
