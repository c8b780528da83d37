"""Runs receivers (the program `receive`) as processes on loopback, for the parts that post to them.

A `Stage` has a source of fresh bodies (the program `deliveries`), a PostgreSQL, and receivers. It stops all of them when
it exits, also after an exception or a signal.
"""

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from pathlib import Path

from postgres import Postgres

# Longer than a backlog takes on a busy machine: only a row that differs waits so long.
PATIENCE = 120

LOCAL = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def free_port():
    """A port below 32768. Systems use higher ports for outgoing connections, which could take it before the server."""
    while True:
        port = random.randrange(20000, 32000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("", port))
            return port


def keep(source, lines):
    for line in source:
        lines.append(line)


class Program:
    """A process whose output lines are kept."""

    def __init__(self, command, environment=None, **options):
        environment = {**os.environ, "NO_PROXY": "127.0.0.1", **(environment or {})}
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
            env=environment, text=True, errors="replace", **options,
        )
        self.lines, self.log = [], []
        self.readers = [
            threading.Thread(target=keep, args=[source, into], daemon=True)
            for into, source in [(self.lines, self.process.stdout), (self.log, self.process.stderr)]
        ]
        for reader in self.readers:
            reader.start()

    def first_line(self):
        """Waits for its first line, and returns it."""
        until = time.monotonic() + 20
        while not self.lines:
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{self.process.args} does not start: {''.join(self.log)}")
            time.sleep(0.01)
        return self.lines[0].strip()

    def stop(self, grace=20):
        """Sends SIGTERM. Returns when the process has ended and its lines have been read."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(grace)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for reader in self.readers:
            reader.join(5)


class Receiver:
    """A running receiver."""

    def __init__(self, stage, environment):
        self.stage, self.environment, self.programs = stage, environment, []
        self.start("127.0.0.1:0")

    def start(self, listen):
        program = self.stage.program([self.stage.binary("receive")], {**self.environment, "LISTEN": listen})
        self.programs.append(program)
        self.address = program.first_line().rsplit(" ", 1)[-1]
        self.url = f"http://{self.address}/webhooks"

    def restart(self):
        """Stops it as an orchestrator does, and starts it again at the same address."""
        self.programs[-1].stop()
        self.start(self.address)

    def log(self):
        return [line for program in self.programs for line in program.log]

    def handled(self):
        """How often it handled each id."""
        lines = [line for program in self.programs for line in program.lines]
        return Counter(line.strip().split(" ", 1)[1] for line in lines if line.startswith("handled "))


def handled_by(receivers, ids):
    """How often these receivers handled each id. Waits until all of these ids were handled, or until a timeout."""
    until = time.monotonic() + PATIENCE
    while True:
        handled = sum((receiver.handled() for receiver in receivers), Counter())
        if set(ids) <= set(handled) or time.monotonic() > until:
            return handled
        time.sleep(0.05)


class Stage:
    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="interop-"))
        self.programs, self.started = [], 0
        self.binaries = Path(os.environ["BINARIES"])

    def __enter__(self):
        for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(name, lambda *_: sys.exit(1))
        try:
            self.deliveries = self.program([self.binary("deliveries")])
            self.source = "http://" + self.deliveries.first_line().rsplit(" ", 1)[-1]
            self.postgres = Postgres(self, free_port())
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for program in reversed(self.programs):
            program.stop(grace=5)
        shutil.rmtree(self.folder, ignore_errors=True)

    def binary(self, name):
        return str(self.binaries / name)

    def program(self, command, environment=None, **options):
        program = Program(command, environment, **options)
        self.programs.append(program)
        return program

    def get(self, path):
        with LOCAL.open(f"{self.source}/{path}", timeout=300) as answer:
            return answer.read()

    def store(self, kind):
        """A new store: `sqlite` or `postgres`."""
        self.started += 1
        return self.postgres.database() if kind == "postgres" else str(self.folder / f"inbox-{self.started}.db")

    def receiver(self, store, accept="tokens"):
        """Starts a receiver of `tokens`, or of `both` formats. Several can share a PostgreSQL store."""
        self.started += 1
        return Receiver(self, {
            "CLIENT_ID": self.get("client-id").decode(),
            "ISSUER": self.get("issuer").decode(),
            "JWKS_URL": self.source + "/jwks",
            "STORE": store,
            "SPILL": str(self.folder / f"spill-{self.started}"),
            **({"PLAIN_JSON": "1"} if accept == "both" else {}),
        })
