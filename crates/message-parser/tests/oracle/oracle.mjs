// Writes the reference answers for the corpus, one a line; with --check it
// fails if the stored ones differ.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { answer, here, readLines } from './reference.mjs';

const file = join(here, 'answers.jsonl');
const answers = readLines('corpus.jsonl')
  .map(([text, variant]) => `${JSON.stringify(answer(text, variant))}\n`)
  .join('');
if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== answers) {
    console.error('answers.jsonl is not what the reference parser answers: npm run answers');
    process.exit(1);
  }
} else {
  writeFileSync(file, answers);
}
