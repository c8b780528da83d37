// jose.

import * as jose from "jose";
import {
  at, claims, curve, given, header, keysBroughtAlong, kid, ours, ourPublic, publicDer, refusedClaims, run, text,
} from "./common.js";

const bytes = (text) => new TextEncoder().encode(text);
const sign = (header, payload, key = ours) => new jose.CompactSign(bytes(payload)).setProtectedHeader(header).sign(key);
const jwt = (header, claims) => new jose.SignJWT(claims).setProtectedHeader(header).sign(ours);
const by = (alg, key = ours) => () => sign({ alg, kid }, text, key);
const flattened = (payload, members = {}) =>
  new jose.FlattenedSign(bytes(payload)).setProtectedHeader({ ...header, ...members }).sign(ours);
const unencoded = (payload) => flattened(payload, { b64: false, crit: ["b64"] });
const encrypted = { alg: "RSA-OAEP-256", enc: "A256GCM", kid };
const own = { crit: { own: true } };

/** `setIssuedAt` with a `Date`, which jose converts to seconds. */
function ownTime(claims) {
  const make = () => new jose.SignJWT(claims).setProtectedHeader(header).setIssuedAt(new Date(at * 1000)).sign(ours);
  return { make, time: at };
}

const refused = {
  ...refusedClaims(jwt),
  ...keysBroughtAlong(sign),
  "hs256, secret is the public key as PEM": by("HS256", bytes(given.public_pem)),
  "hs256, secret is the public key as DER": by("HS256", publicDer),
  "none, no signature": () => new jose.UnsecuredJWT(claims).encode(),
  "ps256, the same key": by("PS256"),
  "rs384, the same key": by("RS384"),
  "rs512, the same key": by("RS512"),
  "es256, a key of P-256": by("ES256", curve),
  // jose makes this in flattened form. The compact form is assembled by hand.
  "b64 false in crit, payload as base64url text": async () => {
    const payload = jose.base64url.encode(text);
    const { protected: first, signature } = await unencoded(payload);
    return `${first}.${payload}.${signature}`;
  },
  "b64 false in crit, payload as JSON text": async () => {
    const { protected: first, signature } = await unencoded(text);
    return `${first}.${text}.${signature}`;
  },
  "b64 false in crit, payload detached": async () => {
    const { protected: first, signature } = await unencoded(text);
    return `${first}..${signature}`;
  },
  "payload detached": async () => {
    const { protected: first, signature } = await flattened(text);
    return `${first}..${signature}`;
  },
  "crit of an extension of its own": () =>
    new jose.CompactSign(bytes(text)).setProtectedHeader({ ...header, crit: ["own"], own: 1 }).sign(ours, own),
  "no kid": () => sign({ alg: "RS256" }, text),
  "typ at+jwt": () => jwt({ ...header, typ: "at+jwt" }, claims),
  "JWE of the claims, five parts": () => new jose.EncryptJWT(claims).setProtectedHeader(encrypted).encrypt(ourPublic),
  "JWE of the signed token, cty JWT": async () =>
    new jose.CompactEncrypt(bytes(await jwt(header, claims)))
      .setProtectedHeader({ ...encrypted, cty: "JWT" })
      .encrypt(ourPublic),
  "JWS of the signed token, cty JWT": async () => sign({ ...header, cty: "JWT" }, await jwt(header, claims)),
  "JWS in general JSON serialisation": async () =>
    JSON.stringify(await new jose.GeneralSign(bytes(text)).addSignature(ours).setProtectedHeader(header).sign()),
  "JWS in flattened JSON serialisation": async () => JSON.stringify(await flattened(text)),
};

await run({ library: "jose", jwt, raw: sign, ownTime, refused });
