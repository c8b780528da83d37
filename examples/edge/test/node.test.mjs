// The receiver on Node, whose Request, Response and fetch are those of the standard; and the rules that go by the time.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { Intake, initSync } from "../pkg/edge.js";
import { MAX_BODY, MONEYHUB, Receiver } from "../receive.mjs";
import { cases } from "./cases.mjs";
import { CLIENT_ID, KEY_ID, answers, keyServer, token } from "./support.mjs";

initSync({ module: readFileSync(new URL("../pkg/edge_bg.wasm", import.meta.url)) });

function start({ keysUrl, now }) {
  const receiver = new Receiver({ intake: new Intake(MONEYHUB.issuers, CLIENT_ID, MAX_BODY), keysUrl, now });
  const [accepted, kept] = [[], []];
  let isFull = false;
  const into = (list) => async (item) => {
    if (isFull) throw new Error("no room");
    list.push(item);
  };
  const request = (init) =>
    receiver.receive(new Request("http://localhost/webhook", init), { accept: into(accepted), keep: into(kept) });
  const post = async (body, headers = {}) =>
    (await request({ method: "POST", body, headers, duplex: "half" })).status;
  return {
    receiver,
    request,
    post,
    accepted: async () => accepted,
    kept: async () => kept,
    full: () => (isFull = true),
    stop: () => {},
  };
}

cases("Node", start);

test("Node: a new key is fetched when a token names it, once in 30 seconds", async () => {
  let now = Date.now();
  const keys = await keyServer(answers.keys([KEY_ID]));
  const { receiver, post, accepted, kept } = start({ keysUrl: keys.url, now: () => now });
  assert.equal(await post(token({ at: now })), 202);

  keys.answer = answers.keys([KEY_ID, "new"]);
  now += 29_000;
  assert.equal(await post(token({ at: now, kid: "new" })), 202);
  assert.deepEqual([(await accepted()).length, (await kept()).length], [1, 1]);
  now += 1_000;
  assert.equal(await post(token({ at: now, kid: "new" })), 202);
  assert.deepEqual([(await accepted()).length, (await kept()).length], [2, 1]);
  assert.equal(keys.fetches, 2);

  now += 30_000;
  const strangers = Array.from({ length: 10 }, (_, kid) => post(token({ at: now, kid: `${kid}` })));
  assert.deepEqual(await Promise.all(strangers), Array(10).fill(202));
  assert.equal((await kept()).length, 11);
  assert.equal(keys.fetches, 3);
  // Keys that were fetched five minutes later have theirs, if there is one.
  now += 300_000;
  const [, { body, receivedAt }] = await kept();
  assert.equal((await receiver.verify(body, receivedAt)).kind, "unknown_key");
  assert.equal(keys.fetches, 4);
  await keys.close();
});

test("Node: keys are fetched anew after 10 minutes, and serve for 24 hours if they can't be", async () => {
  let now = Date.now();
  const keys = await keyServer(answers.keys([KEY_ID]));
  const { post, kept } = start({ keysUrl: keys.url, now: () => now });
  assert.equal(await post(token({ at: now })), 202);
  now += 600_001;
  assert.equal(await post(token({ at: now })), 202);
  assert.equal(keys.fetches, 2);

  keys.answer = answers.status(500);
  now += 24 * 3_600_000;
  assert.equal(await post(token({ at: now })), 202);
  assert.deepEqual(await kept(), []);
  now += 1;
  assert.equal(await post(token({ at: now })), 202);
  assert.equal((await kept()).length, 1);
  await keys.close();
});

test("Node: a kept body is verified as of its receipt", async () => {
  let now = Date.now();
  const keys = await keyServer(answers.status(500));
  const { receiver, post, kept } = start({ keysUrl: keys.url, now: () => now });
  assert.equal(await post(token({ at: now })), 202);
  const [{ body, receivedAt }] = await kept();

  keys.answer = answers.keys([KEY_ID]);
  now += 3_600_000;
  assert.equal((await receiver.verify(body, receivedAt)).status, 202);
  assert.equal((await receiver.verify(body, now)).kind, "expired");
  await keys.close();
});

test("Node: a body that does not come is given up", async () => {
  const { post } = start({ keysUrl: "http://127.0.0.1:1/" });
  assert.equal(await post(new ReadableStream({ pull: () => new Promise(() => {}) })), 408);
});
