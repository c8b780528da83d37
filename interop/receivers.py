"""Runs the receivers of `examples/receivers` as processes on loopback, for the parts that post to them.

A `Stage` has a source of fresh bodies (the program `deliveries`), a Redis, and receivers. It stops all of them when it
exits, also after an exception or a signal.
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

    def __init__(self, command, environment=None):
        environment = {**os.environ, "NO_PROXY": "127.0.0.1", "WATCH": "127.0.0.1:0", **(environment or {})}
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
            env=environment, text=True, errors="replace",
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
    """A running receiver. `handled` tells how often each id was handled."""

    def __init__(self, stage, kind, tag, environment):
        self.stage, self.kind, self.tag, self.environment = stage, kind, tag, environment
        self.programs = []
        self.start("127.0.0.1:0")
        self.worker = stage.program([stage.binary("work")], environment) if self.queued else None
        if self.worker:
            self.worker.first_line()

    @property
    def queued(self):
        return self.kind in ("lambda", "queue")

    def start(self, listen):
        program = self.stage.program(
            [self.stage.binary("receive-" + self.kind)], {**self.environment, "LISTEN": listen}
        )
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
        if self.queued:
            words = self.stage.redis_cli("HGETALL", f"{{{self.tag}}}:counts").split()
            return Counter({id: int(count) for id, count in zip(words[::2], words[1::2])})
        lines = [line for program in self.programs for line in program.lines]
        return Counter(line.split(" ")[1] for line in lines if line.startswith("handled "))

    def handled_all(self, ids, patience=20):
        """How often each id was handled. Waits until all of these ids were handled, or until a timeout."""
        until = time.monotonic() + patience
        while True:
            handled = self.handled()
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
            self.redis_port = str(free_port())
            self.program([
                "redis-server", "--port", self.redis_port, "--bind", "127.0.0.1", "--save", "",
                "--appendonly", "no", "--maxmemory-policy", "noeviction", "--dir", str(self.folder),
            ]).first_line()
            while self.redis_cli("PING") != "PONG":
                time.sleep(0.05)
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

    def program(self, command, environment=None):
        program = Program(command, environment)
        self.programs.append(program)
        return program

    def redis_cli(self, *command):
        done = subprocess.run(["redis-cli", "-p", self.redis_port, *command], capture_output=True, text=True)
        return done.stdout.strip()

    def get(self, path):
        with LOCAL.open(f"{self.source}/{path}", timeout=300) as answer:
            return answer.read()

    def receiver(self, kind, accept="tokens", tag=None):
        """Starts a receiver: axum, actix, lambda or queue. Receivers with the same tag share a queue."""
        self.started += 1
        tag = tag or f"{kind}-{self.started}"
        return Receiver(self, kind, tag, {
            "MONEYHUB_CLIENT_ID": self.get("client-id").decode(),
            "MONEYHUB_ISSUER": self.get("issuer").decode(),
            "MONEYHUB_JWKS_URL": self.source + "/jwks",
            "MONEYHUB_ACCEPT": accept,
            "REDIS_URL": f"redis://127.0.0.1:{self.redis_port}/",
            "REDIS_TAG": tag,
            "SPILL": str(self.folder / f"spill-{self.started}"),
        })
