"""`openssl dgst -sign`, with a signing input made by hand."""

import hmac
import json
import subprocess

from common import *

FILES = {OUR_PEM: "ours.pem", OTHER_PEM: "other.pem", EC_PEM: "ec.pem"}
(WORK / "ours.pem").write_text(OUR_PEM)


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def openssl(message, *arguments):
    return subprocess.run(["openssl", "dgst", *arguments], input=message, capture_output=True, check=True).stdout


def sign_input(signing_input, pem, digest="sha256", *options):
    return openssl(signing_input.encode(), f"-{digest}", "-sign", str(WORK / FILES[pem]), *options)


def sign(header, payload, pem=OUR_PEM, digest="sha256", *options):
    header = header if isinstance(header, bytes) else compact(header)
    signing_input = f"{encode(header)}.{encode(payload)}"
    return f"{signing_input}.{encode(sign_input(signing_input, pem, digest, *options))}"


def jwt(header, claims):
    return sign(header, compact(claims))


def by(algorithm, *options):
    return lambda: sign({"alg": algorithm, "kid": KID}, TEXT, OUR_PEM, f"sha{algorithm[2:]}", *options)


def es256():
    """The two numbers of a DER signature, concatenated as RFC 7518, section 3.4, requires."""
    signing_input = f"{encode(compact({'alg': 'ES256', 'kid': KID}))}.{encode(TEXT)}"
    der = sign_input(signing_input, EC_PEM)
    length = der[3]
    numbers = der[4 : 4 + length], der[6 + length :]
    raw = b"".join(number.lstrip(b"\0").rjust(32, b"\0") for number in numbers)
    return f"{signing_input}.{encode(raw)}"


def hs256(secret):
    signing_input = f"{encode(compact({'alg': 'HS256', 'kid': KID}))}.{encode(TEXT)}"
    return lambda: f"{signing_input}.{encode(hmac.digest(secret, signing_input.encode(), 'sha256'))}"


def unencoded(payload, shown=None):
    header = encode(compact(HEADER | {"b64": False, "crit": ["b64"]}))
    signature = encode(sign_input(f"{header}.{payload}", OUR_PEM))
    return f"{header}.{payload if shown is None else shown}.{signature}"


def in_json(general):
    protected, payload, signature = sign(HEADER, TEXT).split(".")
    one = {"protected": protected, "signature": signature}
    return json.dumps({"payload": payload} | ({"signatures": [one]} if general else one))


def detached():
    header, _, signature = sign(HEADER, TEXT).split(".")
    return f"{header}..{signature}"


NO_JWE = Lacks("no JWE by hand: the libraries make it")
refused = refused_claims(jwt) | keys_brought_along(sign) | {
    "hs256, secret is the public key as PEM": hs256(PUBLIC_PEM.encode()),
    "hs256, secret is the public key as DER": hs256(PUBLIC_DER),
    "none, no signature": lambda: f"{encode(compact({'alg': 'none', 'kid': KID}))}.{encode(TEXT)}.",
    "ps256, the same key": by("PS256", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"),
    "rs384, the same key": by("RS384"),
    "rs512, the same key": by("RS512"),
    "es256, a key of P-256": es256,
    "b64 false in crit, payload as base64url text": lambda: unencoded(encode(TEXT)),
    "b64 false in crit, payload as JSON text": lambda: unencoded(TEXT.decode()),
    "b64 false in crit, payload detached": lambda: unencoded(TEXT.decode(), shown=""),
    "payload detached": detached,
    "crit of an extension of its own": lambda: sign(HEADER | {"crit": ["own"], "own": 1}, TEXT),
    "no kid": lambda: sign({"alg": "RS256"}, TEXT),
    "typ at+jwt": lambda: sign(HEADER | {"typ": "at+jwt"}, TEXT),
    "JWE of the claims, five parts": NO_JWE,
    "JWE of the signed token, cty JWT": NO_JWE,
    "JWS of the signed token, cty JWT": lambda: sign(HEADER | {"cty": "JWT"}, sign(HEADER, TEXT).encode()),
    "JWS in general JSON serialisation": lambda: in_json(general=True),
    "JWS in flattened JSON serialisation": lambda: in_json(general=False),
}

run("openssl", None, jwt, sign, None, refused)
