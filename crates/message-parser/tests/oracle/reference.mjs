// The reference parser at a fixed time, in UTC.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

process.env.TZ = 'UTC';
export const here = dirname(fileURLToPath(import.meta.url));
export const variants = JSON.parse(readFileSync(join(here, 'variants.json'), 'utf8'));

const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...args) {
    super(...(args.length ? args : [variants.now]));
  }
};

const { parse } = await import('@rocket.chat/message-parser');

/** The tree without repeating what every text node is: `{"": text}`. */
export const compact = (value) => {
  if (Array.isArray(value)) return value.map(compact);
  if (value === null || typeof value !== 'object') return value;
  const keys = Object.keys(value).filter((key) => value[key] !== undefined);
  if (keys.length === 2 && value.type === 'PLAIN_TEXT' && 'value' in value) return { '': value.value };
  return Object.fromEntries(keys.map((key) => [key, compact(value[key])]));
};

/** An empty message is not parsed by the server; its tree is empty here. */
export const answer = (text, variant = 'default') =>
  text === '' ? [] : compact(parse(text, variants.options[variant]));

export const readLines = (name) =>
  readFileSync(join(here, name), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
