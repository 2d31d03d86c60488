// Random texts from the pieces that messages are made of. The same seed gives
// the same texts.

/** A small generator of numbers (mulberry32): the corpus must not change by itself. */
export const random = (seed) => {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit) => Math.floor(next() * limit);
  return { below, pick: (list) => list[below(list.length)], chance: (part) => next() < part };
};

export const words = [
  'hello', 'the', 'release', 'is', 'ready', 'a', 'I', 'snake_case_name', 'foo_bar', 'x', 'C++', '3', '42%', '10:30',
  'www', 'readme.md', 'v1.2.3', 'e.g.', 'naïve', 'Größe', 'привет', 'мир', 'こんにちは', '世界', '안녕', 'שלום', 'مرحبا',
  'العالم', 'ไทย', 'हिन्दी', '𝒳', '𠜎', '\u200fRTL\u200e', "don't", '"quoted"', '(aside)', 'end.', 'wait...', 'yes!', 'no?', 'a/b',
  'C:\\temp', 'key=value', 'one,two', '#', '@', '-', '--', '—', '&', '\u00a0', '\ufeff', '²', '½',
];

export const addresses = [
  'https://rocket.chat', 'http://example.com/path?query=1&other=2#top', 'rocket.chat', 'www.example.org', 'example.co.uk/a_b_c',
  'https://example.com/a(b)c', 'https://user:pass@example.com:8080/', 'ftp://files.example.com', 'http://localhost:3000/x',
  'localhost:3000', '127.0.0.1', 'http://192.168.0.1:8080/x', 'https://пример.рф/путь', 'https://例え.jp', 'example.invalid',
  'http://example.invalid/x', 'readme.md', 'index.html', 'custom+scheme://example.com', 'example.com:8080/x', 'a.b.c.d.e.org',
  'https://example.com/*bold*_it_', 'https://example.com,', 'https://example.com).', 'wiki.intranet', 'http://intranet', 'x.gantry.local',
  'Example.COM/UP', 'HTTPS://EXAMPLE.COM', 'https://example.com/?q=~x~', 'http://[::1]:80/', 'foo_bar.com', '_dmarc.example.org', 'a-b.example.dev',
  'mail.example.za', 'shop.co.za', 'https://example.com/%F0%9F%98%80', 'https://example.com/😀', '//example.com/x', 'https:/example.com', 'http://a.b',
];

export const mails = [
  'alice@example.com', 'mailto:bob@example.org', 'first.last+tag@sub.example.co.uk', 'a@b', 'x@y.invalid', 'o\'neil@example.com',
  'you_and_me@example.net', '.dot@example.com', 'a..b@example.com', 'ünï@example.de', 'a@example.com.', 'a@example.com,b@example.com', 'me@localhost',
  'mailto:me', 'a/b@example.com', 'a#b@example.com', 'me@example.com/x', 'me@ex_ample.com',
];

export const phones = [
  '+5551234567', '+1-5551234567', '+(55)1234-5678', '+(55)12345678', '+(11)-12345', '+123', '+1234', '+12345', '+1-234', '+', '+a', '+(55', '+(55)', '+55-', '++12345',
  '+55 11 91234-5678', '075-63546725',
];

export const mentions = [
  '@alice', '@bob.smith', '@user-name_1', '@all', '@here', '@user:server.org', '@user@server.org', '@@double', '@name__', '@名前', '@', '@ alice',
  'me@alice', '#general', '#dev-ops', '#канал', '##x', '#', '# x', 'a#b', '#a.b_c', '@alice,', '(@alice)', '@alice:', '#general!', '@-', '@_x_', '@😀',
];

export const emoji = [
  ':smile:', ':+1:', ':heart:', ':-1:', ':a_b-c.d:', ':no space:', '::', ':::', ':x', ':smile', '😀', '👍🏽', '👨‍👩‍👧‍👦', '🇩🇪', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '1️⃣', '#⃣', '*️⃣', '❤️', '❤',
  '☺', '✂️', '⌚', '©', '©️', '™️', '🀄️', '🀄', '🃏', '🟢', '🟰', '⬛', '↔️', '↗️', '🤖', '🦾🏿', '🧑‍💻', '👍‍', '👍‍x', '🅰️', '🅰', '🆎', '🈁', '🈂️', '🇩', '🚀', '🛸', '㊗️', '〰️',
  '⭐', '⭐️', '▶️', '▶', '🏳️‍🌈', '🏴‍☠️', '👩‍❤️‍💋‍👨',
];

export const emoticons = [
  ':)', ':-)', ':D', ':-D', ';)', ':(', ":'(", '<3', '</3', ':P', ':-P', 'XD', ':/', ':-/', 'O:)', '0:3', '8-)', 'B)', '>:(', '>.<', '-_-', '-__-', '-___-', 'O_O', '(y)',
  '=)', '=D', '*)', '*-)', 'D:', ':|', ':*', ':@', ':$', ':#', ':X', '#)', '%)', 'X)', 'X-P', '\\0/', '\\0\\/', '*\\0/*', '>:)', '>;)', ">:\\", '>;/', "':)", "':(", ':L', ':[', ':]', ':Þ', ':b',
];

export const codes = ['`code`', '`a*b*c`', '``', '`', '`a``b`', '`two words`', '`\u00e9`', '```', '```x```', '`a\\`'];

export const times = [
  '<t:1630360800>', '<t:1630360800:R>', '<t:1630360800:x>', '<t:163036080>', '<t:16303608000>', '<t:2025-07-22T10:00:00.000+02:00:f>', '<t:2025-07-22T10:00:00.000>',
  '<t:2025-07-22T10:00:00:D>', '<t:2025-07-22T10:00:00Z>', '<t:10:00>', '<t:10:00:00:T>', '<t:10:00+02:00>', '<t:23:59:59-05:30:t>', '<t:25:00+00:00>', '<t:2025-02-30T10:00:00>',
  '<t:2025-13-01T10:00:00>', '<t:2050-01-01T00:00:00>', '<t:1901-01-01T00:00:00:d>', '<t:24:00+00:00>', '<t:>', '<t:', '\\<t:1630360800:R>', '\\<t:10:00>', '<t:2025-07-22T24:00:00.000>', '<t:2025-07-22T10:60:00>',
  '<t:2025-07-22T10:00:00+25:00>', '<t:0000-01-01T00:00:00>', '<t:9999-12-31T23:59:59.999:F>',
];

export const formulas = ['\\(x^2\\)', '\\(', '\\)', '\\[y\\]', '\\[', '\\]', '$z$', '$', '$$w$$', '$$', '\\(a_b*c*\\)', '$5 and $6', '\\(a\nb\\)'];

export const colors = [
  'color:#ff0000', 'color:#FFF', 'color:#12345678', 'color:#1234', 'color:#12345', 'color:#12', 'color:#ggg', 'color:#fff,', 'color:#fff)', 'Color:#fff', 'color: #fff', 'color:#1234567',
];

export const links = [
  '[title](https://example.com)', '[](https://example.com)', '[*bold*](example.com)', '[a] [b](example.com)', '[a](b c)', '[a](+5551234567)', '[x](tel:123)', '[a b](https://example.com/(x))',
  '[a](https://example.com', '[a]', '[a](', '[a]()', '[[a]](example.com)', '[a](mailto:me@example.com)', '<https://example.com|label>', '<example.com|a b>', '<example.com>', '<example.com|>',
  '<+5551234|call>', '![image](https://example.com/a.png)', '![](https://example.com/a.png)', '![a', '![*a*](example.com/a.png)', '![a b ](data:image/png)', '[_it_ ~st~](http://a.org/b_c)',
  '[a](file:///etc/x)', '[a\nb](http://a.org)', '[`c`](http://a.org)', '[a](http://a.org "t")', '[a](/rel)', '[](x)', '[a](#anchor)', '[😀](http://a.org)', '[:smile:](http://a.org)',
  '<https://a.org/x,|y>', '<a.org/x y|z>', '[a](http://a.org/b,)', '[a](http://a.org/b, )', '[a](+12)', '<mailto:x@a.org|m>',
];

export const marks = ['*', '**', '_', '__', '~', '~~', '`', '||', '|', '[', ']', '(', ')', '](', '] [', '<', '>', '!', '![', '#', '@', ':', '\\', '-', '.', '+', '$', '=', '\t', ' ', '  ', "'", ';'];

export const escapes = ['\\*', '\\_', '\\~', '\\`', '\\#', '\\.', '\\|', '\\\\', '\\x', '\\'];

const starts = [
  '> ', '>', '>  > ', '# ', '## ', '### ', '#### ', '##### ', '#', '- ', '-', '* ', '*', '1. ', '10.  ', '1.', '1) ', '- [x] ', '- [ ] ', '- [X] ', '- []', '-\t', '||', '| ', '|', '---', ' ---', '--- ', '----',
  '--', '***', '```', '```js', '~~~', '  ', '\t', '99999999999999999999. ', '007. ', '+ ', '• ',
];

const inlineFamilies = [words, words, words, addresses, mails, phones, mentions, emoji, emoticons, codes, times, formulas, colors, links, marks, marks, escapes];

const wrappers = [
  ['*', '*'], ['**', '**'], ['_', '_'], ['__', '__'], ['~', '~'], ['~~', '~~'], ['||', '||'], ['[', '](https://example.com)'], ['`', '`'], ['(', ')'], ['"', '"'], ['_*', '*_'], ['*_~', '~_*'], ['**', '*'],
  ['_', '__'], ['\\*', '\\*'], ['|', '|'],
];

/** Some pieces in a row, with emphasis around some of them. */
export const inline = (rng, depth = 2) => {
  const count = 1 + rng.below(4);
  let text = '';
  for (let at = 0; at < count; at++) {
    if (at > 0 && rng.chance(0.7)) text += ' ';
    if (depth > 0 && rng.chance(0.35)) {
      const [before, after] = rng.pick(wrappers);
      text += before + inline(rng, depth - 1) + after;
    } else text += rng.pick(rng.pick(inlineFamilies));
  }
  return text;
};

const table = (rng) => {
  const columns = 1 + rng.below(3);
  const row = (cell) => `|${Array.from({ length: columns + (rng.chance(0.15) ? 1 : 0) }, cell).join('|')}|`;
  const lines = [row(() => ` ${inline(rng, 1)} `), row(() => rng.pick(['---', ':--', ':-:', '--:', ' --- ', '-', ':', '- -']))];
  for (let at = rng.below(4); at > 0; at--) lines.push(row(() => rng.pick(['', ' ', ` ${inline(rng, 1)} `, 'a\\|b'])) + rng.pick(['', '', ' ', 'x']));
  return lines.join(rng.pick(['\n', '\n', '\r\n']));
};

const block = (rng) => {
  const kind = rng.below(14);
  if (kind === 0) return table(rng);
  if (kind === 1) return `\`\`\`${rng.pick(['', 'js', ' c ', 'c++'])}\n${inline(rng)}\n${rng.pick(['', '\n', '  x\n', '``\n'])}${rng.pick(['```', '``', 'x```'])}`;
  if (kind === 2) return `||\n${inline(rng)}\n${rng.chance(0.5) ? `${inline(rng)}\n` : ''}${rng.pick(['||', '|', '\n||'])}`;
  if (kind === 3) return rng.pick(['\\[', '$$', '\\[ ']) + inline(rng, 0) + rng.pick(['\\]', '$$', '\n\\]', '']);
  if (kind < 9) return rng.pick(starts) + inline(rng);
  return inline(rng);
};

export const message = (rng) => {
  const count = rng.pick([1, 1, 1, 2, 2, 3]);
  return Array.from({ length: count }, () => block(rng)).join(rng.pick(['\n', '\n', '\n', '\n\n', '\r\n', '\r', ' \n']));
};

/** Marks and letters without plan: what no person writes. */
const noise = (rng) => {
  const alphabet = rng.pick([
    [...marks, 'a', 'b', '1', '\n'],
    ['*', '_', '~', 'a', ' '],
    ['[', ']', '(', ')', 'a', '.', 'b.co', '](', '*', '\n'],
    ['|', '||', '\n', '-', ':', 'a', ' ', '`', '\\'],
    [':', ')', '(', '-', 'D', 'P', '_', '3', '<', '*', '=', '8', ';', 'O', ' '],
    ['@', 'a', '_', '.', '#', '-', ':', 'b.co', '/', '+', '1', ','],
    ['👍', '\u200d', '\ufe0f', '🏽', '🇩', '🇪', '1', '\u20e3', 'a', ' ', ':'],
    ['~', '@', '#', '[', '\\', '!', '😀', '🀀', 'é', '❤', 'a', '*', '_', ' '],
    ['$', '\\', '(', ')', '[', ']', 'a', '\n', '*'],
    ['`', '``', '```', '\n', 'a', ' ', '\r\n'],
    ['<', '>', 't', ':', '1630360800', 'a.co', '|', ' ', '10', '00', 'R', '\\'],
  ]);
  const length = 1 + rng.below(14);
  if (rng.chance(0.2)) return Array.from({ length }, () => String.fromCharCode(32 + rng.below(95))).join('');
  return Array.from({ length }, () => rng.pick(alphabet)).join('');
};

export const randomTexts = (seed, count) => {
  const rng = random(seed);
  return Array.from({ length: count }, () => (rng.chance(0.35) ? noise(rng) : message(rng)));
};
