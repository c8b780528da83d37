// Starts django-oidc-provider, and sends it one command at a time.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { CLIENT_ID } from './tokens.mjs';

const PROVIDER = new URL('django_provider.py', import.meta.url).pathname;
let running;

export class DjangoIssuer {
    #program;
    #lines;

    static async start(python, folder) {
        const issuer = new DjangoIssuer();
        running = spawn(python, [PROVIDER, folder, CLIENT_ID], { stdio: ['pipe', 'pipe', 'inherit'] });
        issuer.#program = running;
        issuer.#lines = createInterface({ input: running.stdout })[Symbol.asyncIterator]();
        issuer.origin = `http://127.0.0.1:${await issuer.#answer()}`;
        // The issuer is the address with the path of the provider.
        issuer.url = `${issuer.origin}/openid`;
        issuer.jwksUri = `${issuer.url}/jwks`;
        return issuer;
    }

    ask(name, parameters = {}) {
        this.#program.stdin.write(`${JSON.stringify([name, parameters])}\n`);
        return this.#answer();
    }

    /** How often the key set was requested. */
    fetches() {
        return this.ask('requests', { end: '/jwks' });
    }

    async #answer() {
        const { value, done } = await this.#lines.next();
        if (done) throw new Error('django-oidc-provider has ended');
        return JSON.parse(value);
    }
}

export function stopDjango() {
    running?.kill('SIGKILL');
}
