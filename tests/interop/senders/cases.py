"""What the clients send, and the expected results."""

import gzip
import zlib
from dataclasses import dataclass, field

SECEVENT = "application/secevent+jwt"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


@dataclass
class Case:
    name: str
    kind: str  # of the body, as in `deliveries`
    status: int
    type: str | None = SECEVENT  # None: no Content-Type at all
    coding: str | None = None
    chunked: bool = False
    headers: dict = field(default_factory=dict)
    options: list = field(default_factory=list)  # for curl
    accept: str = "tokens"
    recorded: bool = True  # whether the recorder can read it

    def expected(self):
        return f"{self.status}, " + ("handled once" if self.status == 202 else "not handled")

    def all_headers(self):
        headers = dict(self.headers)
        if self.type is not None:
            headers["Content-Type"] = self.type
        if self.coding is not None:
            headers["Content-Encoding"] = self.coding
        return headers

    def encode(self, body):
        match self.coding:
            case "gzip":
                return gzip.compress(body)
            case "deflate":
                return zlib.compress(body)
        # The standard library has no brotli. Only the name of the coding is sent.
        return body


def of_type(type):
    return Case(f"token as {type or 'no type at all'}", "token", 202, type)


EVERYBODY = [
    Case("plain JSON where it is accepted", "json", 202, JSON, accept="both"),
    Case("plain JSON at a receiver of tokens", "json", 401, JSON),
    Case("token", "token", 202),
    Case("forged token", "forged", 401),
    Case("no webhook", "no-webhook", 400),
    Case("token, chunked", "token", 202, chunked=True),
    Case("widget JSON", "widget-json", 202, JSON),
    Case("widget form", "widget-form", 202, FORM),
    Case("6000 ids", "6000-ids", 202),
    Case("exactly 1 MiB", "limit", 202),
    Case("exactly 1 MiB, chunked", "limit", 202, chunked=True),
    Case("one byte over", "over", 413),
    Case("one byte over, chunked", "over", 413, chunked=True),
    Case("10 MiB", "far-over", 413),
    Case("10 MiB, chunked", "far-over", 413, chunked=True),
    Case("gzip", "token", 415, coding="gzip"),
    Case("gzip, chunked", "token", 415, coding="gzip", chunked=True),
    Case("deflate", "token", 415, coding="deflate"),
    Case("br", "token", 415, coding="br"),
    Case("identity", "token", 202, coding="identity"),
    of_type("application/jwt"),
    of_type("application/json; charset=utf-8"),
    of_type("text/plain"),
    of_type(FORM),
    of_type(None),
]

EXPECT = {"Expect": "100-continue"}
CURL = [
    Case("token, Expect: 100-continue", "token", 202, headers=EXPECT),
    Case("exactly 1 MiB, Expect: 100-continue", "limit", 202, headers=EXPECT),
    Case("one byte over, Expect: 100-continue", "over", 413, headers=EXPECT),
    Case("gzip, Expect: 100-continue", "token", 415, coding="gzip", headers=EXPECT),
    Case("HTTP/2 by upgrade", "token", 202, options=["--http2"]),
    Case("HTTP/2 with prior knowledge", "token", 202, options=["--http2-prior-knowledge"], recorded=False),
]
