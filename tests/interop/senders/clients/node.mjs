// Posts webhooks with a Node HTTP client: node.mjs fetch|undici|axios|got. Each line of standard input is a request,
// `{"url", "file", "headers", "chunked"}`. Each line of standard output is its answer, `{"status"}` or `{"error"}`.
import { createReadStream, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";

// Moneyhub's timeout is 5 seconds.
const LIMIT = 5000;

const clients = {
  async fetch() {
    return async ({ url, file, headers, chunked }) => {
      const body = chunked ? Readable.toWeb(createReadStream(file)) : readFileSync(file);
      const signal = AbortSignal.timeout(LIMIT);
      const answer = await fetch(url, { method: "POST", headers, body, signal, ...(chunked && { duplex: "half" }) });
      await answer.arrayBuffer();
      return answer.status;
    };
  },
  async undici() {
    const { request } = await import("undici");
    return async ({ url, file, headers, chunked }) => {
      const body = chunked ? createReadStream(file) : readFileSync(file);
      const answer = await request(url, { method: "POST", headers, body, signal: AbortSignal.timeout(LIMIT) });
      await answer.body.dump();
      return answer.statusCode;
    };
  },
  async axios() {
    const { default: axios } = await import("axios");
    return async ({ url, file, headers, chunked }) => {
      const body = chunked ? createReadStream(file) : readFileSync(file);
      // By default, Axios sets a content type, and reads a stream into memory for a possible redirect.
      const named = Object.keys(headers).some((name) => name.toLowerCase() === "content-type");
      const answer = await axios.post(url, body, {
        headers: named ? headers : { ...headers, "Content-Type": false },
        maxRedirects: 0,
        timeout: LIMIT,
        validateStatus: () => true,
      });
      return answer.status;
    };
  },
  async got() {
    const { default: got } = await import("got");
    return async ({ url, file, headers, chunked }) => {
      const body = chunked ? createReadStream(file) : readFileSync(file);
      const options = { headers, body, retry: { limit: 0 }, throwHttpErrors: false, timeout: { request: LIMIT } };
      return (await got.post(url, options)).statusCode;
    };
  },
};

const post = await clients[process.argv[2]]();
for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    answer = { status: await post(JSON.parse(line)) };
  } catch (error) {
    answer = { error: String(error.cause?.code ?? error.code ?? error.name) };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
process.exit(0);
