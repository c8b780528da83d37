"""joserfc."""

import json
from datetime import datetime, timezone

from common import *
from joserfc import jwe, jws
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import ECKey, OctKey, RSAKey
from joserfc.registry import HeaderParameter

KEYS = {OUR_PEM: RSAKey.import_key(OUR_PEM), OTHER_PEM: RSAKey.import_key(OTHER_PEM), EC_PEM: ECKey.import_key(EC_PEM)}
# All algorithms, recommended or not, and header members with any name.
ANY = jws.JWSRegistry(
    header_registry={"own": HeaderParameter("an extension of its own", "int")},
    algorithms=["RS256", "RS384", "RS512", "PS256", "ES256", "HS256", "none"],
    strict_check_header=False,
)


def sign(header, payload, pem=OUR_PEM):
    return jws.serialize_compact(header, payload, KEYS[pem], registry=ANY)


def jwt(header, claims):
    return joserfc_jwt.encode(header, claims, KEYS[OUR_PEM], registry=ANY)


def own_time(claims):
    return lambda: jwt(HEADER, claims | {"iat": datetime.fromtimestamp(AT, timezone.utc)}), AT


def by(algorithm, pem=OUR_PEM):
    return lambda: sign({"alg": algorithm, "kid": KID}, TEXT, pem)


def hs256(secret):
    return lambda: jws.serialize_compact(
        {"alg": "HS256", "kid": KID}, TEXT, OctKey.import_key(secret), registry=ANY
    )


def unencoded(payload):
    return lambda: sign(HEADER | {"b64": False, "crit": ["b64"]}, payload)


def encrypted(payload, **members):
    header = {"alg": "RSA-OAEP", "enc": "A256GCM", "kid": KID} | members
    return lambda: jwe.encrypt_compact(header, payload, KEYS[OUR_PEM])


def in_json(members):
    return lambda: json.dumps(jws.serialize_json(members, TEXT, KEYS[OUR_PEM], registry=ANY))


refused = refused_claims(jwt) | keys_brought_along(sign) | {
    "hs256, secret is the public key as PEM": Declines(hs256(PUBLIC_PEM)),
    "hs256, secret is the public key as DER": Declines(hs256(PUBLIC_DER)),
    "none, no signature": lambda: jws.serialize_compact({"alg": "none", "kid": KID}, TEXT, None, registry=ANY),
    "ps256, the same key": by("PS256"),
    "rs384, the same key": by("RS384"),
    "rs512, the same key": by("RS512"),
    "es256, a key of P-256": by("ES256", EC_PEM),
    "b64 false in crit, payload as base64url text": unencoded(encode(TEXT).encode()),
    "b64 false in crit, payload as JSON text": Lacks("a payload that the compact form can't hold is always detached"),
    "b64 false in crit, payload detached": unencoded(TEXT),
    "payload detached": lambda: jws.detach_content(sign(HEADER, TEXT)),
    "crit of an extension of its own": lambda: sign(HEADER | {"crit": ["own"], "own": 1}, TEXT),
    "no kid": lambda: sign({"alg": "RS256"}, TEXT),
    "typ at+jwt": lambda: joserfc_jwt.encode(HEADER, CLAIMS, KEYS[OUR_PEM], default_type="at+jwt"),
    "JWE of the claims, five parts": encrypted(TEXT),
    "JWE of the signed token, cty JWT": encrypted(sign(HEADER, TEXT), cty="JWT"),
    "JWS of the signed token, cty JWT": lambda: sign(HEADER | {"cty": "JWT"}, sign(HEADER, TEXT)),
    "JWS in general JSON serialisation": in_json([{"protected": HEADER}]),
    "JWS in flattened JSON serialisation": in_json({"protected": HEADER}),
}

run("joserfc", "joserfc", jwt, sign, own_time, refused)
