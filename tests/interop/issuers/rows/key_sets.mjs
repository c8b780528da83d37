// Which keys of a set are used, and how tokens with the other keys are rejected.
import { createPrivateKey, createSign } from 'node:crypto';
import * as certificates from '../lib/certificates.mjs';
import { Front, withKeys } from '../lib/front.mjs';
import { Issuer } from '../lib/issuer.mjs';
import { row } from '../lib/rows.mjs';
import { Service, readKeySet } from '../lib/service.mjs';
import { CLAIMS, EVENT, ec, ed25519, rsa, sign } from '../lib/tokens.mjs';

/** After so many seconds the keys have the key of a token, if there is one. */
const FINAL = 300;

export async function keySets() {
    const keys = [
        rsa('rsa', { use: 'sig', alg: 'RS256' }),
        rsa('bare'),
        rsa('4096', { use: 'sig' }, 4096),
        rsa('operations', { use: 'sig', alg: 'RS256', key_ops: ['sign', 'verify'] }),
        rsa('sign', { use: 'sig', alg: 'RS256', key_ops: ['sign'] }),
        rsa('enc', { use: 'enc' }),
        rsa('PS256', { alg: 'PS256' }),
        rsa('1024', { use: 'sig', alg: 'RS256' }, 1024),
        ec('ec'),
        ed25519('ed25519'),
    ];
    const [first] = keys;
    first.x5c = certificates.x5c(first);
    const issuer = await Issuer.start({ keys });
    const published = await (await fetch(issuer.jwksUri)).text();
    const asked = await issuer.fetches();
    await members(published);
    await verdicts(published);
    await tokens(issuer, keys, asked);
    await thumbprints(issuer, first);
    await issuer.stop();
}

/** The provider publishes nothing private, and publishes x5c, key_ops, use and alg as configured. */
async function members(published) {
    const written = (kid) => Object.keys(JSON.parse(published).keys.find((key) => key.kid === kid)).sort().join(' ');
    row('key set: members of rsa as the provider writes it', 'alg e kid kty n use x5c', written('rsa'));
    row('key set: members of bare as the provider writes it', 'e kid kty n', written('bare'));
    row('key set: members of operations as the provider writes it', 'alg e key_ops kid kty n use', written('operations'));
}

async function verdicts(published) {
    const { usable, ignored } = await readKeySet(published);
    const reasons = new Map(ignored);
    const verdict = (kid) => (usable.includes(kid) ? 'usable' : reasons.get(kid) ?? 'not read');
    for (const [kid, what, expected] of [
        ['rsa', 'RSA with use, alg, x5c', 'usable'],
        ['bare', 'RSA without use and alg', 'usable'],
        ['4096', 'RSA of 4096 bits without alg', 'usable'],
        ['operations', 'RSA with key_ops sign, verify', 'usable'],
        ['sign', 'RSA with key_ops sign alone', '`key_ops` does not include verify'],
        ['enc', 'RSA with use enc', '`use` is not sig'],
        ['PS256', 'RSA with alg PS256', '`alg` is not RS256'],
        ['1024', 'RSA of 1024 bits', '`n` has fewer than 2048 or more than 4096 bits'],
        ['ec', 'EC', '`kty` is not RSA'],
        ['ed25519', 'Ed25519', '`kty` is not RSA'],
    ]) {
        row(`key set: ${what}`, expected, verdict(kid));
    }
}

async function tokens(issuer, keys, asked) {
    const key = (kid) => keys.find((key) => key.kid === kid);
    const service = await Service.open(issuer.jwksUri, [issuer.url]);
    for (const [kid, alg, expected] of [
        ['rsa', 'RS256', EVENT],
        ['bare', 'RS256', EVENT],
        ['4096', 'RS256', EVENT],
        ['operations', 'RS256', EVENT],
        ['PS256', 'PS256', 'Algorithm'],
        ['bare', 'PS256', 'Algorithm'],
        ['bare', 'RS512', 'Algorithm'],
        ['ec', 'ES256', 'Algorithm'],
        ['ed25519', 'EdDSA', 'Algorithm'],
    ]) {
        const token = await sign(key(kid), issuer.url, { alg });
        row(`token: ${alg} by the key ${kid}`, expected, await service.verify(token));
    }
    const another = await sign(key('rsa'), issuer.url, { kid: 'bare' });
    row('token: RS256 by the key rsa, under the key id of bare', 'Signature', await service.verify(another));
    row('key set: fetches for all of these tokens', 1, await issuer.fetches() - asked);
    await unusable(issuer, key, service);
    const { usable, ignored } = await service.status();
    row('key set: what RemoteKeys holds', '4 usable, 6 ignored', `${usable} usable, ${ignored} ignored`);
}

/**
 * Tokens with the id of a published key that is not usable. Within the cooldown they are deferred, because a usable key
 * may have been published under that id since the last fetch. Five minutes later they cause a fetch, and are rejected.
 */
async function unusable(issuer, key, service) {
    let seconds = 0;
    for (const [what, token] of [
        ['by the key sign', await sign(key('sign'), issuer.url)],
        ['by the key enc', await sign(key('enc'), issuer.url)],
        ['by the key PS256', await sign(key('PS256'), issuer.url)],
        ['by the key 1024', signSmall(key('1024'), issuer.url)],
        ['by the key rsa, under the key id of ec', await sign(key('rsa'), issuer.url, { kid: 'ec' })],
        ['by the key rsa, under the key id of ed25519', await sign(key('rsa'), issuer.url, { kid: 'ed25519' })],
    ]) {
        const asked = await issuer.fetches();
        const cameAt = service.now();
        const within = await service.verify(token, cameAt);
        seconds += FINAL;
        await service.clock(seconds);
        const after = await service.verify(token, cameAt);
        row(`token: RS256 ${what}`, 'KeysUnavailable, 5 minutes later UnknownKey; fetches 1',
            `${within}, 5 minutes later ${after}; fetches ${await issuer.fetches() - asked}`);
    }
}

/** jose does not sign with so small a key. */
function signSmall(key, issuer) {
    const text = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const input = `${text({ alg: 'RS256', kid: key.kid })}.${text({ ...CLAIMS, iss: issuer })}`;
    const signature = createSign('sha256').update(input).sign(createPrivateKey({ key, format: 'jwk' }), 'base64url');
    return `${input}.${signature}`;
}

/** The provider does not publish thumbprints and URLs, but other issuers do. */
async function thumbprints(issuer, first) {
    const more = { x5t: 'AAAA', 'x5t#S256': 'AAAA', x5u: 'https://keys.example/', nbf: 1, exp: 2, revoked: null };
    const front = await Front.start(issuer, { shape: withKeys((keys) => keys.map((key) => ({ ...key, ...more }))) });
    const service = await Service.open(front.jwksUri, [issuer.url]);
    const got = await service.verify(await sign(first, issuer.url));
    row('key set: x5t, x5t#S256, x5u and members of no standard added by our proxy', EVENT, got);
    const doubled = await Front.start(issuer, { shape: withKeys((keys) => [...keys, ...keys]) });
    const twice = await Service.open(doubled.jwksUri, [issuer.url]);
    row('key set: each key twice, by our proxy', EVENT, await twice.verify(await sign(first, issuer.url)));
}
