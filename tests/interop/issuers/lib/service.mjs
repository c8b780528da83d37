// Runs the Rust program `issuers`, which answers any number of commands concurrently.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { CLIENT_ID, ISSUED_AT } from './tokens.mjs';

let program;
let asked = 0;
let opened = 0;
const waiting = new Map();

export function startProgram(path) {
    program = spawn(path, { stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface({ input: program.stdout }).on('line', (line) => {
        const { id, got } = JSON.parse(line);
        waiting.get(id)(got);
        waiting.delete(id);
    });
    program.on('exit', (code) => {
        if (waiting.size) {
            process.stderr.write(`the program ended with ${code}\n`);
            process.exit(1);
        }
    });
}

export function stopProgram() {
    program?.kill();
}

function ask(question) {
    const id = asked++;
    return new Promise((answer) => {
        waiting.set(id, answer);
        program.stdin.write(`${JSON.stringify({ id, ask: question })}\n`);
    });
}

/** How the crate reads a key set. */
export const readKeySet = (jwks) => ask({ key_set: { jwks } });

/** A long deadline, so that a busy machine does not look like a slow server. */
const PATIENT = 20_000;

/** A service with `RemoteKeys`, whose clock changes only when it is set. */
export class Service {
    /** Fetches keys from a URL, and accepts tokens of `issuers`. A deadline of null is the default. */
    static async open(key_set, issuers, { root, deadline_ms = PATIENT } = {}) {
        const service = new Service();
        service.name = `service ${opened++}`;
        service.opened = await ask({
            open: { name: service.name, key_set, issuers, client_id: CLIENT_ID, root, deadline_ms, at: ISSUED_AT },
        });
        return service;
    }

    /** The time by its clock. It starts when the tokens are issued. */
    now() {
        return ISSUED_AT + (this.seconds ?? 0);
    }

    /** Returns `accepted` and the name of the event, or the error kind, of a token that came `at` this time. */
    verify(token, at = this.now()) {
        return ask({ verify: { name: this.name, token, at } });
    }

    verifyAll(tokens, at = this.now()) {
        return Promise.all(tokens.map((token) => this.verify(token, at)));
    }

    /** Sets the clock of the keys, in seconds. */
    clock(seconds) {
        this.seconds = seconds;
        return ask({ clock: { name: this.name, seconds } });
    }

    status() {
        return ask({ status: { name: this.name } });
    }
}

/** Counts equal results: `20 accepted paymentError, 1 UnknownKey`. */
export function tally(got) {
    const counts = new Map();
    for (const what of got) counts.set(what, (counts.get(what) ?? 0) + 1);
    return [...counts].sort().map(([what, count]) => `${count} ${what}`).join(', ');
}
