// One round of the Node peers: checks that each peer verifies, then runs it with each case. Prints lines of peer, case
// and nanoseconds per call, separated by tabs, like the Rust program.
//
// usage: node round.js FOLDER

import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as jose from "jose";
import jsonwebtoken from "jsonwebtoken";

// Longer than in Rust, because V8 compiles code that runs often.
const WARM_UP = 200e6;
const TURN = 50e6;

const folder = process.argv[2];
const read = (name) => readFileSync(join(folder, name));
const policy = JSON.parse(read("policy.json"));
const [jwk] = JSON.parse(read("jwks.json")).keys;
const installed = JSON.parse(readFileSync(new URL("package.json", import.meta.url))).dependencies;

const cryptoKey = await jose.importJWK(jwk, "RS256");
const keyObject = createPublicKey({ key: jwk, format: "jwk" });
const openssl = `OpenSSL ${process.versions.openssl}`;
const tokenPeers = {
  jose: {
    note: `${openssl} by WebCrypto, on a thread of libuv; calls are waited for one by one`,
    verifier({ issuer, audience, now, maximumAge }) {
      const options = {
        algorithms: ["RS256"],
        issuer,
        audience,
        maxTokenAge: maximumAge,
        currentDate: new Date(now * 1000),
      };
      return async (token) => (await jose.jwtVerify(token, cryptoKey, options)).payload;
    },
  },
  jsonwebtoken: {
    note: openssl,
    verifier({ issuer, audience, now, maximumAge }) {
      const options = {
        algorithms: ["RS256"],
        issuer,
        audience,
        maxAge: maximumAge,
        clockTimestamp: now,
      };
      return (token) => jsonwebtoken.verify(token, keyObject, options);
    },
  },
};

const check = async (verifier, token, forged) => {
  const payload = await verifier(policy)(token);
  assert.ok(payload.events);
  const rejects = (policy, token) => assert.rejects(async () => verifier(policy)(token));
  await rejects(policy, forged);
  await rejects({ ...policy, issuer: "https://identity.example" }, token);
  await rejects({ ...policy, audience: "another client" }, token);
  await rejects({ ...policy, now: policy.now + 3600 }, token);
};

// The average time of a call within this length of time. Only promises are awaited, because awaiting takes as long as
// parsing a small body.
const nanoseconds = async (call, length) => {
  const start = process.hrtime.bigint();
  const elapsed = () => Number(process.hrtime.bigint() - start);
  let calls = 0;
  for (let batch = 1; elapsed() < length; batch *= 2) {
    for (let done = 0; done < batch; done++) {
      const result = call();
      if (result instanceof Promise) await result;
    }
    calls += batch;
  }
  return elapsed() / calls;
};

const print = (...fields) => console.log(fields.join("\t"));

const turn = async (peer, name, call) => {
  await nanoseconds(call, WARM_UP);
  print(peer, name, Math.round(await nanoseconds(call, TURN)));
};

for (const [name, { note, verifier }] of Object.entries(tokenPeers)) {
  const peer = `${name} (Node)`;
  print(peer, "version", installed[name]);
  print(peer, "note", note);
  for (const body of ["payment.jwt", "transactions.jwt"]) {
    const token = read(body).toString();
    await check(verifier, token, read(`${body}.forged`).toString());
    const verify = verifier(policy);
    await turn(peer, body, () => verify(token));
  }
}

const peer = "JSON.parse (Node)";
print(peer, "version", process.versions.node);
print(peer, "note", "dynamic; the bytes are made a string first");
for (const body of ["payment.json", "transactions.json"]) {
  const bytes = read(body);
  await turn(peer, body, () => JSON.parse(bytes.toString()));
}
