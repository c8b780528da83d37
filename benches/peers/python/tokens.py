"""How the Python peers verify a token. Each takes a key set, and returns a function from a policy to a verifier."""

import jwt
from joserfc import jwk, jws
from joserfc import jwt as joserfc_jwt


class TooOld(Exception):
    """The token is too old or issued in the future. For peers that leave the age to their caller."""


def check_age(policy, issued_at):
    if not 0 <= policy["now"] - issued_at <= policy["maximumAge"]:
        raise TooOld


def pyjwt(jwks):
    key = jwt.PyJWK(jwks["keys"][0])

    def prepare(policy):
        def verify(token):
            claims = jwt.decode(
                token,
                key,
                algorithms=["RS256"],
                issuer=policy["issuer"],
                audience=policy["audience"],
                options={"require": ["iat"]},
            )
            check_age(policy, claims["iat"])
            return claims

        return verify

    return prepare


def joserfc(jwks):
    key = jwk.import_key(jwks["keys"][0])
    # The default limit is 128 kB.
    limits = jws.JWSRegistry(algorithms=["RS256"])
    limits.max_payload_length = 1 << 20

    def prepare(policy):
        claims_registry = joserfc_jwt.JWTClaimsRegistry(
            now=policy["now"],
            iss={"essential": True, "value": policy["issuer"]},
            aud={"essential": True, "value": policy["audience"]},
            iat={"essential": True},
        )

        def verify(token):
            claims = joserfc_jwt.decode(token, key, registry=limits).claims
            claims_registry.validate(claims)
            check_age(policy, claims["iat"])
            return claims

        return verify

    return prepare
