// Keys of each type, as an issuer configures them, and tokens that they sign.
import { execFileSync } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { SignJWT, decodeJwt } from 'jose';

const FIXTURE = new URL('../../../../fixtures/tokens/paymentError.jwt', import.meta.url);

/** The claims of a fixture. `sign` replaces the issuer. */
export const CLAIMS = decodeJwt(readFileSync(FIXTURE, 'utf8').trim());
export const CLIENT_ID = CLAIMS.aud;
export const ISSUED_AT = CLAIMS.iat;
export const EVENT = 'accepted paymentError';

/**
 * A private key in PEM, made by openssl. The export of a key that Node 20 has generated can hang forever if garbage is
 * collected at the same time.
 */
function pem(...parameters) {
    return execFileSync('openssl', ['genpkey', '-algorithm', ...parameters], { stdio: ['ignore', 'pipe', 'ignore'] }).toString();
}

export const rsaPem = (bits = 2048) => pem('RSA', '-pkeyopt', `rsa_keygen_bits:${bits}`);

const jwk = (kid, pem) => ({ ...createPrivateKey(pem).export({ format: 'jwk' }), kid });

/** A private JWK with these additional members. */
export const rsa = (kid, members = {}, bits = 2048) => ({ ...jwk(kid, rsaPem(bits)), ...members });

export const ec = (kid) => jwk(kid, pem('EC', '-pkeyopt', 'ec_paramgen_curve:P-256'));
export const ed25519 = (kid) => jwk(kid, pem('ED25519'));

/** Signs a token of this issuer. By default, it has the `kid` of the key and the id of the fixture. */
export function sign(key, issuer, { alg = 'RS256', kid = key.kid, jti = CLAIMS.jti } = {}) {
    return new SignJWT({ ...CLAIMS, iss: issuer, jti })
        .setProtectedHeader({ kid, alg })
        .sign(createPrivateKey({ key, format: 'jwk' }));
}
