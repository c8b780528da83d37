// A pretend Moneyhub: tokens signed with the key of the fixtures, and a server on loopback that publishes it.

import { createSign } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const fixture = (name) => readFileSync(new URL(`../../../fixtures/${name}`, import.meta.url), "utf8");
const JWKS = JSON.parse(fixture("keys/jwks.json"));
const PRIVATE_KEY = fixture("keys/test-rsa-2048.pem");

export const ISSUER = "https://identity.moneyhub.co.uk";
export const CLIENT_ID = "d9dc9d5e-d190-438c-b658-a4be3779100d";
export const KEY_ID = JWKS.keys[0].kid;
export const PLAIN_JSON = fixture("json/paymentCompleted.json");

// A token issued at this time, in milliseconds.
export function token({ kid = KEY_ID, at = Date.now(), id = "c9d133e0-e708-402d-a6b7-dc8ff9c29a1c" } = {}) {
  const header = { kid, alg: "RS256" };
  const payload = { paymentId: "dc9446ee-afc1-4b47-bab5-2b01c7da09e3", status: "completed" };
  const events = { "urn:com:moneyhub:events:payment-completed": payload };
  const claims = { iss: ISSUER, aud: CLIENT_ID, jti: id, sub: "user", events, iat: Math.floor(at / 1000) };
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const input = `${part(header)}.${part(claims)}`;
  return `${input}.${createSign("RSA-SHA256").update(input).sign(PRIVATE_KEY, "base64url")}`;
}

// The same with other claims under the same signature.
export function forged(options) {
  const [header, , signature] = token(options).split(".");
  const [, claims] = token({ ...options, id: "another" }).split(".");
  return `${header}.${claims}.${signature}`;
}

// What the key server does when it is asked.
export const answers = {
  keys: (kids) => (response) => {
    const keys = kids.map((kid) => ({ ...JWKS.keys[0], kid }));
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ keys }));
  },
  status: (status) => (response) => response.writeHead(status, { location: "/" }).end("{}"),
  endless: () => (response) => {
    response.writeHead(200);
    const more = () => response.destroyed || response.write(" ".repeat(65536), more);
    more();
  },
  silent: () => () => {},
  later: (time, then) => (response) => setTimeout(() => then(response), time),
};

export async function keyServer(answer) {
  const server = createServer((_, response) => {
    keys.fetches += 1;
    keys.answer(response);
  });
  const keys = {
    answer,
    fetches: 0,
    close: () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
  };
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  keys.url = `http://127.0.0.1:${server.address().port}/oidc/certs`;
  return keys;
}

// An address at which nobody listens.
export async function nobody() {
  const server = await keyServer(answers.silent());
  await server.close();
  return server;
}
