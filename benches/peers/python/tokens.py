"""How the Python peers judge a token: each makes, of the key set, a function from a policy to a judge of tokens."""

import jwt
from joserfc import jwk, jws
from joserfc import jwt as joserfc_jwt


class TooOld(Exception):
    """Or of the future: the age, for peers that leave it to their caller."""


def check_age(policy, issued_at):
    if not 0 <= policy["now"] - issued_at <= policy["maximumAge"]:
        raise TooOld


def pyjwt(jwks):
    key = jwt.PyJWK(jwks["keys"][0])

    def prepare(policy):
        def judge(token):
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

        return judge

    return prepare


def joserfc(jwks):
    key = jwk.import_key(jwks["keys"][0])
    # It takes 128 kB unless told.
    limits = jws.JWSRegistry(algorithms=["RS256"])
    limits.max_payload_length = 1 << 20

    def prepare(policy):
        claims_registry = joserfc_jwt.JWTClaimsRegistry(
            now=policy["now"],
            iss={"essential": True, "value": policy["issuer"]},
            aud={"essential": True, "value": policy["audience"]},
            iat={"essential": True},
        )

        def judge(token):
            claims = joserfc_jwt.decode(token, key, registry=limits).claims
            claims_registry.validate(claims)
            check_age(policy, claims["iat"])
            return claims

        return judge

    return prepare
