// Messages as people write them, and ones that went wrong once.

const plain = [
  '', ' ', '\n', '\n\n', '\r\n', '\t', 'Good morning!', 'Good morning!\n', '\nGood morning!', 'one\ntwo\nthree', 'one\n\ntwo', 'one\r\ntwo', 'one \n two ', '  indented', 'trailing  ',
  'The deploy of *v2.3.1* is done, see https://ci.example.com/builds/42?tab=log#end.', 'Please review https://github.com/gantry-chat/gantry/pull/7 @alice @bob.smith :pray:',
  'Ping @all in #general: the _maintenance_ starts at <t:1630360800:f> (<t:1630360800:R>).', 'Mail alice@example.com or call +1-5551234567.', 'Use `cargo test` before you push :)',
  'I *really* _really_ ~really~ mean it', '*bold _italic ~strike~_*', '_italic *bold ~strike~*_', '~strike *bold _italic_*~', '**double** __double__ ~~double~~', '***triple***', '___triple___', '~~~triple~~~',
  '*a* *b*', '*a**b*', '*a *', '* a*', '**a*', '*a**', '* *', '** **', '*  *', '_ _', '~ ~', '__ __', '*', '**', '***', '****', '_', '__', '~', '~~', 'a*b*c', 'a_b_c', 'a~b~c', '2*3*4', '2 * 3 * 4',
  'snake_case_word', '_snake_case', 'snake_case_', '__dunder__', '__init__.py', '_a_b', '__a__b', '_a_1', '__a__1', '_a_.', '*_a*_', '_*a_*', '*`a*`*', '_`a_`_', '*[a*](https://b.co)*', '[*a](https://b.co)*',
  '*hello @alice*', '_see #general_', '~old :smile:~', '*:smile:*', '*😀*', '_:)_', '*:)*', '~:)~', '*a :) b*', '||*secret*||', '||a|| b ||c||', '|||a|||', '||||', '|| ||', '||a', 'a||', '||a\nb||', '||\na\n||', '||\na\nb\n||\nc',
  '||\n\na\n||', '||\na\n\n||', '||\na', '||\n||', '|| a\n||',
];

const blocks = [
  '> quote', '> quote\n> more', '> a\n>\n> b', '>a\nb', '> *bold*\n> - no list', '>', '> ', '>\n', '>> nested', '> > nested', ' > no quote', '> a\n\n> b', '> # no heading',
  '# One', '## Two', '### Three', '#### Four', '##### Five', '#No', '# ', '#', '# *bold* :smile: @alice', '# One\ntext', '# One\n## Two', ' # no', '#\tTab', '# One #', '#  Two  blanks',
  '- a\n- b', '- a\n\n- b', '-a', '- ', '-', '- a\n* b', '* a\n* b', '* a\n- b', '* *bold*', '* a *b*', '* a * b', '* a*', '*a', '- *bold* and `code`', '-  two', ' - no', '- a\n  - b', '- - a', '* * a',
  '1. a\n2. b', '1. a\n3. c', '0. a', '1.a', '1) a', '1. ', '01. a', '1. a\n\n2. b', '10000000000000000. a', '99999999999999999999999. a', ' 1. no', '1. *b* :)',
  '- [ ] open', '- [x] done', '- [ ] a\n- [x] b', '- [X] no', '- [] no', '-[ ] no', '- [x]no', '- [x] ', '- [ ] *bold*\n- plain', '- plain\n- [x] task',
  '```\ncode\n```', '```js\ncode\n```', '```\n\ncode\n```', '```\ncode\n\n```', '```\na\n\n\nb\n```', '```code```', '``` code ```', '```\ncode```', '```\ncode', '```', '``````', '```\n```', '```\n\n```', '```\n \n```',
  '```js x\ny\n```', '```c++\ny\n```', '```a_b-c.d\ny\n```', '```\n``\n```', '```\n`a`\n```', '```\na``\n```', '```\na`\n```', '```\r\na\r\n```', '```\na\rb\n```', 'text\n```\ncode\n```\ntext', '```\na\n``` b', 'a ```b``` c', '```\n*no bold* @no :no:\n```',
  '---', '----', '--', '- - -', '***', '___', ' --- ', '---\n', '---x', '--- x', 'a\n---\nb', '---\n---', '\t---', '> ---', '- ---',
  '|a|b|\n|-|-|\n|1|2|', '| a | b |\n| --- | :-: |\n| 1 | 2 |\n| 3 |', '|a|\n|:-|\n|x|y|z|', '|a|\n|-:|', '|a|b|\n|-|', '|a\n|-|', '|a|\n|-', '|a|\n-', 'a|b\n-|-', '||\n|-|', '|||\n|-|-|', '|a\\|b|\n|-|', '|`a|b`|\n|-|', '|*a*|:smile:|@alice|\n|-|-|-|\n|_x_|`y`|#z|',
  '|a|\n|-|\ntext', '|a|\n|-|\n\n|b|', '|a| \n|-|', '|a|x\n|-|', '|a|\n|-|x', '|a|\n| - |\n|b|x', '|a|\n|--|--|\n|b|c|', '|a|\r\n|-|\r\n|b|', 'text\n|a|\n|-|', '|[a|b](https://c.de)|\n|-|', '|\u00a0a\u00a0|\n|-|', '|:)|\n|-|', '|é|\n|-|\n😀', '😀\n|é|\n|-|\n😀',
  '\\[x^2\\]', '\\[\nx\n\\]', '\\[x', '\\[x\\] y', '\\[\\]', 'a \\[x\\]', '\\(x\\)', 'a \\(x\\) b', '\\(x', '\\(\\)', '*\\(x\\)*', '\\(a\nb\\)',
];

const links = [
  'https://example.com', 'https://example.com.', 'https://example.com, and', '(https://example.com)', '(see https://example.com/a_(b))', '"https://example.com"', "'https://example.com'", '<https://example.com>', 'https://example.com!', 'https://example.com?x',
  'https://example.com/a*b*c', 'https://example.com/_a_', '*https://example.com*', '_https://example.com_', '~https://example.com~', '*see https://example.com now*', '||https://example.com||', '`https://example.com`', 'https://example.com\nhttps://example.org',
  'xhttps://example.com', 'https://', 'https://x', 'https://x.y', 'http://example', 'example.com', 'example.com.', 'Example.com', 'EXAMPLE.COM', 'sub.example.com/path', 'example.com:80', 'example.com:', 'file.txt', 'file.rs', 'file.py', 'file.md', 'Makefile.am', '1.2', '1.2.3.4', '1.2.3', '256.1.1.1',
  'a.b', 'a..b', 'a.com..b', 'e.g. this', 'i.e.', 'etc...', 'end.Start', 'user@example.com', 'user@example', 'user@@example.com', '@user@example.com', 'mailto:user@example.com', '*user@example.com*', 'user+tag@example.com', 'user.name@example.com', 'user@example.com.', 'user@example.com, other@example.org', '<user@example.com>',
  '[a](https://example.com)', '[a]( https://example.com)', '[a](https://example.com )', '[a](example)', '[a](example.com)', '[a](/path)', '[a](#x)', '[](https://example.com)', '[ ](https://example.com)', '[a b](https://example.com)', '[*a*](https://example.com)', '*[a](https://example.com)*', '_[a](https://example.com)_', '~[a](https://example.com)~',
  '[a](https://example.com)[b](https://example.org)', '[a] (https://example.com)', '[a][b](https://example.com)', '[[a]](https://example.com)', '[a]](https://example.com)', '[a](https://example.com/x_(y)_z)', '[a](https://example.com/x(y)', '[a](https://example.com/x)y)', '![a](https://example.com/a.png)', '!![a](https://example.com/a.png)', '[![a](https://x.org/a.png)](https://example.com)',
  '[a](mailto:x@example.com)', '[a](x@example.com)', '[a](tel:+5551234)', '[a](+5551234567)', '[a](rocketchat://go)', '[a](http://)', '[a](javascript:alert(1))', '[@alice](https://example.com)', '[#general](https://example.com)', '[`a`](https://example.com)', '[a\\](https://example.com)', '[a](<https://example.com>)', '[a](https://example.com "title")',
  '<https://example.com|a>', '<https://example.com|>', '<https://example.com|a b c>', '<https://example.com|a|b>', '<example.com|a>', '<example|a>', '<|a>', '<https://example.com/x y|a>', '<https://example.com/x,|a>', '<https://example.com|*a*>', '*<https://example.com|a>*',
  'https://example.com/?a=[b]&c={d}', 'https://example.com/😀/x', 'https://example.com/#/room/!x:y', 'https://example.com/a,b;c', 'https://example.com/~user', 'https://example.com/path/(x)', 'https://user@example.com', 'https://user:pw@example.com:1/x', 'https://example.com:port', 'ssh://git@example.com/x.git', 'git@example.com:x.git',
  '//example.com', '://example.com', 'a://b.co', 'a+b-c://d.co', 'abcdefghijklmnopqrstuvwxyzabcdef://x.co', 'abcdefghijklmnopqrstuvwxyzabcdefg://x.co', 'localhost', 'http://localhost', 'localhost.', 'http://localhost:80/x', 'localhostx.co',
];

const rest = [
  ':smile:', ':smile: :heart:', ':smile::heart:', ':a: :b: :c:', ':a: :b: :c: :d:', ' :smile: ', '\n:smile:\n', ':smile:\n:heart:', 'hi :smile:', ':smile: hi', 'hi:smile:', ':smile:hi', ':smile:.', '*:smile:*', '😀', '😀😀', '😀😀😀', '😀😀😀😀', '😀 hi', 'hi 😀', 'hi😀', '😀hi', ':)', ':) :)', ':):)', ':) hi', 'hi :)', 'hi:)', ':)hi', ':).', '(:)', '<3', '<3 you', '*<3*',
  '-_-', '-_- hm', 'hm -_-', '-__-', '-__- x', '8) x', 'B) x', 'O:) x', 'D: x', ':/ x', 'http:/ x', 'a:/b', ':3', ':|', '1️⃣', '1️⃣2️⃣', '#️⃣ x', '👍🏽👍🏿', '🇩🇪🇫🇷', '🇩🇪🇫', '👨‍👩‍👧‍👦 family', '🏴󠁧󠁢󠁥󠁮󠁧󠁿 flag', '~1️⃣~', '~x👍‍y~', '*👍‍👍‍*', '©', '©️', '™',
  '@alice', '@alice.', '@alice,', '@alice:', '@alice: hi', '@alice@example.com', '@alice:example.com', '@alice-bob', '@alice_', '@alice__', '@_alice', '@@alice', 'x@alice', '(@alice)', '*@alice*', '_@alice_', '~@alice~', '*x@alice*', '*x@@alice*', '~x@@@@alice~', '#general', '#general,', 'x#general', '*x#general*', '##general', '#gen eral', '#1', '@1', '@', '#', '@.', '#.', '@-_-', '@名前 さん', '#канал', '@😀', '#😀',
  'color:#fff', 'color:#ff0000 red', 'color:#ff0000red', 'a color:#0f0 b', '*color:#fff*', 'color:#ff00ff80', 'color:#f0f8', '+1', '+12345', '+1 2345', '+1(234)5678', '+(1)2345', '+(1)-2345', '+(1)23-45', '+1-2345-6', '*+12345*', 'x+12345', '+12345x', '(+12345)', '1+12345',
  '<t:1630360800>', '<t:1630360800:R>', '*<t:1630360800>*', '_<t:1630360800:t>_', '~<t:1630360800:D>~', '||<t:1630360800>||', '# <t:1630360800>', '😀 <t:1630360800>', 'ä <t:1630360800>', '[<t:1630360800>](https://a.org)', '\\<t:1630360800>', '~\\<t:1630360800:R>~', '*\\<t:1630360800>*', '|<t:1630360800>|\n|-|',
  '\\*no\\*', '\\_no\\_', '\\~no\\~', '\\`no\\`', '\\# no', '1\\. no', '\\\\', '\\a', '*a\\*b*', '\\[a](https://b.co)', '\\@alice', '\\:smile:', '`', '``', '```', '`a`', '`a``b`', '``a``', '` `', '`a\nb`', '*`a`*', '`*a*`', '~`a`~',
  'مرحبا @alice #general', '*مرحبا* بالعالم', '_שלום_ עולם https://example.com', 'こんにちは*世界*です', '*こんにちは*', '你好，世界！https://example.com。', '你好 :smile:', '한국어 _기울임_ 텍스트', '\u202eabc\u202c', 'zero\u200bwidth', 'nbsp\u00a0here', '\ufeffbom', 'e\u0301 @e\u0301', '#e\u0301', '\u0000', 'a\u0000b', '\u001b[31m', '\u007f', '\u0085x', '\u2028x', ':smile:\u00a0x', ':smile:\u0085', ':smile:\ufeff', '|\u0085a|\n|-|', '|\ufeffa|\n|-|',
];

const dollar = ['$x$', '$x', '$$x$$', '$$\nx\n$$', 'a $x$ b', 'a $$x$$ b', '$5 and $6', '$', '$$', '$$$', '$$$$', '\\(x$', '$x\\)', '$$x\\]', '\\[x$$', '*$x$*', '$a\nb$', 'https://wiki.intranet/x', 'wiki.intranet', 'http://intranet/x', 'x.wikiintranet', 'me@wiki.intranet', 'gantry.local', 'a.gantry.local'];
const bare = ['color:#fff', ':)', '\\(x\\)', '\\[x\\]', '$x$', ':smile:', '<3', '-_-', 'hi :) there', '😀'];

export const messages = [
  ...[...plain, ...blocks, ...links, ...rest].map((text) => [text, 'default']),
  ...dollar.map((text) => [text, 'dollar']),
  ...bare.map((text) => [text, 'bare']),
];
