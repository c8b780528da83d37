// The rows of the part `issuers`. usage: run.mjs PROGRAM FOLDER, the crate's side and a folder for certificates.
import * as certificates from './lib/certificates.mjs';
import { stopFronts } from './lib/front.mjs';
import { stopAll } from './lib/issuer.mjs';
import { startProgram, stopProgram } from './lib/service.mjs';
import { discovery } from './rows/discovery.mjs';
import { http } from './rows/http.mjs';
import { keySets } from './rows/key_sets.mjs';
import { ownTokens } from './rows/own_tokens.mjs';
import { rotation } from './rows/rotation.mjs';
import { tls } from './rows/tls.mjs';

const [program, folder] = process.argv.slice(2);
certificates.useFolder(folder);
startProgram(program);
process.on('exit', () => {
    stopProgram();
    stopAll();
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

for (const group of [keySets, ownTokens, discovery, tls, rotation, http]) {
    process.stderr.write(`-- ${group.name}\n`);
    await group();
}
stopFronts();
process.exit(0);
