"""Runs a PostgreSQL on loopback, with a data folder of its own."""

import os
import pwd
import shutil
import subprocess
import time
from pathlib import Path

# Longer than a start takes on a busy machine.
PATIENCE = 60


def binaries():
    """The folder of its programs. Debian has them by version, and not on the path. `None` if it is not installed."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = shutil.which("initdb", path=os.pathsep.join([*map(str, folders), os.environ.get("PATH", "")]))
    return Path(found).parent if found else None


class Postgres:
    """A server, started on `port` by `stage`, which also stops it."""

    def __init__(self, stage, port):
        self.binaries, self.address, self.databases = binaries(), f"postgres@127.0.0.1:{port}", 0
        folder = stage.folder / "postgres"
        folder.mkdir(mode=0o700)
        # It does not run as root.
        self.user = {}
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            os.chown(folder, account.pw_uid, account.pw_gid)
            stage.folder.chmod(0o711)
            self.user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        initdb = ["initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "-D", str(folder)]
        done = self.run(*initdb)
        if done.returncode:
            raise RuntimeError(f"initdb: {done.stderr}")
        command = [str(self.binaries / "postgres"), "-D", str(folder), "-h", "127.0.0.1", "-k", "", "-p", str(port)]
        self.server = stage.program(command + ["-c", "max_connections=300"], cwd=folder, **self.user)

    def run(self, program, *arguments):
        command = [str(self.binaries / program), *arguments]
        return subprocess.run(command, capture_output=True, text=True, cwd="/", **self.user)

    def database(self):
        """The URL of a new database."""
        self.databases += 1
        name = f"inbox{self.databases}"
        until = time.monotonic() + PATIENCE
        while (done := self.run("createdb", "--maintenance-db", self.url("postgres"), name)).returncode:
            if self.server.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"createdb: {done.stderr}\n{''.join(self.server.log)}")
            time.sleep(0.1)
        return self.url(name)

    def url(self, database):
        return f"postgres://{self.address}/{database}"
