// What every suite here needs: where the server is, people to act as, and a
// way to wait for what the server pushes without pausing.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';

export const serverUrl = (process.env.GANTRY_URL ?? 'http://127.0.0.1:3000').replace(/\/+$/, '');
export const serverHost = new URL(serverUrl).host;
export const admin = {
	username: process.env.GANTRY_ADMIN_USER ?? 'admin',
	password: process.env.GANTRY_ADMIN_PASSWORD ?? 'admin-password',
};

/** How long something that must happen may take before its test fails. */
const PATIENCE_MS = 20_000;

/** A name that no other run has used on this server. */
export const unique = (prefix) => `${prefix}-${randomBytes(6).toString('hex')}`;

/** Passwords travel over DDP as the lower-case hexadecimal SHA-256. */
export const sha256 = (text) => createHash('sha256').update(text).digest('hex');

/** Rejects, naming what was awaited, when `promise` is not settled in time. */
export async function inTime(promise, what) {
	let timer;
	const late = new Promise((_, reject) => {
		timer = setTimeout(() => reject(new Error(`not within ${PATIENCE_MS} ms: ${what}`)), PATIENCE_MS);
	});
	try {
		return await Promise.race([promise, late]);
	} finally {
		clearTimeout(timer);
	}
}

/** Keeps what was pushed, in order, and hands it to those who wait for it. */
export class Inbox {
	items = [];
	#waiting = [];

	constructor(what) {
		this.what = what;
	}

	push(item) {
		this.items.push(item);
		this.#waiting = this.#waiting.filter((check) => !check());
	}

	/** The first item that matches, whether it came already or is still to come. */
	first(matches, what = 'a matching item') {
		return inTime(this.#when(() => this.items.find(matches)), `${what} in ${this.what}`);
	}

	/** All items, as soon as there are `count` that match. */
	atLeast(count, matches = () => true) {
		const enough = () => {
			const found = this.items.filter(matches);
			return found.length >= count ? found : undefined;
		};
		return inTime(this.#when(enough), `${count} items in ${this.what}`);
	}

	#when(look) {
		return new Promise((resolve) => {
			const check = () => {
				const found = look();
				if (found !== undefined) resolve(found);
				return found !== undefined;
			};
			if (!check()) this.#waiting.push(check);
		});
	}
}

/** A person who uses the REST API with nothing but `fetch`. */
export class Person {
	constructor({ id, username, password, token }) {
		Object.assign(this, { id, username, password, token });
	}

	static async logsIn({ username, password }) {
		const { data } = await call('POST', 'login', { user: username, password });
		return new Person({ id: data.userId, username, password, token: data.authToken });
	}

	get(path, query = {}) {
		const search = new URLSearchParams(query).toString();
		return call('GET', search ? `${path}?${search}` : path, undefined, this);
	}

	post(path, body = {}) {
		return call('POST', path, body, this);
	}

	async says(msg, rid) {
		const { message } = await this.post('chat.sendMessage', { message: { rid, msg } });
		return message;
	}

	/** Creates a user with a fresh name and logs in as them. */
	async hires(prefix, roles = ['user']) {
		const username = unique(prefix);
		const password = unique('password');
		await this.post('users.create', {
			username,
			password,
			name: `${prefix} of this run`,
			email: `${username}@example.org`,
			roles,
			verified: true,
		});
		return Person.logsIn({ username, password });
	}

	async createsChannel(prefix, members = []) {
		const { channel } = await this.post('channels.create', {
			name: unique(prefix),
			members: members.map((member) => member.username),
		});
		return channel;
	}
}

async function call(method, path, body, person) {
	const response = await fetch(`${serverUrl}/api/v1/${path}`, {
		method,
		headers: {
			...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
			...(person ? { 'X-Auth-Token': person.token, 'X-User-Id': person.id } : {}),
		},
		body: body === undefined ? undefined : JSON.stringify(body),
		signal: AbortSignal.timeout(PATIENCE_MS),
	});
	const text = await response.text();
	assert.ok(response.ok, `${method} ${path} answered ${response.status}: ${text}`);
	return JSON.parse(text);
}
