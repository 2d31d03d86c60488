// Programs written with @rocket.chat/api-client, the typed REST client.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { RestClient } from '@rocket.chat/api-client';

import { admin, inTime, Person, serverUrl, unique } from './support.js';

async function logsIn({ username, password }) {
	const rest = new RestClient({ baseUrl: serverUrl });
	const { status, data } = await inTime(rest.post('/v1/login', { user: username, password }), 'the login');
	assert.equal(status, 'success');
	rest.setCredentials({ 'X-User-Id': data.userId, 'X-Auth-Token': data.authToken });
	return rest;
}

/** Expects the call to be refused and hands over status and body. */
async function refused(promise) {
	const response = await promise.then(
		(body) => assert.fail(`answered ${JSON.stringify(body)}`),
		(failure) => failure,
	);
	assert.ok(response instanceof Response, String(response));
	return { status: response.status, body: await response.json() };
}

describe('@rocket.chat/api-client', () => {
	let alice;
	let bob;
	let channel;
	let rest;

	before(async () => {
		const owner = await Person.logsIn(admin);
		alice = await owner.hires('alice');
		bob = await owner.hires('bob');
		rest = await logsIn(alice);
		({ channel } = await rest.post('/v1/channels.create', { name: unique('typed'), members: [bob.username] }));
	});

	test('knows who is logged in', async () => {
		const me = await rest.get('/v1/me');
		assert.equal(me._id, alice.id);
		assert.equal(me.username, alice.username);
		assert.equal(me.success, true);
		assert.equal(me.emails[0].address, `${alice.username}@example.org`);
		assert.equal(me.services?.resume, undefined);
		assert.equal(me.services?.password?.bcrypt, undefined);
	});

	test('is told 401 without a login', async () => {
		const { status, body } = await refused(new RestClient({ baseUrl: serverUrl }).get('/v1/me'));
		assert.equal(status, 401);
		assert.equal(body.status, 'error');
	});

	test('is told 401 with a wrong password', async () => {
		const stranger = new RestClient({ baseUrl: serverUrl });
		const { status, body } = await refused(stranger.post('/v1/login', { user: alice.username, password: 'wrong' }));
		assert.equal(status, 401);
		assert.equal(body.status, 'error');
	});

	test('is told 400 and why when a parameter is missing', async () => {
		const { status, body } = await refused(rest.post('/v1/chat.react', { emoji: ':x:' }));
		assert.equal(status, 400);
		assert.equal(body.success, false);
		assert.equal(typeof body.error, 'string');
	});

	test('finds the channel that it created, with its members', async () => {
		const { channel: found } = await rest.get('/v1/channels.info', { roomName: channel.name });
		assert.equal(found._id, channel._id);
		assert.equal(found.t, 'c');
		assert.equal(found.usersCount, 2);
		const { members, total } = await rest.get('/v1/channels.members', { roomId: channel._id });
		assert.equal(total, 2);
		assert.deepEqual(members.map(({ username }) => username).toSorted(), [alice.username, bob.username].toSorted());
	});

	test('sends messages and reads them back, newest first', async () => {
		const { channel: room } = await rest.post('/v1/channels.create', { name: unique('history') });
		const texts = ['first', 'second', 'third'];
		for (const msg of texts) await rest.post('/v1/chat.sendMessage', { message: { rid: room._id, msg } });

		const { messages } = await rest.get('/v1/channels.history', { roomId: room._id, count: 3 });

		assert.deepEqual(
			messages.map(({ msg }) => msg),
			texts.toReversed(),
		);
		assert.match(messages[0].ts, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
		assert.equal(messages[0].u.username, alice.username);
		assert.deepEqual(messages[0].md, [{ type: 'PARAGRAPH', value: [{ type: 'PLAIN_TEXT', value: 'third' }] }]);
	});

	test('reacts, and takes the reaction back', async () => {
		const { message } = await rest.post('/v1/chat.sendMessage', { message: { rid: channel._id, msg: unique('react') } });
		const reactions = async () => (await rest.get('/v1/chat.getMessage', { msgId: message._id })).message.reactions;

		await rest.post('/v1/chat.react', { messageId: message._id, emoji: ':smile:', shouldReact: true });
		assert.deepEqual((await reactions())[':smile:'].usernames, [alice.username]);

		await rest.post('/v1/chat.react', { messageId: message._id, emoji: ':smile:', shouldReact: false });
		assert.equal((await reactions())?.[':smile:'], undefined);
	});

	test('edits and deletes its message', async () => {
		const { message } = await rest.post('/v1/chat.sendMessage', { message: { rid: channel._id, msg: unique('typo') } });
		const text = unique('fixed');
		const edit = await rest.post('/v1/chat.update', { roomId: channel._id, msgId: message._id, text });
		assert.equal(edit.message.msg, text);
		assert.equal(edit.message.editedBy.username, alice.username);

		await rest.post('/v1/chat.delete', { roomId: channel._id, msgId: message._id });
		const { status } = await refused(rest.get('/v1/chat.getMessage', { msgId: message._id }));
		assert.equal(status, 400);
	});

	test('counts what the other has not read, and clears it', async () => {
		const other = await logsIn(bob);
		await rest.post('/v1/chat.sendMessage', { message: { rid: channel._id, msg: `@${bob.username} hello` } });
		const subscription = async () =>
			(await other.get('/v1/subscriptions.getOne', { roomId: channel._id })).subscription;

		const unread = await subscription();
		assert.equal(unread.alert, true);
		assert.ok(unread.userMentions >= 1);

		await other.post('/v1/subscriptions.read', { rid: channel._id });
		const read = await subscription();
		assert.equal(read.alert, false);
		assert.equal(read.unread, 0);
		assert.equal(read.userMentions, 0);
	});

	test('opens one direct room for two people, however often', async () => {
		const { room } = await rest.post('/v1/im.create', { username: bob.username });
		const other = await logsIn(bob);
		const { room: same } = await other.post('/v1/im.create', { username: alice.username });
		assert.equal(same._id, room._id);
		assert.equal(room.t, 'd');
		assert.deepEqual(room.usernames.toSorted(), [alice.username, bob.username].toSorted());
	});

	test('keeps private groups private', async () => {
		const { group } = await rest.post('/v1/groups.create', { name: unique('group') });
		assert.equal(group.t, 'p');
		const other = await logsIn(bob);
		const { status } = await refused(other.get('/v1/groups.history', { roomId: group._id }));
		assert.equal(status, 400);
	});

	test('asks for the presence of several people at once, and hears of nobody who is offline', async () => {
		const { users, full } = await rest.get('/v1/users.presence', { ids: [alice.id, bob.id] });
		assert.deepEqual(users, []);
		assert.equal(full, false);
	});

	test('is refused once logged out', async () => {
		const session = await logsIn(bob);
		await session.post('/v1/logout', {});
		const { status } = await refused(session.get('/v1/me'));
		assert.equal(status, 401);
	});

	test('uploads a file, sends it and finds it in the list', async () => {
		const form = new FormData();
		form.append('file', new Blob(['one,two\n1,2\n'], { type: 'text/csv' }), 'table.csv');
		const { file } = await rest.post(`/v1/rooms.media/${channel._id}`, form);
		const { message } = await rest.post(`/v1/rooms.mediaConfirm/${channel._id}/${file._id}`, { msg: 'as promised' });
		assert.equal(message.msg, 'as promised');
		assert.equal(message.file._id, file._id);
		assert.equal(message.file.type, 'text/csv');
		assert.equal(message.attachments[0].title_link, file.url);
		const { files } = await rest.get('/v1/channels.files', { roomId: channel._id });
		assert.deepEqual(files.map(({ name, user }) => [name, user.username]), [['table.csv', alice.username]]);
		const download = await fetch(serverUrl + file.url, { headers: rest.getCredentials() });
		assert.equal(await download.text(), 'one,two\n1,2\n');
	});
});
