// Shared by the signers in JavaScript: the keys and forms, and the lines that the Rust program `signers` reads.
// `common.py` is the same for Python, and describes the lines.

import { createPrivateKey, createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const folder = process.argv[2];
const here = new URL(".", import.meta.url).pathname;
const linesOf = (path) => readFileSync(path, "utf8").trimEnd().split("\n");

export const given = JSON.parse(readFileSync(join(folder, "material.json"), "utf8"));
export const kid = given.kid;
export const at = 1735689600;
export const header = { alg: "RS256", kid };
export const ours = createPrivateKey(given.pem);
export const other = createPrivateKey(given.other_pem);
export const curve = createPrivateKey(given.ec_pem);
export const ourPublic = createPublicKey(given.public_pem);
export const publicDer = Buffer.from(given.public_der, "base64");

const forms = linesOf(join(folder, "forms.jsonl")).map((line) => JSON.parse(line));
// The claims of the tokens that must be rejected, and their text.
export const claims = forms.find((form) => form.claims && form.expected.includes("paymentCompleted")).claims;
export const text = JSON.stringify(claims);

/** The reason why a library cannot make a form. */
export const lacks = (why) => ({ why });
/** A form that a library does not make. It is tried, and must fail. */
export const declines = (attempt) => ({ attempt });

export function without(object, name) {
  const { [name]: _, ...others } = object;
  return others;
}

async function emit(name, expected, made, time = at) {
  if (made.why) {
    console.log(["SKIPPED", name, made.why].join("\t"));
  } else if (made.attempt) {
    const error = await Promise.resolve().then(made.attempt).then(() => null, (error) => error);
    if (!error) throw new Error(`${name}: the library was expected to decline`);
    const reason = (error.message || error.name).replaceAll(/\s+/g, " ").slice(0, 90);
    console.log(["SKIPPED", name, `the library declines: ${reason}`].join("\t"));
  } else {
    console.log([name, time, expected, await made()].join("\t"));
  }
}

/** Tokens that must be rejected for their claims. `jwt` makes a token from a header and claims. */
export function refusedClaims(jwt) {
  const [payload] = Object.values(claims.events);
  const edits = {
    "no iat": without(claims, "iat"),
    "iat as a string": { ...claims, iat: String(at) },
    "iat in milliseconds": { ...claims, iat: at * 1000 },
    "iat a day ago": { ...claims, iat: at - 86400 },
    "exp an hour ago": { ...claims, exp: at - 3600 },
    "nbf in an hour": { ...claims, nbf: at + 3600 },
    "another issuer": { ...claims, iss: "https://identity.example.com" },
    "another audience": { ...claims, aud: "another-client" },
    "an id token's nonce beside the event": { ...claims, nonce: "n-0S6_WzA2Mj" },
    "no jti": without(claims, "jti"),
    "two events": { ...claims, events: { ...claims.events, "urn:com:moneyhub:events:payment-error": payload } },
  };
  return Object.fromEntries(Object.entries(edits).map(([name, edited]) => [name, () => jwt(header, edited)]));
}

/** Tokens that must be rejected for a key in the header. `sign` makes a token from a header, a payload and a key. */
export function keysBroughtAlong(sign) {
  const jwk = given.other_jwk;
  const byOther = (members) => () => sign({ ...header, ...members }, text, other);
  return {
    "another key under our id": byOther({}),
    "jwk of another key, under our id": byOther({ jwk }),
    "jku to another key, under our id": byOther({ jku: "https://127.0.0.1:9/jwks.json" }),
    "x5u to another key, under our id": byOther({ x5u: "https://127.0.0.1:9/chain.pem" }),
    "x5c of another key, under our id": byOther({ x5c: given.other_x5c }),
    "jwk of another key, under its own id": byOther({ jwk, kid: "another" }),
  };
}

/**
 * Prints the lines of a library. `jwt` makes a token from a header and claims, `raw` from a header and a payload, and
 * `ownTime` from claims whose `iat` the library fills in or converts.
 */
export async function run({ library, jwt, raw, ownTime, refused }) {
  const { version } = JSON.parse(readFileSync(join(here, "node_modules", library, "package.json"), "utf8"));
  console.error("VERSION", library, version);
  for (const form of forms) {
    const make = () => (form.claims ? jwt(form.header, form.claims) : raw(form.header, form.text));
    await emit(`${library}: ${form.form}`, form.expected, make);
  }
  for (const form of forms.filter((form) => form.form === "its default")) {
    const { make, time } = ownTime(without(form.claims, "iat"));
    await emit(`${library}: iat by the library`, form.expected, make, time);
  }
  const rows = linesOf(join(here, "refused.tsv")).filter((row) => !row.startsWith("#")).map((row) => row.split("\t"));
  const names = rows.map(([name]) => name);
  const unmade = names.filter((name) => !refused[name]);
  const unlisted = Object.keys(refused).filter((name) => !names.includes(name));
  if (unmade.length || unlisted.length) throw new Error(`${library}: ${[...unmade, ...unlisted]}`);
  for (const [name, kind] of rows) await emit(`${library}: ${name}`, kind, refused[name]);
}
