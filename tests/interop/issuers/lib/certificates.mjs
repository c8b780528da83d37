// Creates certificates with openssl, in a folder that run.sh removes.
import { execFileSync } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

let folder;
let made = 0;

export function useFolder(path) {
    folder = path;
}

const openssl = (...parameters) => execFileSync('openssl', parameters, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
const read = (file) => readFileSync(join(folder, file), 'utf8');

/** The `x5c` of a JWK: one self-signed certificate. */
export function x5c(jwk) {
    const name = `x5c-${made++}`;
    writeFileSync(join(folder, `${name}.key`), createPrivateKey({ key: jwk, format: 'jwk' }).export({ type: 'pkcs8', format: 'pem' }));
    openssl('req', '-x509', '-key', `${name}.key`, '-subj', '/CN=signing key', '-days', '2', '-out', `${name}.pem`);
    return [read(`${name}.pem`).replace(/-----[^-]+-----|\s/g, '')];
}

/** A certificate authority, self-signed or signed by another one. */
export function authority(parent) {
    return issue('authority', 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n', parent, '2');
}

/** A certificate for a server on 127.0.0.1 and localhost. */
export function server(parent, days = '2', names = 'IP:127.0.0.1,DNS:localhost') {
    return issue('server', `subjectAltName=${names}\nextendedKeyUsage=serverAuth\n`, parent, days);
}

function issue(kind, extensions, parent, days) {
    const name = `${kind}-${made++}`;
    writeFileSync(join(folder, `${name}.ext`), extensions);
    openssl('req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${name}.key`,
        '-subj', `/CN=${name} of this run`, '-out', `${name}.csr`);
    const signer = parent
        ? ['-CA', `${parent.name}.pem`, '-CAkey', `${parent.name}.key`, '-CAcreateserial']
        : ['-signkey', `${name}.key`];
    openssl('x509', '-req', '-in', `${name}.csr`, ...signer, '-days', days, '-extfile', `${name}.ext`, '-out', `${name}.pem`);
    return { name, cert: read(`${name}.pem`), key: read(`${name}.key`) };
}
