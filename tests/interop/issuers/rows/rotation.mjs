// The issuer changes its key while tokens arrive. The rows show which tokens are accepted, and how often the key set is
// fetched. Each change restarts the provider on its port, which also closes kept connections.
import { setTimeout as pause } from 'node:timers/promises';
import { authority, server } from '../lib/certificates.mjs';
import { Issuer } from '../lib/issuer.mjs';
import { row } from '../lib/rows.mjs';
import { Service, tally } from '../lib/service.mjs';
import { EVENT, rsa, sign } from '../lib/tokens.mjs';

const AT_ONCE = 20;
/** The results of different tokens with an unknown key within the cooldown. By default, ten of them are deferred. */
const DEFERRED = '10 KeysUnavailable, 10 UnknownKey';
/** The same after a token that has caused a fetch, and was deferred. */
const DEFERRED_AFTER_ONE = '9 KeysUnavailable, 11 UnknownKey';

export async function rotation() {
    await beforeUse();
    await atUse({ over: 'HTTP' });
    const root = authority();
    await atUse({ over: 'HTTPS', tls: server(root), root: root.cert });
    await afterUse();
    await whileItIsDown();
    await underTheSameId();
}

/** A provider with an old key, a service that has fetched it, and helpers for the rows of a rotation. */
async function start(what, { tls, root } = {}) {
    const [old, next] = [rsa('old', { use: 'sig' }), rsa('next', { use: 'sig' })];
    const issuer = await Issuer.start({ keys: [old], tls });
    const service = await Service.open(issuer.jwksUri, [issuer.url], { root });
    const tokens = { old: await sign(old, issuer.url), next: await sign(next, issuer.url) };
    /** Different tokens: one that is sent again counts once. */
    const different = (key) => Promise.all(Array.from({ length: AT_ONCE }, (_, id) => sign(key, issuer.url, { jti: `id-${id}` })));
    let asked = 0;
    const checkTally = async (name, tokens, expected, fetches) => {
        const got = tally(await service.verifyAll(tokens));
        const now = await issuer.fetches();
        row(`${what}: ${name}`, `${expected}; fetches ${fetches}`, `${got}; fetches ${now - asked}`);
        asked = now;
    };
    const checkOne = async (name, token, expected, fetches, cameAt) => {
        const got = await service.verify(token, cameAt);
        const now = await issuer.fetches();
        row(`${what}: ${name}`, `${expected}; fetches ${fetches}`, `${got}; fetches ${now - asked}`);
        asked = now;
    };
    const check = (name, token, expected, fetches) =>
        checkTally(name, Array(AT_ONCE).fill(token), `${AT_ONCE} ${expected}`, fetches);
    await check('first tokens', tokens.old, EVENT, 1);
    return { old, next, issuer, service, tokens, different, check, checkOne, checkTally };
}

/** Sends tokens one after the other while something happens, and returns each result once. */
async function meanwhile(service, token, happens) {
    const got = [];
    let over = false;
    const tokens = (async () => {
        for (let sent = 0; sent < 10_000 && !(over && sent > 10); sent++) {
            got.push(await service.verify(token));
            await pause(2);
        }
    })();
    await happens();
    over = true;
    await tokens;
    return [...new Set(got)].sort().join(', ');
}

async function beforeUse() {
    const what = 'rotation, published before use';
    const { old, next, issuer, service, tokens, check } = await start(what);
    const during = await meanwhile(service, tokens.old, () => issuer.restart([old, next]));
    row(`${what}: old tokens during the restart`, EVENT, during);
    await check('old, not yet 10 minutes', tokens.old, EVENT, 0);
    await service.clock(601);
    await check('old, after 10 minutes', tokens.old, EVENT, 1);
    await issuer.restart([next, old]);
    await check('next, once it signs', tokens.next, EVENT, 0);
    await check('old, still on their way', tokens.old, EVENT, 0);
    await issuer.stop();
}

async function atUse({ over, tls, root }) {
    const what = `rotation, published at use, ${over}`;
    const { old, next, issuer, service, tokens, check, checkOne } = await start(what, { tls, root });
    await service.clock(31);
    const during = await meanwhile(service, tokens.old, () => issuer.restart([next, old]));
    row(`${what}: old tokens during the restart`, EVENT, during);
    await check('next, unknown before', tokens.next, EVENT, 1);
    await check('old, still published', tokens.old, EVENT, 0);
    await issuer.restart([next]);
    await service.clock(631);
    await check('old, removed, held for 10 minutes', tokens.old, EVENT, 0);
    await service.clock(632);
    await checkOne('old, removed, after 10 minutes', tokens.old, 'KeysUnavailable', 1);
    await check('next, meanwhile', tokens.next, EVENT, 0);
    const cameAt = service.now();
    await service.clock(932);
    await checkOne('old, removed, 5 minutes later', tokens.old, 'UnknownKey', 1, cameAt);
    await issuer.stop();
}

async function afterUse() {
    const what = 'rotation, published after use';
    const { old, next, issuer, service, tokens, different, check, checkOne, checkTally } = await start(what);
    await service.clock(30);
    await checkOne('next, not published', tokens.next, 'KeysUnavailable', 1);
    await check('old, meanwhile', tokens.old, EVENT, 0);
    await issuer.restart([old, next]);
    await service.clock(59);
    await checkTally('next, published within the cooldown', await different(next), DEFERRED_AFTER_ONE, 0);
    await service.clock(60);
    await check('next, after the cooldown', tokens.next, EVENT, 1);
    await issuer.stop();
}

async function whileItIsDown() {
    const what = 'rotation, the provider is down';
    const { old, next, issuer, service, tokens, different, check, checkTally } = await start(what);
    await issuer.stop();
    await service.clock(30);
    await check('next', tokens.next, 'KeysUnavailable', 0);
    await check('old', tokens.old, EVENT, 0);
    await service.clock(24 * 3600);
    await check('old, after 24 hours', tokens.old, EVENT, 0);
    await service.clock(24 * 3600 + 1);
    await check('old, after 24 hours and a second', tokens.old, 'KeysUnavailable', 0);
    await issuer.startAgain([next]);
    await service.clock(24 * 3600 + 30);
    await check('next, once it is up', tokens.next, EVENT, 1);
    await checkTally('old, once it is up', await different(old), DEFERRED, 0);
    await issuer.stop();
}

async function underTheSameId() {
    const what = 'rotation, another key under the same id';
    const { issuer, service, tokens, check } = await start(what);
    const other = rsa('old', { use: 'sig' });
    const token = await sign(other, issuer.url);
    await issuer.restart([other]);
    await service.clock(29);
    await check('token of the new key, within the cooldown', token, 'Signature', 0);
    await service.clock(30);
    await check('token of the new key, after the cooldown', token, EVENT, 1);
    await check('token of the old key', tokens.old, 'Signature', 0);
    await issuer.stop();
}
