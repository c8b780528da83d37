// Compares the module with the native build: `rows.mjs ROWS`, what edge-rows has printed. A line for each source; exits 1
// at any difference.

import { createReadStream, readFileSync } from "node:fs";
import { createInterface } from "node:readline";

import { answerRow, initSync } from "../pkg/rows/edge.js";

initSync({ module: readFileSync(new URL("../pkg/rows/edge_bg.wasm", import.meta.url)) });

const tallies = new Map();
const kinds = new Set();
let differences = 0;
for await (const line of createInterface({ input: createReadStream(process.argv[2]), crlfDelay: Infinity })) {
  const { row, expected } = JSON.parse(line);
  let got;
  try {
    got = answerRow(JSON.stringify(row));
  } catch (error) {
    got = `it threw: ${error}`;
  }
  const source = row.name.split(" ")[0];
  const tally = tallies.get(source) ?? { rows: 0, accepted: 0, refused: 0, different: 0 };
  tallies.set(source, tally);
  tally.rows += 1;
  const isAccepted = expected.startsWith("accepted ");
  tally[isAccepted ? "accepted" : "refused"] += 1;
  if (!isAccepted) kinds.add(expected.split(" ")[0]);
  if (got !== expected) {
    tally.different += 1;
    differences += 1;
    if (differences <= 10) console.error(`${row.name}\n  native  ${expected}\n  wasm    ${got}`);
  }
}
console.table(Object.fromEntries(tallies));
console.log(`refused as: ${[...kinds].sort().join(", ")}`);
if (tallies.size < 6 || differences > 0) {
  console.error(`${differences} differences in ${tallies.size} sources`);
  process.exit(1);
}
