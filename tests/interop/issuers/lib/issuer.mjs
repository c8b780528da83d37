// Starts, restarts and stops providers, and counts their requests across restarts.
import { fork } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { CLIENT_ID } from './tokens.mjs';

const PROVIDER = new URL('provider.mjs', import.meta.url);
const started = new Set();

/** A free port below 32768. Systems use higher ports for outgoing connections, which could take it during a restart. */
export async function freePort() {
    for (;;) {
        const port = randomInt(20000, 32000);
        const server = createServer().listen(port, '127.0.0.1');
        try {
            await once(server, 'listening');
        } catch {
            continue;
        }
        server.close();
        await once(server, 'close');
        return port;
    }
}

export class Issuer {
    #settings;
    #process;
    #requests = [];
    #waiting;

    /** Starts a provider. Its issuer is its address. */
    static async start({ keys, tls = undefined, host = '127.0.0.1' }) {
        const issuer = new Issuer();
        issuer.port = await freePort();
        issuer.url = `${tls ? 'https' : 'http'}://${host}:${issuer.port}`;
        issuer.#settings = { issuer: issuer.url, port: issuer.port, keys, tls, clientId: CLIENT_ID };
        await issuer.#run();
        return issuer;
    }

    async #run() {
        // Its standard output goes to standard error, because standard output is for rows.
        this.#process = fork(PROVIDER, { stdio: ['ignore', 2, 2, 'ipc'] });
        started.add(this.#process);
        this.#process.on('message', (message) => {
            if (message.path) this.#requests.push(message.path);
            else this.#waiting?.resolve(message);
        });
        this.#process.once('exit', () => this.#waiting?.reject(new Error('the provider has ended')));
        const { error } = await this.#tell(this.#settings);
        if (error) throw new Error(`the provider did not start: ${error}`);
    }

    /** Sends a message. The provider answers with one message, after those about its earlier requests. */
    #tell(message) {
        return new Promise((resolve, reject) => {
            this.#waiting = { resolve, reject };
            this.#process.send(message);
        });
    }

    /** Kills the process and starts one with these keys on the same port. */
    async restart(keys) {
        await this.stop();
        await this.startAgain(keys);
    }

    async startAgain(keys) {
        this.#settings.keys = keys;
        await this.#run();
    }

    async stop() {
        // The answer comes after all requests have been counted.
        await this.#tell({ asked: 'nothing' });
        started.delete(this.#process);
        const ended = once(this.#process, 'exit');
        this.#process.kill('SIGKILL');
        await ended;
    }

    get jwksUri() {
        return `${this.url}/jwks`;
    }

    /** How often the key set was requested. */
    async fetches() {
        if (started.has(this.#process)) await this.#tell({ asked: 'nothing' });
        return this.#requests.filter((path) => path.endsWith('/jwks')).length;
    }

    /** A logout token that the provider makes for its client. */
    async logoutToken() {
        return (await this.#tell({ asked: 'logout token' })).logoutToken;
    }
}

export function stopAll() {
    for (const provider of started) provider.kill('SIGKILL');
}
