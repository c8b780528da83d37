"""PyJWT."""

from datetime import datetime, timezone

import jwt as pyjwt
from common import *
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jwt.api_jws import PyJWS

KEYS = {pem: load_pem_private_key(pem.encode(), None) for pem in (OUR_PEM, OTHER_PEM, EC_PEM)}
JWS = PyJWS()


def sign(header, payload, pem=OUR_PEM, algorithm="RS256", **options):
    return JWS.encode(payload, KEYS[pem], algorithm, header, **options)


def jwt(header, claims):
    return pyjwt.encode(claims, KEYS[OUR_PEM], "RS256", header)


def own_time(claims):
    return lambda: jwt(HEADER, claims | {"iat": datetime.fromtimestamp(AT, timezone.utc)}), AT


def by(algorithm, pem=OUR_PEM):
    return lambda: sign({"kid": KID}, TEXT, pem, algorithm)


def hs256(secret):
    return lambda: JWS.encode(TEXT, secret, "HS256", {"kid": KID})


refused = refused_claims(jwt) | keys_brought_along(sign) | {
    "hs256, secret is the public key as PEM": Declines(hs256(PUBLIC_PEM)),
    "hs256, secret is the public key as DER": Declines(hs256(PUBLIC_DER)),
    "none, no signature": lambda: JWS.encode(TEXT, None, "none", {"kid": KID}),
    "ps256, the same key": by("PS256"),
    "rs384, the same key": by("RS384"),
    "rs512, the same key": by("RS512"),
    "es256, a key of P-256": by("ES256", EC_PEM),
    "b64 false in crit, payload as base64url text": Lacks("a payload that is not encoded is always detached"),
    "b64 false in crit, payload as JSON text": Lacks("a payload that is not encoded is always detached"),
    "b64 false in crit, payload detached": lambda: sign({"kid": KID, "crit": ["b64"]}, TEXT, is_payload_detached=True),
    "payload detached": Lacks("a payload that is detached is never encoded"),
    "crit of an extension of its own": lambda: sign({"kid": KID, "crit": ["own"], "own": 1}, TEXT),
    "no kid": lambda: sign({}, TEXT),
    "typ at+jwt": lambda: sign(HEADER | {"typ": "at+jwt"}, TEXT),
    "JWE of the claims, five parts": Lacks("no JWE"),
    "JWE of the signed token, cty JWT": Lacks("no JWE"),
    "JWS of the signed token, cty JWT": lambda: sign(HEADER | {"cty": "JWT"}, jwt(HEADER, CLAIMS).encode()),
    "JWS in general JSON serialisation": Lacks("no JSON serialisation"),
    "JWS in flattened JSON serialisation": Lacks("no JSON serialisation"),
}

run("PyJWT", "PyJWT", jwt, sign, own_time, refused)
