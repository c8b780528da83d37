// Starts, restarts and stops providers, and counts what they are asked: at the server, across restarts.
import { fork } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { CLIENT_ID } from './tokens.mjs';

const PROVIDER = new URL('provider.mjs', import.meta.url);
const started = new Set();

/** A free port that no outgoing connection is given while no server listens on it: systems give those from 32768 on. */
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

    /** A provider; its issuer is its address. */
    static async start({ keys, tls = undefined, host = '127.0.0.1' }) {
        const issuer = new Issuer();
        issuer.port = await freePort();
        issuer.url = `${tls ? 'https' : 'http'}://${host}:${issuer.port}`;
        issuer.#settings = { issuer: issuer.url, port: issuer.port, keys, tls, clientId: CLIENT_ID };
        await issuer.#run();
        return issuer;
    }

    async #run() {
        // It prints notices on standard output, which is for rows.
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

    /** What it is told it answers with one message, after those of the requests that it has had. */
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
        // So that all requests are counted.
        await this.#tell({ asked: 'nothing' });
        started.delete(this.#process);
        const ended = once(this.#process, 'exit');
        this.#process.kill('SIGKILL');
        await ended;
    }

    get jwksUri() {
        return `${this.url}/jwks`;
    }

    /** How often the key set was asked for. */
    async fetches() {
        if (started.has(this.#process)) await this.#tell({ asked: 'nothing' });
        return this.#requests.filter((path) => path.endsWith('/jwks')).length;
    }

    /** A logout token that the provider has made for its client. */
    async logoutToken() {
        return (await this.#tell({ asked: 'logout token' })).logoutToken;
    }
}

export function stopAll() {
    for (const provider of started) provider.kill('SIGKILL');
}
