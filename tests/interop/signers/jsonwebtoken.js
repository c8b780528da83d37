// jsonwebtoken.

import jsonwebtoken from "jsonwebtoken";
import {
  at, claims, curve, declines, given, header, keysBroughtAlong, kid, lacks, ours, publicDer, refusedClaims, run,
  text, without,
} from "./common.js";

// A string becomes the payload of the token. For an object, it adds `typ`, and `iat` if that is missing.
const sign = ({ alg: algorithm, ...header }, payload, key = ours) =>
  jsonwebtoken.sign(payload, key, { algorithm, header });
const jwt = sign;
const by = (alg, key = ours) => () => sign({ alg, kid }, text, key);
const noJson = lacks("no JSON serialisation");
const noJwe = lacks("no JWE");
const noB64 = lacks("payloads are always encoded: b64 is one more header member");

function ownTime(claims) {
  return { make: () => jwt(header, claims), time: Math.floor(Date.now() / 1000) };
}

const refused = {
  ...refusedClaims(jwt),
  ...keysBroughtAlong(sign),
  "no iat": () => jsonwebtoken.sign(without(claims, "iat"), ours, { algorithm: "RS256", header, noTimestamp: true }),
  "iat as a string": declines(() => jwt(header, { ...claims, iat: String(at) })),
  "hs256, secret is the public key as PEM": by("HS256", given.public_pem),
  "hs256, secret is the public key as DER": by("HS256", publicDer),
  "none, no signature": by("none", null),
  "ps256, the same key": by("PS256"),
  "rs384, the same key": by("RS384"),
  "rs512, the same key": by("RS512"),
  "es256, a key of P-256": by("ES256", curve),
  "b64 false in crit, payload as base64url text": noB64,
  "b64 false in crit, payload as JSON text": noB64,
  "b64 false in crit, payload detached": noB64,
  "payload detached": lacks("no detached payloads"),
  "crit of an extension of its own": () => sign({ ...header, crit: ["own"], own: 1 }, text),
  "no kid": () => sign({ alg: "RS256" }, text),
  "typ at+jwt": () => jwt({ ...header, typ: "at+jwt" }, claims),
  "JWE of the claims, five parts": noJwe,
  "JWE of the signed token, cty JWT": noJwe,
  "JWS of the signed token, cty JWT": () => sign({ ...header, cty: "JWT" }, sign(header, text)),
  "JWS in general JSON serialisation": noJson,
  "JWS in flattened JSON serialisation": noJson,
};

await run({ library: "jsonwebtoken", jwt, raw: sign, ownTime, refused });
