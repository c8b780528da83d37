"""Reads with Python what this crate writes: PyJWT verifies tokens, jsonschema validates JSON, and Python's json and
simplejson, which writes Decimals, read JSON and write it again. Prints the lines that `readers check` reads.

usage: read.py FOLDER SCHEMA
"""

import importlib.metadata
import json
import pathlib
import sys
from decimal import Decimal

import jsonschema
import jwt
import simplejson

FOLDER, SCHEMA = map(pathlib.Path, sys.argv[1:])
JWKS = jwt.PyJWKSet.from_json((FOLDER / "jwks.json").read_text())


def lines(name):
    return map(json.loads, (FOLDER / name).open())


def message(error):
    return " ".join(str(error).split()) or type(error).__name__


def verify(token):
    key = JWKS[jwt.get_unverified_header(token)["kid"]]
    policy = {"audience": "test-client", "issuer": "https://test-issuer.invalid", "algorithms": ["RS256"]}
    return jwt.decode(token, key, options={"require": ["iss", "aud", "iat", "jti"]}, **policy)


def verified(token, claims):
    try:
        return "the same" if verify(token) == json.loads(claims) else "other claims"
    except Exception as error:
        return message(error)


def refused(token):
    try:
        verify(token)
    except (jwt.PyJWTError, KeyError):
        return "refused"
    return "accepted"


def by_json(text):
    return json.dumps(json.loads(text))


def by_decimals(text):
    return simplejson.dumps(json.loads(text, parse_float=Decimal), use_decimal=True)


def main():
    for library in "PyJWT", "jsonschema", "simplejson":
        print("VERSION", library, importlib.metadata.version(library), file=sys.stderr)
    for line in lines("tokens.jsonl"):
        print("verified", "PyJWT", line["name"], verified(line["token"], line["claims"]), sep="\t")
    for line in lines("forged.jsonl"):
        print("forged", "PyJWT", line["name"], refused(line["token"]), sep="\t")

    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    formats = jsonschema.Draft202012Validator.FORMAT_CHECKER
    assert {"date", "date-time"} <= formats.checkers.keys()
    validator = jsonschema.Draft202012Validator(schema, format_checker=formats)
    readers = {"json of Python, integers and floats": by_json, "json of Python and simplejson with Decimal": by_decimals}
    for line in lines("json.jsonl"):
        # The schema describes webhooks, so an event gets an id.
        event = {"id": "1"} | json.loads(line["event"])
        for form, value in ("webhook", json.loads(line["webhook"])), ("event", event):
            faults = "; ".join(map(message, validator.iter_errors(value)))
            print("valid", "jsonschema", form, line["name"], faults or "valid", sep="\t")
        for reader, write in readers.items():
            print("read", reader, "webhook", line["name"], write(line["webhook"]), sep="\t")
            print("read", reader, "event", line["name"], write(line["event"]), sep="\t")


main()
