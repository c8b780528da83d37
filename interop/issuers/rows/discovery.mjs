// Where the discovery document of an issuer is, and whose it has to be (OpenID Connect Discovery 1.0, section 4).
import { Front } from '../lib/front.mjs';
import { Issuer } from '../lib/issuer.mjs';
import { row } from '../lib/rows.mjs';
import { Service } from '../lib/service.mjs';
import { EVENT, rsa, sign } from '../lib/tokens.mjs';

const MONEYHUB = 'https://identity.moneyhub.co.uk';

export async function discovery() {
    const key = rsa('key', { use: 'sig' });
    const check = async (what, issuer, asked, takes, token, expected, discoveries, fetches) => {
        const service = await Service.open({ issuer: asked }, takes);
        const got = service.opened === 'opened' ? await service.judge(token) : service.opened;
        row(`discovery: ${what}`, `${expected}; document ${discoveries}, fetches ${fetches}`,
            `${got}; document ${await issuer.discoveries()}, fetches ${await issuer.fetches()}`);
        await issuer.stop();
    };

    for (const [what, path, asked, accepted] of [
        ['an issuer without a path', '', '', true],
        ['an issuer with a path', '/oidc', '/oidc', true],
        ['an issuer with a path of two parts', '/tenant/oidc', '/tenant/oidc', true],
        ['an issuer with a path and a slash at its end', '/oidc/', '/oidc/', true],
        ['an issuer that is a slash at its end', '/', '/', true],
        ['asked for with a slash that it has not', '/oidc', '/oidc/', false],
        ['asked for without the slash that it has', '/oidc/', '/oidc', false],
    ]) {
        const issuer = await Issuer.start({ keys: [key], path });
        const name = issuer.origin + asked;
        await check(what, issuer, name, [name], await sign(key, name), accepted ? EVENT : 'KeysUnavailable', 1, accepted ? 1 : 0);
    }

    // A provider that says that it is Moneyhub: not for its own address, and not for Moneyhub's.
    let issuer = await Issuer.start({ keys: [key], claims: MONEYHUB });
    await check("a document of another's issuer", issuer, issuer.origin, [issuer.origin],
        await sign(key, issuer.origin), 'KeysUnavailable', 1, 0);
    issuer = await Issuer.start({ keys: [key], claims: MONEYHUB });
    await check("a document of another's issuer, a token of that one", issuer, issuer.origin, [issuer.origin, MONEYHUB],
        await sign(key, MONEYHUB), 'KeysUnavailable', 1, 0);

    // Both providers are taken by the receiver; the keys are those of one.
    issuer = await Issuer.start({ keys: [key] });
    await check('keys of one issuer, a token in the name of another', issuer, issuer.url, [issuer.url, MONEYHUB],
        await sign(key, MONEYHUB), 'Issuer', 1, 1);
    issuer = await Issuer.start({ keys: [key] });
    await check('a token whose issuer has a slash more', issuer, issuer.url, [issuer.url],
        await sign(key, `${issuer.url}/`), 'Issuer', 1, 1);

    // Behind a proxy that is asked by another name the document stays the issuer's.
    issuer = await Issuer.start({ keys: [key] });
    const front = await Front.start(issuer);
    await check('asked for by the address of a proxy', issuer, front.origin, [front.origin, issuer.url],
        await sign(key, issuer.url), 'KeysUnavailable', 1, 0);

    issuer = await Issuer.start({ keys: [key] });
    await check('asked for by another name of the host', issuer, issuer.url.replace('127.0.0.1', 'localhost'), [issuer.url],
        await sign(key, issuer.url), 'KeysUnavailable', 1, 0);
}
