// A second provider, in another language. It signs the tokens with its own code and its oldest key, and its keys change
// while it runs.
import { get } from 'node:http';
import { DjangoIssuer, stopDjango } from '../lib/django.mjs';
import { row } from '../lib/rows.mjs';
import { Service, tally } from '../lib/service.mjs';
import { CLAIMS, EVENT, rsaPem } from '../lib/tokens.mjs';
import { decodeJwt, decodeProtectedHeader } from 'jose';

const AT_ONCE = 20;

export async function django(python, folder) {
    const issuer = await DjangoIssuer.start(python, folder);
    const service = await Service.open(issuer.jwksUri, [issuer.url]);
    const sign = (more) => issuer.ask('sign', { claims: { ...CLAIMS, iss: issuer.url }, ...more });
    let asked = 0;
    const check = async (name, token, expected, fetches, atOnce = AT_ONCE, cameAt = service.now()) => {
        const got = tally(await service.verifyAll(Array(atOnce).fill(token), cameAt));
        const now = await issuer.fetches();
        row(`django: ${name}`, `${atOnce} ${expected}; fetches ${fetches}`, `${got}; fetches ${now - asked}`);
        asked = now;
    };

    const first = await issuer.ask('add_key', { pem: rsaPem() });
    const old = await sign();
    const { typ } = decodeProtectedHeader(old);
    row('django: typ of its tokens', 'JWT', typ);
    await check('a token by its own code', old, EVENT, 1);
    await check('a token by its own code, HS256 with the secret of the client', await sign({ alg: 'HS256' }), 'Algorithm', 0);

    const second = await issuer.ask('add_key', { pem: rsaPem() });
    await service.clock(601);
    await check('a second key is published, the first signs', await sign(), EVENT, 1);
    await issuer.ask('remove_key', { kid: first });
    await check('the first key is removed, the second signs', await sign(), EVENT, 0);
    await check('tokens of the first, until the keys are 10 minutes old', old, EVENT, 0);
    await service.clock(1202);
    await check('a token of the first, afterwards', old, 'KeysUnavailable', 1, 1);
    const cameAt = service.now();
    await service.clock(1502);
    await check('the same, 5 minutes later', old, 'UnknownKey', 1, 1, cameAt);

    await issuer.ask('add_key', { pem: rsaPem() });
    await issuer.ask('remove_key', { kid: second });
    await service.clock(1532);
    await check('a key that signs as soon as it is published', await sign(), EVENT, 1);

    const idToken = await issuer.ask('id_token');
    const { iss, aud, iat } = decodeJwt(idToken);
    row('django: its own ID token, what it says', 'of the issuer, for the client',
        `of ${iss === issuer.url ? 'the issuer' : iss}, for ${aud === CLAIMS.aud ? 'the client' : aud}`);
    row('django: its own ID token', 'Claims', await service.verify(idToken, iat));
    const answer = await new Promise((resolve, reject) => get(issuer.jwksUri, resolve).on('error', reject));
    const [key] = JSON.parse(Buffer.concat(await answer.toArray())).keys;
    row('django: members of a key as it writes it', 'alg e kid kty n use', Object.keys(key).sort().join(' '));
    row('django: HTTP version of its answers', '1.0', answer.httpVersion);
    stopDjango();
}
