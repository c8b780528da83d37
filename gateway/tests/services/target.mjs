// A service with the official library of Node: answers 200 to a delivery that verifies, and 401 to any other.
//
// usage: target.mjs SECRET    (prints its port, and then a line of JSON for each delivery)

import { createServer } from "node:http";
import { createRequire } from "node:module";

// From the folder of NODE_PATH, which `import` does not use.
const { Webhook } = createRequire(import.meta.url)("standardwebhooks");
const webhook = new Webhook(process.argv[2]);
// What the first deliveries meet: an error, a lost database, no answer, a closed connection.
const faults = [500, 503, "hang", "close"];

const server = createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const body = Buffer.concat(chunks);
    let answer = 401;
    let error = null;
    try {
      webhook.verify(body.toString(), request.headers);
      answer = faults.shift() ?? 200;
    } catch (failure) {
      error = String(failure);
    }
    if (answer === "close") request.socket.destroy();
    else if (answer === "hang") setTimeout(() => request.socket.destroy(), 2000);
    else response.writeHead(answer).end();
    console.log(JSON.stringify({ key: request.headers["webhook-id"], answer, bytes: body.length, error }));
  });
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
