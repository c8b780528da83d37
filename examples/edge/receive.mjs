// The receiver: a request with the raw body in, a status out, as `guide::answers` of the crate has them. It needs what
// every runtime with `fetch` has: Request, Response, streams, timers, `AbortSignal.timeout`.

export const MONEYHUB = {
  issuers: ["https://identity.moneyhub.co.uk", "https://identity.moneyhub.co.uk/oidc"],
  keysUrl: "https://identity.moneyhub.co.uk/oidc/certs",
};

// Bytes. A token with 6000 transactions, the most that Moneyhub sends, has 313 KB.
export const MAX_BODY = 1024 * 1024;
const MAX_KEY_SET = 1024 * 1024;

// Milliseconds. Moneyhub waits 5 seconds for the whole.
const BODY_TIME = 1500;
const FETCH_TIME = 2000;
const LOOK_EVERY = 20;

// `intake` is an `Intake` of the module, one for each instance of the runtime: it holds the keys.
export class Receiver {
  constructor({ intake, keysUrl = MONEYHUB.keysUrl, fetch = globalThis.fetch.bind(globalThis), now = Date.now }) {
    Object.assign(this, { intake, keysUrl, fetch, now });
  }

  // Answers a request.
  //
  // - `accept({ webhook, replayKey })` puts a webhook into safe hands. The webhook is a JSON text. Copies have the same
  //   replay key: who handles it drops them.
  // - `keep({ body, receivedAt })` keeps a body that can't be verified yet, for `verify` later. It may throw: no room.
  // - `waitUntil(promise)` keeps the instance alive for a fetch of keys when the sender has gone.
  async receive(request, { accept, keep, waitUntil = () => {} }) {
    if (request.method !== "POST") {
      return answer(405, { allow: "POST" });
    }
    if ((request.headers.get("content-encoding") ?? "identity").toLowerCase() !== "identity") {
      return answer(415);
    }
    const receivedAt = this.now();
    let body;
    try {
      body = await readAll(request.body, MAX_BODY, BODY_TIME);
    } catch (error) {
      return answer(error instanceof TooLarge ? 413 : 408);
    }
    const verdict = await this.verify(body, receivedAt, waitUntil);
    try {
      if (verdict.status === 202) {
        await accept(verdict);
      } else if (verdict.kind === "keys_unavailable") {
        await keep({ body, receivedAt });
        return answer(202);
      } else {
        console.warn(`rejected: ${verdict.message}`); // it contains nothing of the body
      }
    } catch (error) {
      console.error(`lost: ${error}`);
      return answer(503);
    }
    return answer(verdict.status);
  }

  // The verdict on a body as of its receipt, with keys that are fetched where that may change it.
  async verify(body, receivedAt, waitUntil = () => {}) {
    const verified = () => JSON.parse(this.intake.verify(body, receivedAt, this.now()));
    if (this.intake.isDue(this.now())) {
      await this.#freshKeys(waitUntil);
    }
    const verdict = verified();
    if (verdict.kind !== "keys_unavailable") {
      return verdict;
    }
    await this.#freshKeys(waitUntil);
    return verified();
  }

  // Fetches the keys, if the cache allows it, or waits for the request that does.
  async #freshKeys(waitUntil) {
    const claim = this.intake.claimFetch(this.now());
    if (claim) {
      const fetched = this.#fetchKeys(claim);
      waitUntil(fetched);
      await fetched;
      return;
    }
    // Not by its promise: some runtimes let no request wait for the input of another.
    for (let waited = 0; waited < FETCH_TIME && this.intake.isFetching(this.now()); waited += LOOK_EVERY) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
    }
  }

  async #fetchKeys(claim) {
    let jwks;
    try {
      const signal = AbortSignal.timeout(FETCH_TIME);
      const response = await this.fetch(this.keysUrl, { signal, redirect: "manual" });
      if (response.status !== 200) {
        throw new Error(`the status is ${response.status}`);
      }
      jwks = await readAll(response.body, MAX_KEY_SET, FETCH_TIME);
    } catch (error) {
      claim.fail(`the key set can't be fetched: ${error.message}`);
      console.error(`no keys: ${error.message}`);
      return;
    }
    try {
      claim.succeed(jwks);
    } catch (error) {
      console.error(`no keys: ${error.message}`);
    }
  }
}

class TooLarge extends Error {}

// The bytes of a stream, up to a limit and within a time.
async function readAll(stream, limit, time) {
  const reader = stream?.getReader();
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("it does not come in time")), time);
  });
  const chunks = [];
  let length = 0;
  try {
    while (reader) {
      const { done, value } = await Promise.race([reader.read(), late]);
      if (done) break;
      length += value.byteLength;
      if (length > limit) throw new TooLarge(`it has more than ${limit} bytes`);
      chunks.push(value);
    }
  } catch (error) {
    reader.cancel().catch(() => {});
    throw error;
  } finally {
    clearTimeout(timer);
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}

// No more than a status: which check has failed is for the log.
function answer(status, headers) {
  return new Response(null, { status, headers });
}
