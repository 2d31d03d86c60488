// Writes the corpus of the differential test: [text] or [text, variant], one a
// line. Every piece alone and in each surrounding, then written messages, then
// random ones.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import * as pieces from './generate.mjs';
import { here } from './reference.mjs';
import { messages } from './messages.mjs';

const lines = new Map();
const add = (text, variant = 'default') => lines.set(`${variant}\0${text}`, variant === 'default' ? [text] : [text, variant]);

const all = [
  ...pieces.words, ...pieces.addresses, ...pieces.mails, ...pieces.phones, ...pieces.mentions, ...pieces.emoji, ...pieces.emoticons,
  ...pieces.codes, ...pieces.times, ...pieces.formulas, ...pieces.colors, ...pieces.links, ...pieces.escapes,
];
const surroundings = [
  (piece) => `say ${piece} now`, (piece) => `*${piece}*`, (piece) => `_${piece}_`, (piece) => `~${piece}~`, (piece) => `||${piece}||`, (piece) => `x${piece}y`,
];
const blocks = [
  (piece) => `> ${piece}`, (piece) => `# ${piece}`, (piece) => `- ${piece}`, (piece) => `* ${piece}`, (piece) => `2. ${piece}`, (piece) => `- [x] ${piece}`,
  (piece) => `|${piece}|b|\n|---|:-:|\n|${piece}|`, (piece) => `||\n${piece}\n||`, (piece) => `\`\`\`\n${piece}\n\`\`\``, (piece) => `[${piece}](https://a.org)`, (piece) => `![${piece}](https://a.org)`,
  (piece) => `**${piece}**`, (piece) => `__${piece}__`, (piece) => `~~${piece}~~`, (piece) => `*_${piece}_*`, (piece) => `${piece}\n${piece}`, (piece) => `${piece}${piece}`, (piece) => `(${piece})`,
];

for (const [text, variant] of messages) add(text, variant);
for (const piece of all) {
  add(piece);
  for (const surround of surroundings) add(surround(piece));
}
// Each piece meets some of the blocks: all of them would be too many lines.
all.forEach((piece, at) => {
  for (let step = 0; step < 3; step++) add(blocks[(at * 3 + step) % blocks.length](piece));
});
for (const piece of [...pieces.formulas, ...pieces.addresses, ...pieces.colors, ...pieces.emoticons]) {
  add(`say ${piece} now`, 'dollar');
  add(`*${piece}*`, 'bare');
}
for (const text of pieces.randomTexts(20260115, 2600)) add(text);
for (const text of pieces.randomTexts(20260116, 250)) add(text, 'dollar');
for (const text of pieces.randomTexts(20260117, 250)) add(text, 'bare');

writeFileSync(join(here, 'corpus.jsonl'), [...lines.values()].map((line) => `${JSON.stringify(line)}\n`).join(''));
console.log(`${lines.size} lines`);
