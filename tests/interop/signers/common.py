"""Shared by the signers in Python: the keys and forms, and the lines that the Rust program `signers` reads. `common.js`
is the same for JavaScript.

A line is `case<TAB>time<TAB>expected<TAB>token`, where expected is the plain JSON of the webhook or the error kind, or
`SKIPPED<TAB>case<TAB>reason` if a library does not make a form.
"""

import base64
import importlib.metadata
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
WORK = pathlib.Path(sys.argv[1])
GIVEN = json.loads((WORK / "material.json").read_text())
KID = GIVEN["kid"]
OUR_PEM, OTHER_PEM, EC_PEM = GIVEN["pem"], GIVEN["other_pem"], GIVEN["ec_pem"]
PUBLIC_PEM, PUBLIC_DER = GIVEN["public_pem"], base64.b64decode(GIVEN["public_der"])
AT = 1735689600
FORMS = [json.loads(line) for line in (WORK / "forms.jsonl").open()]
# The claims of the tokens that must be rejected, and their text.
CLAIMS = next(form for form in FORMS if "paymentCompleted" in form["expected"] and "claims" in form)["claims"]
TEXT = json.dumps(CLAIMS, separators=(",", ":")).encode()
HEADER = {"alg": "RS256", "kid": KID}
HEADER_TEXT = json.dumps(HEADER, separators=(",", ":")).encode()


class Lacks(str):
    """The reason why a library cannot make a form."""


class Declines:
    """A form that a library does not make. It is tried, and must fail."""

    def __init__(self, attempt):
        self.attempt = attempt


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def without(claims, name):
    return {claim: value for claim, value in claims.items() if claim != name}


def line(*columns):
    print(*(column.decode() if isinstance(column, bytes) else column for column in columns), sep="\t")


def emit(case, expected, made, at=AT):
    """The line of one case. `made` is a function that returns the token, or a reason why there is none."""
    if isinstance(made, Lacks):
        line("SKIPPED", case, made)
    elif isinstance(made, Declines):
        try:
            made.attempt()
        except Exception as error:
            line("SKIPPED", case, f"the library declines: {' '.join(str(error).split())[:90] or type(error).__name__}")
        else:
            raise AssertionError(f"{case}: the library was expected to decline")
    else:
        line(case, at, expected, made())


def refused_claims(jwt):
    """Tokens that must be rejected for their claims. `jwt` makes a token from a header and claims."""
    payload = next(iter(CLAIMS["events"].values()))
    events = CLAIMS["events"] | {"urn:com:moneyhub:events:payment-error": payload}
    edits = {
        "no iat": without(CLAIMS, "iat"),
        "iat as a string": CLAIMS | {"iat": str(AT)},
        "iat in milliseconds": CLAIMS | {"iat": AT * 1000},
        "iat a day ago": CLAIMS | {"iat": AT - 86400},
        "exp an hour ago": CLAIMS | {"exp": AT - 3600},
        "nbf in an hour": CLAIMS | {"nbf": AT + 3600},
        "another issuer": CLAIMS | {"iss": "https://identity.example.com"},
        "another audience": CLAIMS | {"aud": "another-client"},
        "an id token's nonce beside the event": CLAIMS | {"nonce": "n-0S6_WzA2Mj"},
        "no jti": without(CLAIMS, "jti"),
        "two events": CLAIMS | {"events": events},
    }
    return {case: lambda claims=claims: jwt(HEADER, claims) for case, claims in edits.items()}


def keys_brought_along(sign):
    """Tokens that must be rejected for a key in the header. `sign` makes a token from a header, a payload and a key."""
    jwk = GIVEN["other_jwk"]
    by_other = lambda **members: lambda: sign(HEADER | members, TEXT, OTHER_PEM)
    return {
        "another key under our id": by_other(),
        "jwk of another key, under our id": by_other(jwk=jwk),
        "jku to another key, under our id": by_other(jku="https://127.0.0.1:9/jwks.json"),
        "x5u to another key, under our id": by_other(x5u="https://127.0.0.1:9/chain.pem"),
        "x5c of another key, under our id": by_other(x5c=GIVEN["other_x5c"]),
        "jwk of another key, under its own id": by_other(jwk=jwk, kid="another"),
    }


def run(library, distribution, jwt, raw, own_time, refused):
    """Prints the lines of a library. `jwt` makes a token from a header and claims, `raw` from a header and a payload,
    and `own_time` from claims whose `iat` the library fills in or converts."""
    if distribution:
        print("VERSION", library, importlib.metadata.version(distribution), file=sys.stderr)
    for form in FORMS:
        made = (lambda: jwt(form["header"], form["claims"])) if "claims" in form else (
            lambda: raw(form["header"], form["text"].encode())
        )
        emit(f"{library}: {form['form']}", form["expected"], made)
    for form in FORMS:
        if own_time and form["form"] == "its default":
            emit(f"{library}: iat by the library", form["expected"], *own_time(without(form["claims"], "iat")))
    kinds = dict(row.split("\t")[:2] for row in (HERE / "refused.tsv").open() if not row.startswith("#"))
    assert kinds.keys() == refused.keys(), f"{library}: {kinds.keys() ^ refused.keys()}"
    for case, kind in kinds.items():
        emit(f"{library}: {case}", kind, refused[case])
