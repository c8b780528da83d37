"""A server that accepts any body and records the request, to check that a client sends what its case says."""

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        chunked = self.headers.get("Transfer-Encoding", "").lower() == "chunked"
        body = b"".join(self.chunks()) if chunked else self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen = {
            "type": self.headers.get("Content-Type"),
            "coding": self.headers.get("Content-Encoding"),
            "chunked": chunked,
            "expect": self.headers.get("Expect"),
            "body": hashlib.sha256(body).hexdigest(),
        }
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def chunks(self):
        while length := int(self.rfile.readline().split(b";")[0], 16):
            yield self.rfile.read(length)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    connections = 0

    def get_request(self):
        self.connections += 1
        return super().get_request()


class Recorder:
    def __enter__(self):
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/webhooks"
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def connections(self):
        """The number of connections so far."""
        return self.server.connections

    def differences(self, case, file):
        """What differs between the last request and the case."""
        meant = {
            "type": case.type,
            "coding": case.coding,
            "chunked": case.chunked,
            "expect": case.headers.get("Expect"),
            "body": hashlib.sha256(Path(file).read_bytes()).hexdigest(),
        }
        seen = dict(self.server.seen)
        if meant["expect"] is None:
            seen["expect"] = None  # clients may add this themselves
        return [f"{case.name}: {name} {seen[name]}" for name in meant if seen[name] != meant[name]]
