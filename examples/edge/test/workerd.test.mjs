// The worker on workerd, the runtime of Cloudflare Workers. In place of its queues are some that can be read and be full.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { Log, LogLevel, Miniflare } from "miniflare";

import { cases } from "./cases.mjs";
import { CLIENT_ID, KEY_ID, answers, keyServer, token } from "./support.mjs";

const folder = new URL("../", import.meta.url);
const text = (path) => readFileSync(new URL(path, folder), "utf8");
const module = (type, path) => ({ type, path, contents: readFileSync(new URL(path, folder)) });

const QUEUES = `
  import { WorkerEntrypoint } from "cloudflare:workers";
  const sent = { EVENTS: [], UNVERIFIED: [] };
  let isFull = false;
  class Queue extends WorkerEntrypoint {
    send(item) {
      if (isFull) throw new Error("no room");
      sent[this.ctx.props.name].push(item);
    }
  }
  export { Queue };
  export default {
    async fetch(request) {
      const name = new URL(request.url).pathname.slice(1);
      if (name === "full") { isFull = true; return new Response(); }
      const items = sent[name].map((item) => ({ ...item, ...(item.body && { body: [...item.body] }) }));
      return Response.json(items);
    },
  };
`;

async function start({ keysUrl }) {
  const compatibilityDate = "2026-01-01";
  const queue = (name) => ({ name: "queues", entrypoint: "Queue", props: { name } });
  const miniflare = new Miniflare({
    log: new Log(LogLevel.NONE),
    workers: [
      {
        name: "receiver",
        compatibilityDate,
        modules: [
          { type: "ESModule", path: "worker.mjs", contents: text("worker.mjs") },
          { type: "ESModule", path: "receive.mjs", contents: text("receive.mjs") },
          { type: "ESModule", path: "pkg/edge.js", contents: text("pkg/edge.js") },
          module("CompiledWasm", "pkg/edge_bg.wasm"),
        ],
        bindings: { CLIENT_ID, KEYS_URL: keysUrl },
        serviceBindings: { EVENTS: queue("EVENTS"), UNVERIFIED: queue("UNVERIFIED") },
      },
      { name: "queues", compatibilityDate, modules: true, script: QUEUES },
    ],
  });
  const queues = await miniflare.getWorker("queues");
  const sent = async (name) => (await queues.fetch(`http://localhost/${name}`)).json();
  const request = (init) => miniflare.dispatchFetch("http://localhost/webhook", init);
  return {
    miniflare,
    request,
    post: async (body, headers = {}) => (await request({ method: "POST", body, headers })).status,
    accepted: () => sent("EVENTS"),
    kept: () => sent("UNVERIFIED"),
    full: () => queues.fetch("http://localhost/full"),
    stop: () => miniflare.dispose(),
  };
}

cases("workerd", start);

test("workerd: kept bodies are verified as of their receipt once there are keys, and tried again until then", async () => {
  const keys = await keyServer(answers.keys([KEY_ID]));
  const { miniflare, accepted, stop } = await start({ keysUrl: keys.url });
  const hourAgo = Date.now() - 3_600_000;
  const message = (id, body) => ({
    id,
    timestamp: new Date(),
    attempts: 1,
    body: { body: new TextEncoder().encode(body), receivedAt: hourAgo },
  });
  const good = token({ at: hourAgo });
  const batch = [
    message("good", good),
    message("forged", good.slice(0, -8) + "AAAAAAAA"),
    message("late", token({ at: hourAgo - 301_000 })),
  ];
  const worker = await miniflare.getWorker("receiver");
  const { explicitAcks, retryMessages } = await worker.queue("unverified", batch);
  assert.deepEqual(explicitAcks, ["good", "forged"]);
  // Moneyhub has signed it.
  assert.deepEqual(retryMessages.map(({ msgId }) => msgId), ["late"]);
  assert.equal((await accepted()).length, 1);
  await stop();

  keys.answer = answers.status(500);
  const without = await start({ keysUrl: keys.url });
  const other = await without.miniflare.getWorker("receiver");
  const { retryMessages: retried, explicitAcks: dropped } = await other.queue("unverified", batch);
  // The late one is rejected whatever its key, but a setting may be wrong.
  assert.deepEqual(retried.map(({ msgId }) => msgId), ["good", "forged", "late"]);
  assert.deepEqual(dropped, []);
  await without.stop();
  await keys.close();
});
