// Each token that must be rejected may have only the fault of its case. So jose must verify each of them with the key
// and the options that fit. Prints one row of the part.
//
// usage: node genuine.js FOLDER LINES

import { createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";
import * as jose from "jose";
import { given, ours, ourPublic, other, curve, publicDer } from "./common.js";

const refused = readFileSync(process.argv[3], "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => line.split("\t"))
  .filter(([first, , expected]) => first !== "SKIPPED" && !expected.startsWith("{"));
const compact = (key, options) => (token) => jose.compactVerify(token, key, options);

// By the beginning of the case name. The others are valid tokens of our key.
const openers = {
  "hs256, secret is the public key as PEM": compact(new TextEncoder().encode(given.public_pem)),
  "hs256, secret is the public key as DER": compact(publicDer),
  "es256": compact(createPublicKey(curve)),
  "another key": compact(createPublicKey(other)),
  "jwk of": compact(createPublicKey(other)),
  "jku to": compact(createPublicKey(other)),
  "x5u to": compact(createPublicKey(other)),
  "x5c of": compact(createPublicKey(other)),
  "crit of": compact(ourPublic, { crit: { own: true } }),
  "JWE": (token) => jose.compactDecrypt(token, ours),
  "JWS in general": (token) => jose.generalVerify(JSON.parse(token), ourPublic),
  "JWS in flattened": (token) => jose.flattenedVerify(JSON.parse(token), ourPublic),
  "b64 false in crit, payload as base64url": (token) => {
    const [first, payload, signature] = token.split(".");
    return jose.flattenedVerify({ protected: first, payload, signature }, ourPublic);
  },
};
// These cannot be verified: they have no signature, or not the signed payload.
const notOpened = ["none", "payload detached", "b64 false in crit, payload as JSON", "b64 false in crit, payload detached"];

const faults = [];
for (const [name, , , token] of refused) {
  const point = name.slice(name.indexOf(": ") + 2);
  if (notOpened.some((beginning) => point.startsWith(beginning))) continue;
  const [, open] = Object.entries(openers).find(([beginning]) => point.startsWith(beginning)) ?? [];
  await (open ?? compact(ourPublic))(token).catch((error) => faults.push(`${name} (${error.message})`));
}
const row = ["signers", "the refused tokens are good but for their point, by jose", "all", faults.join(", ") || "all"];
console.log(row.join("\t"));
