// Prints the rows of the part `issuers`.
//
// usage: run.mjs PROGRAM FOLDER [PYTHON]: the Rust program, a folder for certificates and a database, and a Python with
// django-oidc-provider.
import * as certificates from './lib/certificates.mjs';
import { stopDjango } from './lib/django.mjs';
import { stopFronts } from './lib/front.mjs';
import { stopAll } from './lib/issuer.mjs';
import { startProgram, stopProgram } from './lib/service.mjs';
import { django } from './rows/django.mjs';
import { http } from './rows/http.mjs';
import { keySets } from './rows/key_sets.mjs';
import { ownTokens } from './rows/own_tokens.mjs';
import { rotation } from './rows/rotation.mjs';
import { tls } from './rows/tls.mjs';

const [program, folder, python] = process.argv.slice(2);
certificates.useFolder(folder);
startProgram(program);
process.on('exit', () => {
    stopProgram();
    stopAll();
    stopDjango();
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

for (const group of [keySets, ownTokens, tls, rotation, http]) {
    process.stderr.write(`-- ${group.name}\n`);
    await group();
}
if (python) {
    process.stderr.write('-- django\n');
    await django(python, folder);
}
stopFronts();
process.exit(0);
