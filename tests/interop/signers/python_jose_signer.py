"""python-jose."""

from datetime import datetime, timezone
from functools import cache

from common import *
from jose import jwe, jwk, jws
from jose import jwt as jose_jwt


@cache
def key(pem, algorithm):
    return jwk.construct(pem, algorithm)


def sign(header, payload, pem=OUR_PEM, algorithm="RS256"):
    return jws.sign(payload, key(pem, algorithm), headers=header, algorithm=algorithm)


def jwt(header, claims):
    return jose_jwt.encode(dict(claims), key(OUR_PEM, "RS256"), "RS256", headers=header)


def own_time(claims):
    return lambda: jwt(HEADER, claims | {"iat": datetime.fromtimestamp(AT, timezone.utc)}), AT


def by(algorithm, pem=OUR_PEM):
    return lambda: sign({"kid": KID}, TEXT, pem, algorithm)


def hs256(secret):
    return lambda: jws.sign(TEXT, secret, headers={"kid": KID}, algorithm="HS256")


def encrypted(payload, **members):
    return lambda: jwe.encrypt(payload, PUBLIC_PEM, "A256GCM", "RSA-OAEP-256", kid=KID, **members)


NO_B64 = Lacks("payloads are always encoded: b64 is one more header member")
NO_JSON = Lacks("no JSON serialisation")
refused = refused_claims(jwt) | keys_brought_along(sign) | {
    "hs256, secret is the public key as PEM": Declines(hs256(PUBLIC_PEM)),
    "hs256, secret is the public key as DER": hs256(PUBLIC_DER),
    "none, no signature": Declines(lambda: jws.sign(TEXT, None, headers={"kid": KID}, algorithm="none")),
    "ps256, the same key": Declines(by("PS256")),
    "rs384, the same key": by("RS384"),
    "rs512, the same key": by("RS512"),
    "es256, a key of P-256": by("ES256", EC_PEM),
    "b64 false in crit, payload as base64url text": NO_B64,
    "b64 false in crit, payload as JSON text": NO_B64,
    "b64 false in crit, payload detached": NO_B64,
    "payload detached": Lacks("no detached payloads"),
    "crit of an extension of its own": lambda: sign({"kid": KID, "crit": ["own"], "own": 1}, TEXT),
    "no kid": lambda: sign({}, TEXT),
    "typ at+jwt": lambda: jwt({"kid": KID, "typ": "at+jwt"}, CLAIMS),
    "JWE of the claims, five parts": encrypted(TEXT),
    "JWE of the signed token, cty JWT": encrypted(sign(HEADER, TEXT).encode(), cty="JWT"),
    "JWS of the signed token, cty JWT": lambda: sign(HEADER | {"cty": "JWT"}, sign(HEADER, TEXT).encode()),
    "JWS in general JSON serialisation": NO_JSON,
    "JWS in flattened JSON serialisation": NO_JSON,
}

run("python-jose", "python-jose", jwt, sign, own_time, refused)
