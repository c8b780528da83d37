// The receiver on Cloudflare Workers. Bindings: CLIENT_ID, the queues EVENTS (accepted webhooks) and UNVERIFIED (bodies
// whose key was not available); and ISSUERS and KEYS_URL where it is not Moneyhub's production.
//
// A message of a queue there has 128 KB at most. Who has users with thousands of new transactions a day keeps larger
// ones in a bucket, and sends their name.

import { Intake, initSync } from "./pkg/edge.js";
import module from "./pkg/edge_bg.wasm";
import { MAX_BODY, MONEYHUB, Receiver } from "./receive.mjs";

initSync({ module });

// One for each isolate, so that its requests share the keys.
let receiver;
const receiverOf = (env) =>
  (receiver ??= new Receiver({
    intake: new Intake(env.ISSUERS ?? MONEYHUB.issuers, env.CLIENT_ID, MAX_BODY),
    keysUrl: env.KEYS_URL ?? MONEYHUB.keysUrl,
  }));

const accept = (env) => ({ webhook, replayKey }) => env.EVENTS.send({ webhook, replayKey });

export default {
  fetch(request, env, context) {
    return receiverOf(env).receive(request, {
      accept: accept(env),
      keep: (unverified) => env.UNVERIFIED.send(unverified, { contentType: "v8" }), // it has bytes
      waitUntil: (promise) => context.waitUntil(promise),
    });
  },

  // Of the queue UNVERIFIED: bodies are verified as of their receipt, once their key is there or is known not to exist.
  // What is rejected then may be genuine, with a wrong setting: after its retries it is in the dead-letter queue.
  async queue(batch, env) {
    for (const message of batch.messages) {
      const { body, receivedAt } = message.body;
      const verdict = await receiverOf(env).verify(body, receivedAt);
      if (verdict.status === 202) {
        await accept(env)(verdict);
      } else if (!verdict.mayBeDiscarded) {
        message.retry({ delaySeconds: 60 });
        continue;
      }
      message.ack();
    }
  },
};
