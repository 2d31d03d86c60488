// Compares the parser with the reference on random texts:
//   cargo build --example md && node fuzz.mjs path/to/examples/md [count] [seed] [variant]
// and prints what differs.
import { spawnSync } from 'node:child_process';

import { randomTexts } from './generate.mjs';
import { answer, compact } from './reference.mjs';

const [program, count = '10000', seed = '1', variant = 'default'] = process.argv.slice(2);
const sorted = (key, value) =>
  value && typeof value === 'object' && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;
const texts = randomTexts(Number(seed), Number(count));
const run = spawnSync(program, [variant], {
  input: texts.map((text) => `${JSON.stringify(text)}\n`).join(''),
  maxBuffer: 2 ** 31 - 1,
});
if (run.status !== 0) throw new Error(String(run.stderr));
const got = run.stdout.toString().split('\n');
let different = 0;
texts.forEach((text, at) => {
  let want;
  try {
    want = JSON.stringify(answer(text, variant), sorted);
  } catch (error) {
    want = `${error}`;
  }
  const ours = got[at] && JSON.stringify(compact(JSON.parse(got[at])), sorted);
  if (ours === want) return;
  different++;
  if (different <= 25) console.log(`${JSON.stringify(text)}\n  want ${want}\n  got  ${ours}`);
});
console.log(`${different} of ${texts.length} differ`);
process.exit(different ? 1 : 0);
