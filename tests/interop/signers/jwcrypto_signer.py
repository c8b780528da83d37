"""jwcrypto. It sorts the members of objects, and takes the header as text."""

import json
import time

from common import *
from jwcrypto import jwe, jwk, jws
from jwcrypto import jwt as jwcrypto_jwt
from jwcrypto.common import JWSEHeaderParameter

KEYS = {pem: jwk.JWK.from_pem(pem.encode()) for pem in (OUR_PEM, OTHER_PEM, EC_PEM)}
ANY = ["RS256", "RS384", "RS512", "PS256", "ES256", "HS256", "none"]
EXTENSION = JWSEHeaderParameter("an extension of its own", False, True, lambda token: True)


def signed(header, payload, key):
    token = jws.JWS(payload, header_registry={"own": EXTENSION})
    token.allowed_algs = ANY
    # With spaces after commas and colons, as a variation.
    token.add_signature(key, None, json.dumps(header), None)
    return token


def sign(header, payload, pem=OUR_PEM):
    return signed(header, payload, KEYS[pem]).serialize(compact=True)


def jwt(header, claims, **options):
    token = jwcrypto_jwt.JWT(header=header, claims=claims, **options)
    token.make_signed_token(KEYS[OUR_PEM])
    return token.serialize()


def own_time(claims):
    now = int(time.time())
    return lambda: jwt(HEADER, claims, default_claims={"iat": None}), now


def by(algorithm, pem=OUR_PEM):
    return lambda: sign({"alg": algorithm, "kid": KID}, TEXT, pem)


def hs256(secret):
    secret = jwk.JWK(kty="oct", k=encode(secret))
    return lambda: signed({"alg": "HS256", "kid": KID}, TEXT, secret).serialize(compact=True)


def unencoded(payload):
    token = signed(HEADER | {"b64": False, "crit": ["b64"]}, payload, KEYS[OUR_PEM])
    return token.serialize(compact=True)


def detached(header):
    token = signed(header, TEXT, KEYS[OUR_PEM])
    token.detach_payload()
    return token.serialize(compact=True)


def encrypted(payload, **members):
    header = {"alg": "RSA-OAEP-256", "enc": "A256GCM", "kid": KID} | members
    return lambda: jwe.JWE(payload, json.dumps(header), recipient=KEYS[OUR_PEM]).serialize(compact=True)


def general():
    token = signed(HEADER, TEXT, KEYS[OUR_PEM])
    token.add_signature(KEYS[OTHER_PEM], None, json.dumps(HEADER | {"kid": "another"}), None)
    return token.serialize()


refused = refused_claims(jwt) | keys_brought_along(sign) | {
    "hs256, secret is the public key as PEM": hs256(PUBLIC_PEM.encode()),
    "hs256, secret is the public key as DER": hs256(PUBLIC_DER),
    "none, no signature": by("none"),
    "ps256, the same key": by("PS256"),
    "rs384, the same key": by("RS384"),
    "rs512, the same key": by("RS512"),
    "es256, a key of P-256": by("ES256", EC_PEM),
    "b64 false in crit, payload as base64url text": lambda: unencoded(encode(TEXT)),
    "b64 false in crit, payload as JSON text": Declines(lambda: unencoded(TEXT.decode())),
    "b64 false in crit, payload detached": lambda: detached(HEADER | {"b64": False, "crit": ["b64"]}),
    "payload detached": lambda: detached(HEADER),
    "crit of an extension of its own": lambda: sign(HEADER | {"crit": ["own"], "own": 1}, TEXT),
    "no kid": lambda: sign({"alg": "RS256"}, TEXT),
    "typ at+jwt": lambda: jwt(HEADER | {"typ": "at+jwt"}, CLAIMS),
    "JWE of the claims, five parts": encrypted(TEXT),
    "JWE of the signed token, cty JWT": encrypted(sign(HEADER, TEXT), cty="JWT"),
    "JWS of the signed token, cty JWT": lambda: sign(HEADER | {"cty": "JWT"}, sign(HEADER, TEXT)),
    "JWS in general JSON serialisation": general,
    "JWS in flattened JSON serialisation": lambda: signed(HEADER, TEXT, KEYS[OUR_PEM]).serialize(),
}

run("jwcrypto", "jwcrypto", jwt, sign, own_time, refused)
