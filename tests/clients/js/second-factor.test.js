// Signing in with an authenticator through @rocket.chat/ddp-client. The other suites run on a server in test
// mode, which asks for no second factor: this one starts a server of its own.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { DDPSDK } from '@rocket.chat/ddp-client';
import WebSocket from 'ws';

import { inTime, sha256 } from './support.js';

globalThis.WebSocket = WebSocket;

const PASSWORD = 'correct horse battery';

const freePort = () =>
	new Promise((resolve) => {
		const probe = createServer().listen(0, '127.0.0.1', () => {
			const { port } = probe.address();
			probe.close(() => resolve(port));
		});
	});

/** What an authenticator shows now (RFC 6238). */
function totp(secret) {
	const bits = [...secret].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'));
	const bytes = bits.join('').match(/.{8}/g).map((byte) => parseInt(byte, 2));
	const step = Buffer.alloc(8);
	step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
	const hash = createHmac('sha1', Buffer.from(bytes)).update(step).digest();
	const number = hash.readUInt32BE(hash[19] & 15) & 0x7fffffff;
	return String(number % 1_000_000).padStart(6, '0');
}

describe('a second factor', { skip: !process.env.GANTRY_BIN && 'GANTRY_BIN names no server' }, () => {
	const open = new Set();
	let data;
	let server;
	let url;

	before(async () => {
		const port = await freePort();
		url = `http://127.0.0.1:${port}`;
		data = await mkdtemp(path.join(tmpdir(), 'gantry-'));
		server = spawn(process.env.GANTRY_BIN, ['serve'], {
			env: {
				PATH: process.env.PATH,
				PORT: String(port),
				BIND_IP: '127.0.0.1',
				GANTRY_DATA: data,
				ADMIN_USERNAME: 'admin',
				ADMIN_PASS: PASSWORD,
				ADMIN_EMAIL: 'admin@example.org',
			},
			stdio: ['ignore', 'pipe', 'inherit'],
		});
		// It says that it is ready; what it says afterwards nobody reads.
		await inTime(
			new Promise((resolve, reject) => {
				let said = '';
				server.stdout.on('data', (text) => {
					said += text;
					if (said.includes('is ready')) resolve();
				});
				server.once('exit', () => reject(new Error(`the server stopped: ${said}`)));
			}),
			'the server',
		);
	});

	after(async () => {
		for (const sdk of open) {
			sdk.connection.close();
			sdk.timeoutControl.stop();
		}
		if (server) {
			server.removeAllListeners('exit');
			const ended = new Promise((resolve) => server.once('exit', resolve));
			server.kill();
			await ended;
		}
		if (data) await rm(data, { recursive: true, force: true });
	});

	async function connects() {
		const sdk = await inTime(DDPSDK.createAndConnect(url), 'the connection');
		open.add(sdk);
		return sdk;
	}

	const calls = (sdk, method, ...params) => inTime(sdk.client.callAsync(method, ...params), `the result of ${method}`);

	test('is asked for once it is switched on, and a code lets one in', async () => {
		const first = await connects();
		await inTime(first.account.loginWithPassword('admin', sha256(PASSWORD)), 'the login');
		const { secret } = await calls(first, '2fa:enable');
		const { codes } = await calls(first, '2fa:validateTempToken', totp(secret));
		assert.equal(codes.length, 12);

		const second = await connects();
		const refusal = await second.account.loginWithPassword('admin', sha256(PASSWORD)).then(
			() => assert.fail('a code is asked for'),
			(error) => error,
		);
		assert.equal(refusal.error, 'totp-required');
		assert.equal(refusal.details.method, 'totp');

		const login = {
			user: { username: 'admin' },
			password: { digest: sha256(PASSWORD), algorithm: 'sha-256' },
		};
		await assert.rejects(
			calls(second, 'login', { totp: { login, code: '000000' } }),
			(error) => error.error === 'totp-invalid',
		);
		const byCode = await calls(second, 'login', { totp: { login, code: totp(secret) } });
		assert.ok(byCode.token);

		const third = await connects();
		const byBackup = await calls(third, 'login', { totp: { login, code: codes[0] } });
		assert.equal(byBackup.id, byCode.id);
		await inTime((await connects()).account.loginWithToken(byBackup.token), 'the return, which needs no code');
	});
});
