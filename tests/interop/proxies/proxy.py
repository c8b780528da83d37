"""Runs nginx, HAProxy and Caddy with a configuration of this folder, on free ports."""

import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from stage import free_port  # noqa: E402

HERE = Path(__file__).parent
FILES = {"nginx": "nginx.conf", "haproxy": "haproxy.cfg", "caddy": "Caddyfile"}

NGINX = """
{user}
pid {folder}/nginx.pid;
error_log {folder}/nginx.log warn;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {config};
}}
"""


def text(name, setting):
    """The unchanged configuration. `setting` is its folder."""
    return (HERE / setting / FILES[name]).read_text()


def for_one(config):
    """The configuration for one receiver: without the second one, and without shutting out the only one."""
    config = re.sub(r"^.*(server .*127\.0\.0\.1:8081|fail_duration).*\n", "", config, flags=re.M)
    return config.replace(" 127.0.0.1:8081", "")


def with_line(config, after, line):
    """The configuration with an additional line, after the one that begins with `after`."""
    changed, count = re.subn(rf"^([ \t]*{re.escape(after)}.*\n)", rf"\1{line}\n", config, flags=re.M)
    assert count == 1, f"{after} is there {count} times"
    return changed


def on_ports(config, ports):
    """The configuration with other ports."""
    for port, replacement in ports.items():
        config = re.sub(rf"(?<=127\.0\.0\.1:){port}\b", str(replacement), config)
    return config


class Proxy:
    """A proxy that runs until it is stopped. `upstreams` are the addresses of one or two receivers."""

    def __init__(self, stage, name, config, upstreams):
        stage.started += 1
        folder = stage.folder / f"{name}-{stage.started}"
        folder.mkdir()
        self.folder = folder
        port = free_port()
        places = [8080, 8081][: len(upstreams)]
        ports = {place: upstream.rsplit(":", 1)[1] for place, upstream in zip(places, upstreams)}
        file = folder / FILES[name]
        file.write_text(on_ports(config, {8000: port, **ports}))
        environment = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
        self.program = stage.program(getattr(self, name)(folder, file), environment)
        self.address = f"127.0.0.1:{port}"
        self.url = f"http://{self.address}/webhooks"
        self.wait(port)

    def nginx(self, folder, file):
        main = folder / "main.conf"
        user = "user root;" if os.geteuid() == 0 else ""
        main.write_text(NGINX.format(user=user, folder=folder, config=file))
        return ["nginx", "-e", str(folder / "nginx.log"), "-p", str(folder), "-c", str(main), "-g", "daemon off;"]

    def haproxy(self, folder, file):
        return ["haproxy", "-db", "-f", str(file)]

    def caddy(self, folder, file):
        main = folder / "main"
        main.write_text(f"{{\n\tadmin off\n}}\nimport {file}\n")
        return ["caddy", "run", "--adapter", "caddyfile", "--config", str(main)]

    def wait(self, port):
        until = time.monotonic() + 20
        while time.monotonic() < until and self.program.process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.02)
        raise RuntimeError(f"{self.program.process.args} does not start: {''.join(self.program.log)}")

    def stop(self):
        self.program.stop(grace=1)
