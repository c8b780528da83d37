// A provider over HTTPS, with certificates that openssl made for this run.
import { authority, server } from '../lib/certificates.mjs';
import { Front } from '../lib/front.mjs';
import { Issuer } from '../lib/issuer.mjs';
import { row } from '../lib/rows.mjs';
import { Service } from '../lib/service.mjs';
import { EVENT, rsa, sign } from '../lib/tokens.mjs';

export async function tls() {
    const key = rsa('key', { use: 'sig' });
    const root = authority();
    const good = server(root);
    const between = authority(root);
    const below = server(between);
    const chain = { ...below, cert: below.cert + between.cert };

    for (const [what, certificate, trusted, accepted] of [
        ['a certificate of the root', good, root, true],
        ['TLS 1.2 alone', { ...good, minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' }, root, true],
        ['TLS 1.3 alone', { ...good, minVersion: 'TLSv1.3' }, root, true],
        ['a chain by way of an authority between', chain, root, true],
        ['the authority between left out', below, root, false],
        ['a root that is not trusted', good, undefined, false],
        ['a root other than the trusted one', good, authority(), false],
        ['a certificate of another host', server(root, '2', 'DNS:keys.example'), root, false],
        ['a certificate that has expired', server(root, '-1'), root, false],
    ]) {
        const issuer = await Issuer.start({ keys: [key], tls: certificate });
        const service = await Service.open(issuer.jwksUri, [issuer.url], { root: trusted?.cert });
        const got = await service.verify(await sign(key, issuer.url));
        row(`HTTPS: ${what}`, accepted ? `${EVENT}; fetches 1` : 'KeysUnavailable; fetches 0',
            `${got}; fetches ${await issuer.fetches()}`);
        await issuer.stop();
    }

    const named = await Issuer.start({ keys: [key], tls: good, host: 'localhost' });
    const byName = await Service.open(named.jwksUri, [named.url], { root: root.cert });
    row('HTTPS: an issuer by name', EVENT, await byName.verify(await sign(key, named.url)));
    await named.stop();

    const behind = await Issuer.start({ keys: [key] });
    const front = await Front.start(behind, { tls: good });
    const service = await Service.open(front.jwksUri, [behind.url], { root: root.cert });
    const got = await service.verify(await sign(key, behind.url));
    row('HTTPS: a server that prefers HTTP/2', `${EVENT}; HTTP/1.1`, `${got}; HTTP/${front.requests[0]?.version}`);
    await behind.stop();
}
