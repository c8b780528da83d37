// The crate's side: the program `issuers`, to which any number of questions may be on their way at once.
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

/** What the crate makes of the bytes of a key set. */
export const readKeySet = (jwks) => ask({ key_set: { jwks } });

/** A busy machine is no slow server. */
const PATIENT = 20_000;

/** A service with `RemoteKeys`, whose clock stands still until it is set. */
export class Service {
    /** Keys from the address of a key set; the receiver takes tokens of `issuers`. Null is the default deadline. */
    static async open(key_set, issuers, { root, deadline_ms = PATIENT } = {}) {
        const service = new Service();
        service.name = `service ${opened++}`;
        service.opened = await ask({
            open: { name: service.name, key_set, issuers, client_id: CLIENT_ID, root, deadline_ms },
        });
        return service;
    }

    /** `accepted` and the name of the event, or the kind of the error; as of the time of the fixtures. */
    judge(token, at = ISSUED_AT) {
        return ask({ judge: { name: this.name, token, at } });
    }

    judgeAll(tokens) {
        return Promise.all(tokens.map((token) => this.judge(token)));
    }

    /** Sets the clock of the keys to so many seconds. */
    clock(seconds) {
        return ask({ clock: { name: this.name, seconds } });
    }

    status() {
        return ask({ status: { name: this.name } });
    }
}

/** `20 accepted paymentError, 1 UnknownKey`. */
export function tally(got) {
    const counts = new Map();
    for (const what of got) counts.set(what, (counts.get(what) ?? 0) + 1);
    return [...counts].sort().map(([what, count]) => `${count} ${what}`).join(', ');
}
