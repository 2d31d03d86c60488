// Writes the character and domain tables of the parser by asking the reference
// parser about every candidate: npm run tables.
import { createRequire } from 'node:module';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { parse } from '@rocket.chat/message-parser';

const out = join(dirname(fileURLToPath(import.meta.url)), '../../src/tables');
const options = { colors: false, emoticons: false, customDomains: [] };

const firstInline = (text) => parse(text, options)[0].value?.[0];
const isLink = (text) => firstInline(text)?.type === 'LINK';

const ranges = (accepts) => {
  const found = [];
  for (let code = 0x80; code <= 0xffff; code++) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    if (!accepts(String.fromCharCode(code))) continue;
    const last = found.at(-1);
    // A range may cross the surrogates: no char of Rust is in there.
    if (last && (last[1] === code - 1 || (last[1] === 0xd7ff && code === 0xe000))) last[1] = code;
    else found.push([code, code]);
  }
  return found;
};

const rust = (name, doc, list) => {
  const lines = [];
  for (const [a, b] of list) {
    const item = `(0x${a.toString(16)}, 0x${b.toString(16)}),`;
    if (lines.length && lines.at(-1).length + item.length < 105) lines[lines.length - 1] += ` ${item}`;
    else lines.push(item);
  }
  const body = lines.map((line) => `    ${line}\n`).join('');
  return `/// ${doc}\n#[rustfmt::skip]\npub(crate) const ${name}: &[(u16, u16)] = &[\n${body}];\n`;
};

const letters = ranges((c) => firstInline(`#${c}`)?.type === 'MENTION_CHANNEL');
const local = ranges((c) => {
  const node = firstInline(`${c}@rocket.chat`);
  return node?.type === 'LINK' && node.value.label[0].value === `${c}@rocket.chat`;
});

const head = (what) => `//! ${what} Written by tests/oracle/tables.mjs: do not edit.\n\n`;
writeFileSync(
  join(out, 'letters.rs'),
  head('Letters and digits beyond ASCII that may stand in a name.') +
    rust('NAME', 'Inclusive ranges of the basic multilingual plane.', letters),
);
writeFileSync(
  join(out, 'local_part.rs'),
  head('Characters beyond ASCII that may start a part of an e-mail address.') +
    rust('LOCAL_PART', 'Inclusive ranges of the basic multilingual plane.', local),
);

// Domains: which last labels make a host an address. A label that is no
// suffix by itself is written with the labels that have to stand before it.
const require = createRequire(import.meta.url);
const trie = require(join(dirname(require.resolve('tldts/package.json')), 'dist/cjs/src/data/trie.js'));
const suffixes = [];
for (const [label, [, children]] of Object.entries(trie.rules[1])) {
  if (isLink(`gantry-example.${label}`)) suffixes.push(label);
  else for (const child of Object.keys(children)) if (isLink(`x.${child}.${label}`)) suffixes.push(`${child}.${label}`);
}
suffixes.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
writeFileSync(join(out, 'suffixes.txt'), suffixes.join('\n') + '\n');
console.log(`${letters.length} + ${local.length} ranges, ${suffixes.length} suffixes`);
