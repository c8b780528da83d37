"""Verifies the tokens that this crate signs with `openssl dgst -verify`. The public key is made from the two numbers in
the key set. Prints the lines that `readers check` reads.

usage: openssl.py FOLDER
"""

import base64
import json
import pathlib
import subprocess
import sys

FOLDER = pathlib.Path(sys.argv[1])


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def openssl(*arguments):
    return subprocess.run(["openssl", *arguments], capture_output=True, cwd=FOLDER)


def public_key():
    """RFC 8017, appendix A.1.1: a sequence of the modulus and the exponent."""
    (key,) = json.loads((FOLDER / "jwks.json").read_text())["keys"]
    numbers = (f"{name}=INTEGER:0x{decode(key[member]).hex()}" for name, member in (("modulus", "n"), ("exponent", "e")))
    (FOLDER / "key.conf").write_text("asn1=SEQUENCE:key\n[key]\n" + "\n".join(numbers) + "\n")
    openssl("asn1parse", "-genconf", "key.conf", "-noout", "-out", "key.der").check_returncode()
    der = ["-inform", "DER", "-in", "key.der"]
    openssl("rsa", "-RSAPublicKey_in", *der, "-pubout", "-out", "key.pem").check_returncode()


def verifies(token):
    signing_input, signature = token.rsplit(".", 1)
    (FOLDER / "input").write_text(signing_input)
    (FOLDER / "signature").write_bytes(decode(signature))
    return openssl("dgst", "-sha256", "-verify", "key.pem", "-signature", "signature", "input").returncode == 0


def main():
    public_key()
    for line in map(json.loads, (FOLDER / "tokens.jsonl").open()):
        got = "does not verify"
        if verifies(line["token"]):
            claims = json.loads(decode(line["token"].split(".")[1]))
            got = "the same" if claims == json.loads(line["claims"]) else "other claims"
        print("verified", "openssl", line["name"], got, sep="\t")
    # openssl checks only the signature.
    for line in map(json.loads, (FOLDER / "forged.jsonl").open()):
        if line["name"] in ("forged", "algorithm-none"):
            print("forged", "openssl", line["name"], "accepted" if verifies(line["token"]) else "refused", sep="\t")


main()
