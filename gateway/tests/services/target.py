"""A service with the official library of Python: answers 200 to a delivery that verifies, and 401 to any other.

usage: target.py SECRET    (prints its port, and then a line of JSON for each delivery)
"""

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

webhook = Webhook(sys.argv[1])
# What the first deliveries meet: an error, a lost database, no answer, a closed connection.
faults = [500, 503, "hang", "close"]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        try:
            webhook.verify(body, dict(self.headers))
        except WebhookVerificationError as error:
            return self.answer(401, error=str(error))
        fault = faults.pop(0) if faults else 200
        if fault in ("hang", "close"):
            self.close_connection = True
            report(self.headers["webhook-id"], fault, body)
            return time.sleep(2 if fault == "hang" else 0)
        self.answer(fault, body)

    def answer(self, status, body=b"", error=None):
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()
        report(self.headers["webhook-id"], status, body, error)

    def log_message(self, *_):
        pass


def report(key, answer, body, error=None):
    line = {"key": key, "answer": answer, "bytes": len(body), "error": error}
    print(json.dumps(line), flush=True)


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
