"""One round of the Python peers: each is seen to verify, then takes its turn at each case. Prints lines of a
peer, a case and the nanoseconds that a call took, separated by tabs, as the Rust program does.

usage: python round.py FOLDER
"""

import json
import platform
import sys
from pathlib import Path
from time import perf_counter_ns

import jwt
from cryptography.hazmat.backends.openssl import backend

WARM_UP = 20_000_000
TURN = 50_000_000

FOLDER = Path(sys.argv[1])
POLICY = json.loads((FOLDER / "policy.json").read_bytes())
OPENSSL = " ".join(backend.openssl_version_text().split()[:2])
KEY = jwt.PyJWK(json.loads((FOLDER / "jwks.json").read_bytes())["keys"][0])


def judge(token, policy=POLICY):
    claims = jwt.decode(
        token,
        KEY,
        algorithms=["RS256"],
        issuer=policy["issuer"],
        audience=policy["audience"],
        options={"require": ["iat"]},
    )
    if not 0 <= policy["now"] - claims["iat"] <= policy["maximumAge"]:
        raise jwt.InvalidIssuedAtError("too old, or of the future")
    return claims


def check(token, forged):
    assert judge(token)["events"]
    for body, policy, refusal in [
        (forged, POLICY, jwt.InvalidSignatureError),
        (token, POLICY | {"issuer": "https://identity.example"}, jwt.InvalidIssuerError),
        (token, POLICY | {"audience": "another client"}, jwt.InvalidAudienceError),
        (token, POLICY | {"now": POLICY["now"] + 3600}, jwt.InvalidIssuedAtError),
    ]:
        try:
            judge(body, policy)
        except refusal:
            continue
        raise AssertionError(f"taken, and should not be: {refusal.__name__}")


def nanoseconds(call, length):
    """How long one call takes, on average over so long."""
    start = perf_counter_ns()
    calls, batch = 0, 1
    while perf_counter_ns() - start < length:
        for _ in range(batch):
            call()
        calls += batch
        batch *= 2
    return (perf_counter_ns() - start) / calls


def turn(peer, name, call):
    nanoseconds(call, WARM_UP)
    print(peer, name, round(nanoseconds(call, TURN)), sep="\t")


peer = "PyJWT (Python)"
print(peer, "version", jwt.__version__, sep="\t")
print(peer, "note", f"{OPENSSL} by cryptography; base64url checked byte by byte in Python; age by hand", sep="\t")
for name in ["payment.jwt", "transactions.jwt"]:
    token = (FOLDER / name).read_text()
    check(token, (FOLDER / f"{name}.forged").read_text())
    turn(peer, name, lambda: judge(token))

peer = "json.loads (Python)"
print(peer, "version", platform.python_version(), sep="\t")
print(peer, "note", "dynamic", sep="\t")
for name in ["payment.json", "transactions.json"]:
    body = (FOLDER / name).read_bytes()
    turn(peer, name, lambda: json.loads(body))
