"""One round of the Python peers: checks that each peer verifies, then runs it with each case. Prints lines of peer,
case and nanoseconds per call, separated by tabs, like the Rust program.

usage: python round.py FOLDER
"""

import json
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from time import perf_counter_ns

import events
import orjson
import tokens
from cryptography.hazmat.backends.openssl import backend
from joserfc.errors import BadSignatureError, InvalidClaimError
from jwt import InvalidAudienceError, InvalidIssuerError, InvalidSignatureError

WARM_UP = 20_000_000
TURN = 50_000_000

FOLDER = Path(sys.argv[1])
POLICY = json.loads((FOLDER / "policy.json").read_bytes())
JWKS = json.loads((FOLDER / "jwks.json").read_bytes())
OPENSSL = " ".join(backend.openssl_version_text().split()[:2]) + " by cryptography"

# The last item is what the peer raises for another signature, issuer and audience.
TOKEN_PEERS = [
    (
        "PyJWT",
        f"{OPENSSL}; base64url checked byte by byte in Python; age by hand",
        tokens.pyjwt(JWKS),
        (InvalidSignatureError, InvalidIssuerError, InvalidAudienceError),
    ),
    (
        "joserfc",
        f"{OPENSSL}; age by hand",
        tokens.joserfc(JWKS),
        (BadSignatureError, InvalidClaimError, InvalidClaimError),
    ),
]

JSON_PEERS = [
    ("json.loads", platform.python_version(), "dynamic", json.loads),
    ("orjson", version("orjson"), "dynamic", orjson.loads),
    (
        "msgspec, typed",
        version("msgspec"),
        "structs in a tagged union, its decoder made once",
        events.read,
    ),
]


def check(prepare, errors, token, forged):
    assert prepare(POLICY)(token)["events"]
    signature, issuer, audience = errors
    for body, policy, error in [
        (forged, POLICY, signature),
        (token, POLICY | {"issuer": "https://identity.example"}, issuer),
        (token, POLICY | {"audience": "another client"}, audience),
        (token, POLICY | {"now": POLICY["now"] + 3600}, tokens.TooOld),
    ]:
        try:
            prepare(policy)(body)
        except error:
            continue
        raise AssertionError(f"accepted, but expected {error.__name__}")


def nanoseconds(call, length):
    """The average time of a call within this length of time."""
    start = perf_counter_ns()
    calls, batch = 0, 1
    while perf_counter_ns() - start < length:
        for _ in range(batch):
            call()
        calls += batch
        batch *= 2
    return (perf_counter_ns() - start) / calls


def show(*fields):
    print(*fields, sep="\t")


def turn(peer, name, call):
    nanoseconds(call, WARM_UP)
    show(peer, name, round(nanoseconds(call, TURN)))


for peer, note, prepare, errors in TOKEN_PEERS:
    name = f"{peer} (Python)"
    show(name, "version", version(peer))
    show(name, "note", note)
    for case in ["payment.jwt", "transactions.jwt"]:
        token = (FOLDER / case).read_text()
        check(prepare, errors, token, (FOLDER / f"{case}.forged").read_text())
        verify = prepare(POLICY)
        turn(name, case, lambda: verify(token))

for peer, number, note, parse in JSON_PEERS:
    name = f"{peer} (Python)"
    show(name, "version", number)
    show(name, "note", note)
    for case in ["payment.json", "transactions.json"]:
        body = (FOLDER / case).read_bytes()
        turn(name, case, lambda: parse(body))
