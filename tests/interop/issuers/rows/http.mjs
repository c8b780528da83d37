// HTTP between a provider and the crate: caching, compression, slow and broken answers. A proxy of ours in front of the
// provider counts the requests.
import * as front from '../lib/front.mjs';
import { Issuer } from '../lib/issuer.mjs';
import { row } from '../lib/rows.mjs';
import { Service, tally } from '../lib/service.mjs';
import { EVENT, rsa, sign } from '../lib/tokens.mjs';

/** The default deadline of a fetch is 2 seconds. Rows about something else have a longer one. */
const DEADLINE = 2000;
const DEFAULT = { deadline_ms: null };
const LATE = 'no key set within the timeout';

/** How long Moneyhub waits for the answer to a webhook. */
const MONEYHUB_WAITS = 5000;

export async function http() {
    const key = rsa('key', { use: 'sig' });
    const issuer = await Issuer.start({ keys: [key] });
    const tokens = { held: await sign(key, issuer.url), other: await sign(key, issuer.url, { kid: 'other' }) };
    const open = async (shape, deadline) => {
        const server = await front.Front.start(issuer, { shape });
        return [server, await Service.open(server.jwksUri, [issuer.url], deadline)];
    };
    await goodAnswers(open, tokens);
    await badAnswers(open, tokens);
    await caching(open, tokens);
    await requests(open, tokens);
    await issuer.stop();
}

async function goodAnswers(open, tokens) {
    for (const [what, shape, deadline] of [
        ['in chunks of 7 bytes', front.chunked],
        ['compressed where the request allows it', front.compressedIfAllowed],
        ['103 Early Hints before it', front.hinted],
        ['first byte within the deadline', front.slow(DEADLINE / 8), DEFAULT],
        ['body within the deadline', front.slowBody(DEADLINE / 8), DEFAULT],
    ]) {
        const [server, service] = await open(shape, deadline);
        const got = tally(await service.verifyAll(Array(10).fill(tokens.held)));
        row(`answer: ${what}`, `10 ${EVENT}; fetches 1`, `${got}; fetches ${server.fetches}`);
    }
}

/** Failed fetches, without keys and with old keys, which must stay cached. */
async function badAnswers(open, tokens) {
    for (const [what, shape, reason] of [
        ['compressed though the request forbids it', front.compressed, 'the answer has a content coding that was not asked for: `gzip`'],
        ['cut off in the middle, by length', front.cutOff('length')],
        ['cut off in the middle, in chunks', front.cutOff('chunks')],
        ['cut off in the middle, until the end of the connection', front.cutOff('close')],
        ['first byte after the deadline', front.slow(2 * DEADLINE), LATE],
        ['body after the deadline', front.slowBody(2 * DEADLINE), LATE],
        ['304 unasked', front.notModified, 'the answer has the status 304'],
        ['302 to the same host', front.moved('/jwks'), 'the answer has the status 302'],
    ]) {
        const deadline = reason === LATE ? DEFAULT : undefined;
        const [server, service] = await open(shape, deadline);
        const since = Date.now();
        const cold = tally(await service.verifyAll(Array(10).fill(tokens.held)));
        const inTime = Date.now() - since < MONEYHUB_WAITS ? 'in time' : 'too late';
        row(`answer: ${what}, no keys held`, '10 KeysUnavailable in time; fetches 1',
            `${cold} ${inTime}; fetches ${server.fetches}`);
        if (reason) {
            const { last_error } = await service.status();
            row(`answer: ${what}, the reason`, reason, last_error);
        }

        const [later, warm] = await open(front.whole(), deadline);
        await warm.verify(tokens.held);
        later.shape = shape;
        await warm.clock(601);
        const held = await warm.verify(tokens.held);
        const other = await warm.verify(tokens.other);
        row(`answer: ${what}, keys held`, `${EVENT}, another key KeysUnavailable; fetches 2`,
            `${held}, another key ${other}; fetches ${later.fetches}`);
    }
}

/** The cache has its own maximum age, and ignores the caching headers of the answer. */
async function caching(open, tokens) {
    for (const [what, headers, seconds, fetches] of [
        ['Cache-Control: no-store, within 10 minutes', { 'cache-control': 'no-store' }, 600, 1],
        ['Cache-Control: max-age=1, within 10 minutes', { 'cache-control': 'max-age=1' }, 600, 1],
        ['Expires in the past, within 10 minutes', { expires: 'Thu, 01 Jan 1970 00:00:00 GMT' }, 600, 1],
        ['Cache-Control: max-age=86400, immutable, after 10 minutes', { 'cache-control': 'max-age=86400, immutable' }, 601, 2],
        ['Age: 86400, within 10 minutes', { age: '86400' }, 600, 1],
    ]) {
        const [server, service] = await open(front.whole(headers));
        await service.verify(tokens.held);
        await service.clock(seconds);
        const got = await service.verify(tokens.held);
        row(`caching: ${what}`, `${EVENT}; fetches ${fetches}`, `${got}; fetches ${server.fetches}`);
    }
    const [server, service] = await open(front.tagged);
    await service.verify(tokens.held);
    await service.clock(601);
    const got = await service.verify(tokens.held);
    const conditional = server.requests.filter(({ headers }) => headers['if-none-match']).length;
    row('caching: ETag, after 10 minutes', `${EVENT}; fetches 2, conditional 0`,
        `${got}; fetches ${server.fetches}, conditional ${conditional}`);
}

/** The requests that a key server gets. */
async function requests(open, tokens) {
    const [server, service] = await open(front.whole());
    await service.verify(tokens.held);
    const [{ headers, version }] = server.requests;
    row('request: HTTP version', '1.1', version);
    row('request: Accept-Encoding', 'identity', headers['accept-encoding']);
    row('request: Accept', '*/*', headers.accept);
    row('request: names its sender', 'moneyhub-webhooks', headers['user-agent']?.split('/')[0]);
    row('request: cookies and credentials', 'none', headers.cookie ?? headers.authorization ?? 'none');
}
