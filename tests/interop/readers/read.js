// Reads with Node what this crate writes: jose and jsonwebtoken verify tokens, ajv validates JSON, and Node and
// lossless-json, which keeps the digits of numbers, read JSON and write it again. Prints the lines that `readers check`
// reads.
//
// usage: node read.js FOLDER SCHEMA

import { createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import addFormats from "ajv-formats";
import Ajv from "ajv/dist/2020.js";
import * as jose from "jose";
import jsonwebtoken from "jsonwebtoken";
import * as lossless from "lossless-json";

const [folder, schemaPath] = process.argv.slice(2);
const read = (name) => readFileSync(join(folder, name), "utf8");
const lines = (name) => read(name).trimEnd().split("\n").map((line) => JSON.parse(line));
const print = (...columns) => console.log(columns.join("\t"));
const message = (error) => error.message.replaceAll(/\s+/g, " ");

for (const library of ["jose", "jsonwebtoken", "ajv", "ajv-formats", "lossless-json"]) {
  const { version } = JSON.parse(readFileSync(new URL(`node_modules/${library}/package.json`, import.meta.url), "utf8"));
  console.error("VERSION", library, version);
}

const jwks = JSON.parse(read("jwks.json"));
const issuer = "https://test-issuer.invalid";
const audience = "test-client";
const at = 1735689600;
const algorithms = ["RS256"];

const keySet = jose.createLocalJWKSet(jwks);
async function byJose(token) {
  const policy = { issuer, audience, algorithms, currentDate: new Date(at * 1000), maxTokenAge: "5m" };
  const { payload } = await jose.jwtVerify(token, keySet, policy);
  return payload;
}

function byJsonwebtoken(token) {
  const { kid } = jsonwebtoken.decode(token, { complete: true }).header;
  const jwk = jwks.keys.find((key) => key.kid === kid);
  if (!jwk) throw new Error("no key of that id");
  const key = createPublicKey({ key: jwk, format: "jwk" });
  return jsonwebtoken.verify(token, key, { issuer, audience, algorithms, clockTimestamp: at, maxAge: "5m" });
}

for (const [reader, verify] of [["jose", byJose], ["jsonwebtoken", byJsonwebtoken]]) {
  const claimsOf = async (token) => verify(token);
  for (const { name, token, claims } of lines("tokens.jsonl")) {
    const got = await claimsOf(token).then(
      (verified) => (isDeepStrictEqual(verified, JSON.parse(claims)) ? "the same" : "other claims"),
      message,
    );
    print("verified", reader, name, got);
  }
  for (const { name, token } of lines("forged.jsonl")) {
    print("forged", reader, name, await claimsOf(token).then(() => "accepted", () => "refused"));
  }
}

// Strict: anything unclear in the schema is an error.
const ajv = new Ajv({ strict: true, allErrors: true });
addFormats(ajv);
const validate = ajv.compile(JSON.parse(readFileSync(schemaPath, "utf8")));

const writers = {
  "JSON of Node, floats": (text) => JSON.stringify(JSON.parse(text)),
  "lossless-json": (text) => lossless.stringify(lossless.parse(text)),
};
for (const { name, webhook, event } of lines("json.jsonl")) {
  const validity = (value) => (validate(value) ? "valid" : ajv.errorsText(validate.errors).replaceAll(/\s+/g, " "));
  print("valid", "ajv", "webhook", name, validity(JSON.parse(webhook)));
  // The schema describes webhooks, so an event gets an id.
  print("valid", "ajv", "event", name, validity({ id: "1", ...JSON.parse(event) }));
  for (const [reader, write] of Object.entries(writers)) {
    print("read", reader, "webhook", name, write(webhook));
    print("read", reader, "event", name, write(event));
  }
}
