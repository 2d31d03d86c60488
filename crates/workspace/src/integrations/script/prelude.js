// Runs before a workspace's script, in the same context. Answers the hooks that the server calls; nothing of
// it is left where the script can reach it, except what is set on `globalThis` here.
(function (hostFetch, hostLog, stored) {
	'use strict';
	const { parse, stringify } = JSON;
	const { assign, keys, entries, freeze } = Object;

	const memory = assign(Object.create(null), parse(stored));
	globalThis.global = globalThis;
	globalThis.Store = freeze({
		set(key, value) {
			memory[key] = value;
			return value;
		},
		get(key) {
			return memory[key];
		},
	});

	const say = (level) => (...args) => {
		const words = args.map((arg) => {
			if (typeof arg === 'string') return arg;
			if (arg instanceof Error) return String(arg);
			try {
				return stringify(arg) ?? String(arg);
			} catch {
				return String(arg);
			}
		});
		hostLog(level, words.join(' '));
	};
	globalThis.console = {};
	for (const level of ['log', 'debug', 'info', 'warn', 'error', 'trace', 'dir']) {
		globalThis.console[level] = say(level);
	}

	// String helpers that scripts are written with.
	const text = (value) => (value ? String(value) : '');
	const charsOf = (chars) => {
		if (!chars) return '\\s';
		if (chars instanceof RegExp) return chars.source;
		return '[' + text(chars).replace(/[\\^$*+?.()|{}\[\]\-]/g, '\\$&') + ']';
	};
	const without = (value, pattern, flags) => text(value).replace(new RegExp(pattern, flags), '');
	const cut = (value, mark, last) => {
		const whole = text(value);
		const sep = text(mark);
		if (!sep) return [whole, -1, 0];
		return [whole, last ? whole.lastIndexOf(sep) : whole.indexOf(sep), sep.length];
	};
	const pad = (value, length, fill, side = 'left') => {
		const whole = text(value);
		const char = fill ? text(fill).charAt(0) : ' ';
		const missing = Math.max(0, Math.trunc(Number(length) || 0) - whole.length);
		if (side === 'right') return whole + char.repeat(missing);
		if (side === 'both') return char.repeat(Math.ceil(missing / 2)) + whole + char.repeat(Math.floor(missing / 2));
		return char.repeat(missing) + whole;
	};
	globalThis.s = {
		truncate: (value, length) => (text(value).length > length ? text(value).slice(0, length - 3) + '...' : text(value)),
		trim: (value, chars) => (chars ? without(value, `^${charsOf(chars)}+|${charsOf(chars)}+$`, 'g') : text(value).trim()),
		ltrim: (value, chars) => without(value, `^${charsOf(chars)}+`),
		rtrim: (value, chars) => without(value, `${charsOf(chars)}+$`),
		capitalize: (value, lower) => {
			const whole = text(value);
			return whole.charAt(0).toUpperCase() + (lower ? whole.slice(1).toLowerCase() : whole.slice(1));
		},
		stripTags: (value) => text(value).replace(/<\/?[^>]+>/g, ''),
		strLeft: (value, mark) => {
			const [whole, at] = cut(value, mark, false);
			return at < 0 ? whole : whole.slice(0, at);
		},
		strRight: (value, mark) => {
			const [whole, at, length] = cut(value, mark, false);
			return at < 0 ? whole : whole.slice(at + length);
		},
		strRightBack: (value, mark) => {
			const [whole, at, length] = cut(value, mark, true);
			return at < 0 ? whole : whole.slice(at + length);
		},
		numberFormat: (number, digits, point, comma) => {
			if (number === null || number === undefined || Number.isNaN(Number(number))) return '';
			const [whole, rest] = Number(number).toFixed(Math.trunc(digits || 0)).split('.');
			const grouped = whole.replace(/\B(?=(\d{3})+$)/g, typeof comma === 'string' ? comma : ',');
			return rest ? grouped + (point || '.') + rest : grouped;
		},
		pad: (value, length, fill, side = 'right') => pad(value, length, fill, side),
		lpad: (value, length, fill) => pad(value, length, fill, 'left'),
		rpad: (value, length, fill) => pad(value, length, fill, 'right'),
		lrpad: (value, length, fill) => pad(value, length, fill, 'both'),
	};

	// Requests: the server makes them, with its own rules about addresses.
	const waiting = new Map();
	let asked = 0;
	const headersOf = (pairs) => {
		const lower = new Map(pairs.map(([name, value]) => [name.toLowerCase(), value]));
		const headers = assign({}, Object.fromEntries(lower));
		const hidden = {
			get: (name) => lower.get(String(name).toLowerCase()) ?? null,
			has: (name) => lower.has(String(name).toLowerCase()),
			forEach: (each) => lower.forEach((value, name) => each(value, name)),
			entries: () => lower.entries(),
			keys: () => lower.keys(),
			values: () => lower.values(),
		};
		for (const [name, value] of entries(hidden)) {
			Object.defineProperty(headers, name, { value, enumerable: false });
		}
		Object.defineProperty(headers, Symbol.iterator, { value: () => lower.entries() });
		return headers;
	};
	const answerOf = (raw) => ({
		status: raw.status,
		statusText: raw.statusText,
		ok: raw.status >= 200 && raw.status < 300,
		redirected: false,
		url: raw.url,
		headers: headersOf(raw.headers),
		text: async () => raw.body,
		json: async () => parse(raw.body),
	});
	globalThis.fetch = (url, options = {}) =>
		new Promise((resolve, reject) => {
			const { method, headers, body, timeout, params } = options ?? {};
			let address = String(url);
			if (params && keys(params).length) {
				const query = entries(params).map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
				address += (address.includes('?') ? '&' : '?') + query.join('&');
			}
			const plain = body === undefined || body === null || typeof body === 'string';
			const list = headers && typeof headers[Symbol.iterator] === 'function' ? [...headers] : entries(headers ?? {});
			const id = asked++;
			waiting.set(id, { resolve, reject });
			hostFetch(
				id,
				stringify({
					url: address,
					method: String(method ?? 'GET').toUpperCase(),
					headers: list.map(([name, value]) => [String(name), String(value)]),
					body: plain ? body ?? null : stringify(body),
					json: !plain,
					timeout: Number(timeout) || null,
				}),
			);
		});

	let outcome = { state: 'waiting' };
	const failed = (error) => {
		const isError = error instanceof Error;
		outcome = {
			state: 'failed',
			name: isError ? String(error.name) : 'Error',
			message: isError ? String(error.message) : String(error),
			stack: isError ? String(error.stack) : '',
		};
	};
	const dates = (_key, value) =>
		value && typeof value === 'object' && typeof value.$date === 'number' && keys(value).length === 1
			? new Date(value.$date)
			: value;

	return {
		call(name, params, withDates) {
			try {
				const script = new Script();
				if (typeof script[name] !== 'function') {
					outcome = { state: 'missing' };
					return;
				}
				const answer = script[name](withDates ? parse(params, dates) : parse(params));
				Promise.resolve(answer).then((value) => {
					outcome = { state: 'done', value };
				}, failed);
			} catch (error) {
				failed(error);
			}
		},
		settle(id, fine, raw) {
			const { resolve, reject } = waiting.get(id);
			waiting.delete(id);
			if (fine) resolve(answerOf(parse(raw)));
			else reject(new Error(raw));
		},
		outcome: () => {
			try {
				return stringify(outcome);
			} catch (error) {
				failed(error);
				return stringify(outcome);
			}
		},
		waiting: () => outcome.state === 'waiting',
		memory: () => {
			try {
				return stringify(memory);
			} catch {
				return '{}';
			}
		},
	};
})
