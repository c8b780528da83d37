"""Authlib. Its module `authlib.jose` is deprecated, but many servers still use it."""

import json
from datetime import datetime, timezone

from authlib.jose import JsonWebEncryption, JsonWebKey, JsonWebSignature, JsonWebToken
from common import *

KEYS = {pem: JsonWebKey.import_key(pem) for pem in (OUR_PEM, OTHER_PEM, EC_PEM)}
JWS = JsonWebSignature()
WITH_EXTENSION = JsonWebSignature(private_headers=["own"])
JWT = JsonWebToken(["RS256"])


def sign(header, payload, pem=OUR_PEM):
    return JWS.serialize_compact(header, payload, KEYS[pem])


def jwt(header, claims):
    return JWT.encode(dict(header), dict(claims), KEYS[OUR_PEM])


def own_time(claims):
    return lambda: jwt(HEADER, claims | {"iat": datetime.fromtimestamp(AT, timezone.utc)}), AT


def by(algorithm, pem=OUR_PEM):
    return lambda: sign({"alg": algorithm, "kid": KID}, TEXT, pem)


def hs256(secret):
    return lambda: JWS.serialize_compact({"alg": "HS256", "kid": KID}, TEXT, secret)


def encrypted(payload, **members):
    header = {"alg": "RSA-OAEP", "enc": "A256GCM", "kid": KID} | members
    return lambda: JsonWebEncryption().serialize_compact(header, payload, PUBLIC_PEM.encode())


def in_json(header):
    return lambda: json.dumps(JWS.serialize_json(header, CLAIMS, KEYS[OUR_PEM]))


NO_B64 = Lacks("payloads are always encoded: b64 is one more header member")
refused = refused_claims(jwt) | keys_brought_along(sign) | {
    "hs256, secret is the public key as PEM": Declines(hs256(PUBLIC_PEM)),
    "hs256, secret is the public key as DER": hs256(PUBLIC_DER),
    "none, no signature": Declines(lambda: JWS.serialize_compact({"alg": "none", "kid": KID}, TEXT, None)),
    "ps256, the same key": by("PS256"),
    "rs384, the same key": by("RS384"),
    "rs512, the same key": by("RS512"),
    "es256, a key of P-256": by("ES256", EC_PEM),
    "b64 false in crit, payload as base64url text": NO_B64,
    "b64 false in crit, payload as JSON text": NO_B64,
    "b64 false in crit, payload detached": NO_B64,
    "payload detached": Lacks("no detached payloads"),
    "crit of an extension of its own": lambda: WITH_EXTENSION.serialize_compact(
        HEADER | {"crit": ["own"], "own": 1}, TEXT, KEYS[OUR_PEM]
    ),
    "no kid": lambda: sign({"alg": "RS256"}, TEXT),
    "typ at+jwt": lambda: jwt(HEADER | {"typ": "at+jwt"}, CLAIMS),
    "JWE of the claims, five parts": encrypted(TEXT),
    "JWE of the signed token, cty JWT": encrypted(sign(HEADER, TEXT), cty="JWT"),
    "JWS of the signed token, cty JWT": lambda: sign(HEADER | {"cty": "JWT"}, sign(HEADER, TEXT)),
    "JWS in general JSON serialisation": in_json([{"protected": HEADER}]),
    "JWS in flattened JSON serialisation": in_json({"protected": HEADER}),
}

run("Authlib", "Authlib", jwt, sign, own_time, refused)
