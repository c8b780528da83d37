"""Writes the input of all signers into a folder: `forms.jsonl`, the events of the fixtures as claims in the forms that
JSON writers produce, and `material.json`, the keys. Needs only the standard library.

A line of `forms.jsonl` has either `claims`, which the library writes as JSON, or `text`, the JSON of the claims, which
is signed byte for byte.

usage: prepare.py FOLDER
"""

import base64
import json
import pathlib
import re
import subprocess
import sys

FIXTURES = pathlib.Path(__file__).resolve().parents[3] / "fixtures"
ISSUER = "https://identity.moneyhub.co.uk"
CLIENT_ID = "d9dc9d5e-d190-438c-b658-a4be3779100d"
ISSUED_AT = 1735689600
# Escapes, quotes, special characters of HTML and JavaScript, and characters of two, three and four bytes in UTF-8.
ODD_TEXT = 'Caf\u00e9 "Z\u00fcrich" <b>&</b> \'/\\ + \t\u2028 \u6f22\u5b57 \U0001f600 \u007f'


class Number(str):
    """A number that keeps its digits."""


def read(text):
    return json.loads(text, parse_int=Number, parse_float=Number)


def plain_string(text):
    return json.dumps(text, ensure_ascii=False)


def write(value, string=plain_string, comma=",", colon=":"):
    """JSON with this form of strings, including names, and of separators."""
    inner = lambda member: write(member, string, comma, colon)
    match value:
        case Number():
            return str(value)
        case str():
            return string(value)
        case dict():
            return "{" + comma.join(string(name) + colon + inner(member) for name, member in value.items()) + "}"
        case list():
            return "[" + comma.join(map(inner, value)) + "]"
    return json.dumps(value)


def pretty(value, indent, line_end="\n", depth=1):
    """JSON over several lines."""
    start, end = line_end + indent * depth, line_end + indent * (depth - 1)
    inner = lambda member: pretty(member, indent, line_end, depth + 1)
    if isinstance(value, dict) and value:
        members = (f"{plain_string(name)}: {inner(member)}" for name, member in value.items())
        return "{" + start + f",{start}".join(members) + end + "}"
    if isinstance(value, list) and value:
        return "[" + start + f",{start}".join(map(inner, value)) + end + "]"
    return write(value)


def escaped(matching, form="\\u{:04x}"):
    """Strings in which all matches are escaped as UTF-16 units."""

    def escape(match):
        units = match[0].encode("utf-16-be").hex()
        return "".join(form.format(int(units[at : at + 4], 16)) for at in range(0, len(units), 4))

    return lambda text: re.sub(matching, escape, plain_string(text))


def everything_escaped(text):
    units = text.encode("utf-16-be").hex()
    return '"' + "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4)) + '"'


def bodies():
    """The plain JSON of the signed webhooks: the fixtures, and four more. Libraries that use floats skip the amount."""
    for path in sorted(FIXTURES.glob("json/*.json")):
        yield read(path.read_text()), True
    balance = (FIXTURES / "json/balanceThreshold.json").read_text()
    text = read(balance)
    text["payload"]["accountName"] = ODD_TEXT
    yield text, True
    amount = read(balance)
    amount["payload"]["balanceAtTimeGeneration"]["amount"] = Number("-1234567890123456.789012345670")
    yield amount, False
    payment = read((FIXTURES / "json/paymentError.json").read_text())
    yield payment | {"eventType": "somethingNew", "payload": {"note": ODD_TEXT, "count": Number("1")}}, True
    yield payment | {"payload": payment["payload"] | {"paymentId": Number("17")}}, True


def claims_of(body):
    urn = re.sub("[A-Z]", lambda letter: "-" + letter[0].lower(), body["eventType"])
    return {
        "iss": ISSUER,
        "aud": CLIENT_ID,
        "jti": body["id"],
        "sub": body["userId"],
        "events": {f"urn:com:moneyhub:events:{urn}": body["payload"]},
        "iat": Number(ISSUED_AT),
    }


# Claims of RFC 8417 and RFC 9493, and others of any type. Receivers read none of them.
OTHER_CLAIMS = {
    "toe": Number(ISSUED_AT - 1),
    "txn": "756E69717565206964656E746966696572",
    "sub_id": {"format": "opaque", "id": "1"},
    "large": Number("123456789012345678901234567890"),
    "negative": Number("-9223372036854775809"),
    "fraction": Number("0.1"),
    "list": [None, True, [{}], []],
}
ODD_NUMBERS = {str(at): Number(text) for at, text in enumerate(["1e400", "-1E-400", "-0", "0.0", "9" * 400])}


def objects(kid, claims):
    """Forms that the library writes: header and claims."""
    usual = {"alg": "RS256", "kid": kid}
    first = {"events": claims["events"]}
    without_events = {name: value for name, value in claims.items() if name != "events"}
    yield "its default", usual, claims
    yield "kid before alg", {"kid": kid, "alg": "RS256"}, claims
    yield "typ JWT", usual | {"typ": "JWT"}, claims
    yield "typ secevent+jwt", {"typ": "secevent+jwt"} | usual, claims
    yield "typ application/secevent+jwt", usual | {"typ": "application/secevent+jwt"}, claims
    yield "x5t and cty in the header", usual | {"x5t": "dGh1bWJwcmludA", "cty": "json"}, claims
    yield "iat ….0", usual, claims | {"iat": Number(f"{ISSUED_AT}.0")}
    yield "iat ….25", usual, claims | {"iat": Number(f"{ISSUED_AT}.25")}
    yield "aud an array", usual, claims | {"aud": [CLIENT_ID]}
    yield "aud an array with others", usual, claims | {"aud": ["another-client", CLIENT_ID, "\u00e9"]}
    yield "exp and nbf", usual, claims | {"exp": Number(ISSUED_AT + 300), "nbf": Number(ISSUED_AT)}
    yield "exp and nbf of fractions", usual, {"exp": Number(f"{ISSUED_AT}.5"), "nbf": Number(f"{ISSUED_AT - 1}.5")} | claims
    yield "events first", usual, first | without_events
    yield "events last", usual, without_events | first
    yield "claims sorted", usual, dict(sorted(claims.items()))
    yield "other claims, large integers", usual, OTHER_CLAIMS | claims
    yield "sub null", usual, claims | {"sub": None}
    yield "no sub", usual, {name: value for name, value in claims.items() if name != "sub"}


def texts(kid, claims):
    """Forms of other JSON writers: header and the text of the claims."""
    usual = {"kid": kid, "alg": "RS256"}
    yield "non-ASCII raw", usual, write(claims)
    yield "non-ASCII as \\u00e9", usual, write(claims, escaped("[^ -~]"))
    yield "non-ASCII as \\u00E9", usual, write(claims, escaped("[^ -~]", "\\u{:04X}"))
    yield "slashes as \\/", usual, write(claims, lambda text: plain_string(text).replace("/", "\\/"))
    yield "HTML's characters as \\u003c", usual, write(claims, escaped("[<>&'+\u2028\u007f]"))
    yield "every character as \\u0061", usual, write(claims, everything_escaped)
    yield "spaces after commas and colons", usual, write(claims, comma=", ", colon=": ")
    yield "pretty-printed by two spaces", usual, pretty(claims, "  ")
    yield "pretty-printed by tabs and CR LF", usual, pretty(claims, "\t", "\r\n")
    yield "white space around the claims", usual, f"\r\n {write(claims)}\t\n"
    yield "iat as 1.7356896e9", usual, write(claims | {"iat": Number("1.7356896e9")})
    yield "iat as 17356896E+2", usual, write(claims | {"iat": Number("17356896E+2")})
    yield "odd numbers in ignored claims", usual, write(ODD_NUMBERS | claims)


def material(folder):
    def openssl(*arguments):
        return subprocess.run(["openssl", *arguments], check=True, capture_output=True).stdout

    encode = lambda data: base64.urlsafe_b64encode(data).rstrip(b"=").decode()
    path = lambda name: str(folder / name)
    key = str(FIXTURES / "keys/test-rsa-2048.pem")
    openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", path("other.pem"))
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", path("ec.pem"))
    openssl("req", "-x509", "-key", path("other.pem"), "-subj", "/CN=other", "-outform", "DER", "-out", path("other.der"))
    modulus = openssl("rsa", "-in", path("other.pem"), "-noout", "-modulus").decode().strip().split("=")[1]
    return {
        "kid": json.loads((FIXTURES / "keys/jwks.json").read_text())["keys"][0]["kid"],
        "pem": pathlib.Path(key).read_text(),
        "public_pem": openssl("pkey", "-in", key, "-pubout").decode(),
        "public_der": base64.b64encode(openssl("pkey", "-in", key, "-pubout", "-outform", "DER")).decode(),
        "other_pem": (folder / "other.pem").read_text(),
        "other_jwk": {"kty": "RSA", "n": encode(bytes.fromhex(modulus)), "e": "AQAB"},
        "other_x5c": [base64.b64encode((folder / "other.der").read_bytes()).decode()],
        "ec_pem": (folder / "ec.pem").read_text(),
    }


def main():
    folder = pathlib.Path(sys.argv[1])
    given = material(folder)
    (folder / "material.json").write_text(json.dumps(given))
    with open(folder / "forms.jsonl", "w") as lines:
        for body, for_any_writer in bodies():
            claims = claims_of(body)
            for form, header, of_form in objects(given["kid"], claims) if for_any_writer else ():
                expected = write(body | {"userId": of_form.get("sub")})
                print(write({"form": form, "expected": expected, "header": header, "claims": of_form}), file=lines)
            for form, header, text in texts(given["kid"], claims):
                print(write({"form": form, "expected": write(body), "header": header, "text": text}), file=lines)


main()
