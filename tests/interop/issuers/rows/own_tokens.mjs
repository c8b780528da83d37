// Tokens that the provider makes for other purposes, with the key, the issuer and the audience of a webhook.
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { Issuer } from '../lib/issuer.mjs';
import { row } from '../lib/rows.mjs';
import { Service } from '../lib/service.mjs';
import { CLIENT_ID, rsa } from '../lib/tokens.mjs';

export async function ownTokens() {
    const issuer = await Issuer.start({ keys: [rsa('key', { use: 'sig', alg: 'RS256' })] });
    const service = await Service.open(issuer.jwksUri, [issuer.url]);
    for (const [what, token, type, expected] of [
        ['an ID token', await idToken(issuer), 'absent', 'Claims'],
        ['an access token (RFC 9068)', await accessToken(issuer), 'at+jwt', 'Header'],
        ['a logout token', await issuer.logoutToken(), 'logout+jwt', 'Header'],
    ]) {
        const { typ = 'absent', alg, kid } = decodeProtectedHeader(token);
        const { iss, aud, iat } = decodeJwt(token);
        row(`the provider's own: ${what}, what it says`, `typ ${type}, RS256, key, of the issuer, for the client`,
            `typ ${typ}, ${alg}, ${kid}, of ${iss === issuer.url ? 'the issuer' : iss}, for ${aud === CLIENT_ID ? 'the client' : aud}`);
        row(`the provider's own: ${what}`, expected, await service.verify(token, iat));
    }
    await issuer.stop();
}

async function accessToken(issuer) {
    const answer = await fetch(`${issuer.url}/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa(`${CLIENT_ID}:${encodeURIComponent('a secret of nobody')}`)}` },
        body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    return (await answer.json()).access_token;
}

/** Gets an ID token by the implicit flow, through the provider's development pages for login and consent. */
async function idToken(issuer) {
    const cookies = new Map();
    const visit = async (url, form) => {
        const answer = await fetch(url, {
            method: form ? 'POST' : 'GET',
            body: form && new URLSearchParams(form),
            redirect: 'manual',
            headers: { cookie: [...cookies].map((pair) => pair.join('=')).join('; ') },
        });
        for (const cookie of answer.headers.getSetCookie()) {
            const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie);
            cookies.set(name, value);
        }
        await answer.arrayBuffer();
        const next = answer.headers.get('location');
        if (!next) throw new Error(`no way on from ${url}: ${answer.status}`);
        return new URL(next, url);
    };

    const request = { client_id: CLIENT_ID, response_type: 'id_token', scope: 'openid', nonce: 'a nonce',
        redirect_uri: 'https://client.example/callback' };
    let next = await visit(`${issuer.url}/auth?${new URLSearchParams(request)}`);
    for (const form of [{ prompt: 'login', login: 'a user', password: 'any' }, { prompt: 'consent' }]) {
        next = await visit(next, form);
        next = await visit(next);
    }
    return new URLSearchParams(next.hash.slice(1)).get('id_token');
}
