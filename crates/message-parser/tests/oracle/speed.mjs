// How fast the npm package is: parses every text of the corpus for two seconds and prints MB/s, beside
//   cargo run --release -p gantry-message-parser --example speed
// usage: npm install && npm run speed
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parse } from '@rocket.chat/message-parser';

import { here } from './reference.mjs';

const texts = readFileSync(join(here, 'corpus.jsonl'), 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line)[0]);
const options = { colors: true, emoticons: true, katex: { parenthesisSyntax: true } };
const began = performance.now();
let bytes = 0;
let refused = 0;
while (performance.now() - began < 2000) {
  for (const text of texts) {
    try {
      parse(text, options);
    } catch {
      // It refuses some texts of the corpus.
      refused++;
    }
    bytes += Buffer.byteLength(text);
  }
}
const seconds = (performance.now() - began) / 1000;
console.log(`${(bytes / 1e6 / seconds).toFixed(2)} MB/s${refused ? ` (${refused} refused)` : ''}`);
