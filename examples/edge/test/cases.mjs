// What a receiver does, on whichever runtime. `start({ keysUrl })` gives a fresh one, with
//
// - `post(body, headers)` → the status, `request(init)` → the response,
// - `accepted()` and `kept()` → what was handed over,
// - `full()`: from now on neither can take anything, `stop()`.

import assert from "node:assert/strict";
import { test } from "node:test";

import { KEY_ID, PLAIN_JSON, answers, forged, keyServer, nobody, token } from "./support.mjs";

export function cases(runtime, start) {
  const withKeys = (name, answer, run) =>
    test(`${runtime}: ${name}`, async () => {
      const keys = await (answer ? keyServer(answer) : nobody());
      const receiver = await start({ keysUrl: keys.url });
      try {
        await run(receiver, keys);
      } finally {
        await receiver.stop();
        if (answer) await keys.close();
      }
    });
  const published = answers.keys([KEY_ID]);

  withKeys("a good token is accepted, with one fetch for all of them", published, async (receiver, keys) => {
    assert.equal(await receiver.post(token()), 202);
    assert.equal(await receiver.post(token({ id: "second" })), 202);
    assert.equal(keys.fetches, 1);
    const [first, second] = await receiver.accepted();
    const webhook = JSON.parse(first.webhook);
    assert.equal(webhook.id, "c9d133e0-e708-402d-a6b7-dc8ff9c29a1c");
    assert.equal(webhook.eventType, "paymentCompleted");
    assert.equal(webhook.payload.paymentId, "dc9446ee-afc1-4b47-bab5-2b01c7da09e3");
    assert.match(first.replayKey, /^[0-9a-f]{64}$/);
    assert.notEqual(first.replayKey, second.replayKey);
  });

  withKeys("a token in the form of a payment widget is accepted", published, async (receiver) => {
    assert.equal(await receiver.post(JSON.stringify({ token: token() })), 202);
  });

  withKeys("tokens that come together wait for one fetch", answers.later(100, published), async (receiver, keys) => {
    const posts = Array.from({ length: 10 }, (_, id) => receiver.post(token({ id: `${id}` })));
    assert.deepEqual(await Promise.all(posts), Array(10).fill(202));
    assert.equal(keys.fetches, 1);
  });

  withKeys("forged, plain, old and broken bodies are refused", published, async (receiver, keys) => {
    assert.equal(await receiver.post(forged()), 401);
    assert.equal(await receiver.post(PLAIN_JSON), 401);
    assert.equal(await receiver.post(token({ at: Date.now() - 301_000 })), 401);
    assert.equal(await receiver.post(token({ at: Date.now() + 120_000 })), 401);
    assert.equal(await receiver.post("{"), 400);
    assert.equal(await receiver.post(""), 400);
    assert.equal(await receiver.post(new Uint8Array([0xff, 0xfe])), 400);
    assert.deepEqual(await receiver.accepted(), []);
    assert.deepEqual(await receiver.kept(), []);
    assert.equal(keys.fetches, 1);
  });

  withKeys("unknown keys cause one fetch, and are kept: they may be newer", published, async (receiver, keys) => {
    for (const kid of ["one", "two", "three"]) {
      assert.equal(await receiver.post(token({ kid })), 202);
    }
    assert.equal((await receiver.kept()).length, 3);
    assert.deepEqual(await receiver.accepted(), []);
    assert.equal(keys.fetches, 1);
    assert.equal(await receiver.post(token()), 202);
  });

  withKeys("a body of 1 MiB is read, and a larger one is not", published, async (receiver) => {
    assert.equal(await receiver.post(" ".repeat(1024 * 1024)), 400);
    assert.equal(await receiver.post(" ".repeat(1024 * 1024 + 1)), 413);
  });

  withKeys("other methods and compressed bodies are not read", published, async (receiver, keys) => {
    const got = await receiver.request({ method: "GET" });
    assert.equal(got.status, 405);
    assert.equal(got.headers.get("allow"), "POST");
    assert.equal(await receiver.post(token(), { "content-encoding": "gzip" }), 415);
    assert.equal(await receiver.post(token(), { "content-encoding": "identity" }), 202);
    assert.equal(keys.fetches, 1);
  });

  withKeys("with no room for a webhook the answer is 503", published, async (receiver) => {
    await receiver.full();
    assert.equal(await receiver.post(token()), 503);
  });

  for (const [state, answer] of Object.entries({
    down: undefined,
    failing: answers.status(500),
    "moved elsewhere": answers.status(302),
    silent: answers.silent(),
    endless: answers.endless(),
    "without a usable key": answers.keys([]),
  })) {
    withKeys(`with the key server ${state}, tokens are kept and nothing else is`, answer, async (receiver, keys) => {
      const body = token();
      const started = Date.now();
      assert.equal(await receiver.post(body), 202);
      const time = Date.now() - started;
      assert.ok(time < 4000, `${time} ms`);
      const [kept, ...others] = await receiver.kept();
      assert.deepEqual(others, []);
      assert.equal(Buffer.from(kept.body).toString(), body);
      assert.ok(Math.abs(kept.receivedAt - started) < 1000);
      assert.equal(await receiver.post(PLAIN_JSON), 401);
      assert.equal((await receiver.kept()).length, 1);
      assert.deepEqual(await receiver.accepted(), []);
      assert.equal(keys.fetches, answer ? 1 : 0);
    });
  }

  withKeys("with no keys and no room either the answer is 503", undefined, async (receiver) => {
    await receiver.full();
    assert.equal(await receiver.post(token()), 503);
  });
}
