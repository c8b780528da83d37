// A proxy of ours in front of a provider. It forwards each request, changes the answer as a row needs it, and counts
// the requests.
import { once } from 'node:events';
import { createServer, request as ask } from 'node:http';
import { createSecureServer } from 'node:http2';
import { setTimeout as pause } from 'node:timers/promises';
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

const started = new Set();

/** The provider's answer to the same request, with this host. */
function fromProvider(issuer, url, host) {
    return new Promise((resolve, reject) => {
        const question = ask(`http://127.0.0.1:${issuer.port}${url}`, { headers: { host }, agent: false }, async (answer) => {
            const parts = await answer.toArray();
            resolve({ type: answer.headers['content-type'], body: Buffer.concat(parts) });
        });
        question.on('error', reject).end();
    });
}

export class Front {
    /** The requests: path, headers, HTTP version. */
    requests = [];
    /** How the next answers are sent. */
    shape = whole();

    static async start(issuer, { tls, shape } = {}) {
        const front = new Front();
        if (shape) front.shape = shape;
        const listener = async (request, response) => {
            const host = request.headers.host ?? request.authority;
            front.requests.push({ path: request.url, headers: request.headers, version: request.httpVersion });
            await front.shape(response, await fromProvider(issuer, request.url, host), request);
        };
        // The server prefers HTTP/2 to HTTP/1.1.
        const server = tls ? createSecureServer({ ...tls, allowHTTP1: true }, listener) : createServer(listener);
        server.on('clientError', (_error, socket) => socket.destroy());
        server.on('tlsClientError', () => {});
        server.listen(0, '127.0.0.1');
        await once(server, 'listening');
        started.add(server);
        front.port = server.address().port;
        front.origin = `${tls ? 'https' : 'http'}://127.0.0.1:${front.port}`;
        front.jwksUri = `${front.origin}/jwks`;
        return front;
    }

    get fetches() {
        return this.requests.filter(({ path }) => path === '/jwks').length;
    }
}

export function stopFronts() {
    for (const server of started) server.close();
}

const json = (type, body, headers = {}) => ({ 'content-type': type, 'content-length': body.length, ...headers });

/** With its length and these additional headers. */
export function whole(headers) {
    return (response, { type, body }) => response.writeHead(200, json(type, body, headers)).end(body);
}

/** The key set with its keys changed. */
export function withKeys(change) {
    return (response, { type, body }) => {
        const changed = Buffer.from(JSON.stringify({ keys: change(JSON.parse(body).keys) }));
        response.writeHead(200, json(type, changed)).end(changed);
    };
}

/** With an entity tag, or 304 if the client has this tag already (RFC 9110, section 13.1.2). */
export function tagged(response, { type, body }, request) {
    const etag = `"${createHash('sha256').update(body).digest('hex')}"`;
    if (request.headers['if-none-match'] === etag) return response.writeHead(304, { etag }).end();
    return response.writeHead(200, json(type, body, { etag })).end(body);
}

/** 304 for every request. */
export const notModified = (response) => response.writeHead(304, { etag: '"1"' }).end();

/** Compressed if the request allows it, as it does without `Accept-Encoding` (RFC 9110, section 12.5.3). */
export function compressedIfAllowed(response, answer, request) {
    const accepted = request.headers['accept-encoding'];
    const allows = accepted === undefined || /\bgzip\b|\*/.test(accepted);
    return (allows ? compressed : whole())(response, answer);
}

/** Compressed, even if the request does not allow it. */
export function compressed(response, { type, body }) {
    const packed = gzipSync(body);
    response.writeHead(200, json(type, packed, { 'content-encoding': 'gzip' })).end(packed);
}

/** In chunks of a few bytes. */
export function chunked(response, { type, body }) {
    response.writeHead(200, { 'content-type': type });
    for (let i = 0; i < body.length; i += 7) response.write(body.subarray(i, i + 7));
    response.end();
}

/** After a delay before the first byte. */
export function slow(milliseconds) {
    return async (response, answer) => {
        await pause(milliseconds, undefined, { ref: false });
        whole()(response, answer);
    };
}

/** With a delay between the headers and the body. */
export function slowBody(milliseconds) {
    return async (response, { type, body }) => {
        response.writeHead(200, json(type, body));
        response.flushHeaders();
        await pause(milliseconds, undefined, { ref: false });
        response.end(body);
    };
}

/** 103 Early Hints before the answer (RFC 8297). */
export function hinted(response, answer) {
    response.writeEarlyHints({ link: '</jwks>; rel=preload' });
    whole()(response, answer);
}

/** Half of the body, then the connection is closed. The body has a length, is chunked, or ends with the connection. */
export function cutOff(framing) {
    return (response, { type, body }) => {
        const half = body.subarray(0, body.length / 2);
        if (framing === 'close') {
            const head = `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\nconnection: close\r\n\r\n`;
            return response.socket.end(Buffer.concat([Buffer.from(head), half]));
        }
        response.writeHead(200, framing === 'length' ? json(type, body) : { 'content-type': type });
        return response.write(half, () => response.socket.destroy());
    };
}

/** A redirect to another location, which has the key set. */
export const moved = (location) => (response) => response.writeHead(302, { location }).end();
