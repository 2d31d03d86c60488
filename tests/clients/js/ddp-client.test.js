// Clients written with @rocket.chat/ddp-client, the SDK of the Realtime API.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { DDPSDK } from '@rocket.chat/ddp-client';
import WebSocket from 'ws';

import { admin, Inbox, inTime, Person, serverUrl, sha256, unique } from './support.js';

// The package expects a browser's WebSocket.
globalThis.WebSocket = WebSocket;

const open = new Set();

async function connects() {
	const sdk = await inTime(DDPSDK.createAndConnect(serverUrl), 'the connection');
	open.add(sdk);
	return sdk;
}

async function connectsAs(person) {
	const sdk = await connects();
	await inTime(sdk.account.loginWithPassword(person.username, sha256(person.password)), 'the login');
	return sdk;
}

function closes(sdk) {
	sdk.connection.close();
	sdk.timeoutControl.stop();
	open.delete(sdk);
}

/** Subscribes, waits until the server says `ready`, and keeps what arrives. */
async function listens(sdk, stream, key) {
	const inbox = new Inbox(`${stream} ${key}`);
	const subscription = sdk.stream(stream, key, (...args) => inbox.push(args));
	await inTime(subscription.ready(), `the subscription to ${stream} ${key}`);
	return Object.assign(inbox, { stop: subscription.stop });
}

const calls = (sdk, method, ...params) => inTime(sdk.client.callAsync(method, ...params), `the result of ${method}`);

const said = (text) => ([message]) => message.msg === text;

describe('@rocket.chat/ddp-client', () => {
	let alice;
	let bob;
	let channel;

	before(async () => {
		const owner = await Person.logsIn(admin);
		alice = await owner.hires('alice');
		bob = await owner.hires('bob');
		channel = await alice.createsChannel('streams', [bob]);
	});

	after(() => {
		for (const sdk of open) closes(sdk);
	});

	describe('login', () => {
		test('with a password gives a token, an end date and the name', async () => {
			const sdk = await connects();
			const named = new Inbox('the account');
			sdk.account.on('user', (user) => named.push(user));

			await inTime(sdk.account.loginWithPassword(alice.username, sha256(alice.password)), 'the login');

			assert.equal(sdk.account.uid, alice.id);
			assert.ok(sdk.account.user.token);
			assert.ok(sdk.account.user.tokenExpires > new Date());
			await named.first((user) => user?.username === alice.username, 'the own name');
		});

		test('with the token of another connection resumes', async () => {
			const first = await connectsAs(alice);
			const second = await connects();

			const result = await inTime(second.account.loginWithToken(first.account.user.token), 'the login');

			assert.equal(result.id, alice.id);
			assert.equal(result.token, first.account.user.token);
		});

		test('with a token from the REST API resumes', async () => {
			const sdk = await connects();
			await inTime(sdk.account.loginWithToken(alice.token), 'the login');
			assert.equal(sdk.account.uid, alice.id);
		});

		test('with a wrong password is refused', async () => {
			const sdk = await connects();
			await assert.rejects(
				inTime(sdk.account.loginWithPassword(alice.username, sha256('wrong')), 'the refusal'),
				(error) => [401, 403].includes(error.error),
			);
			assert.equal(sdk.account.uid, undefined);
		});

		test('ends with a logout, after which the token is worth nothing', async () => {
			const sdk = await connectsAs(bob);
			const { token } = sdk.account.user;
			await inTime(sdk.account.logout(), 'the logout');

			const again = await connects();
			await assert.rejects(
				inTime(again.account.loginWithToken(token), 'the refusal'),
				(error) => [401, 403].includes(error.error),
			);
		});
	});

	describe('methods', () => {
		test('send, edit, react and read back', async () => {
			const sdk = await connectsAs(alice);
			const text = unique('by method');
			const sent = await calls(sdk, 'sendMessage', { rid: channel._id, msg: text });
			assert.equal(sent.msg, text);
			assert.equal(typeof sent.ts.$date, 'number');

			const edited = unique('edited');
			await calls(sdk, 'updateMessage', { _id: sent._id, rid: channel._id, msg: edited });
			await calls(sdk, 'setReaction', ':rocket:', sent._id);

			const history = await calls(sdk, 'loadHistory', channel._id, null, 50, null);
			const message = history.messages.find(({ _id }) => _id === sent._id);
			assert.equal(message.msg, edited);
			assert.deepEqual(message.reactions[':rocket:'].usernames, [alice.username]);
		});

		test('keep the id that the client chose', async () => {
			const sdk = await connectsAs(alice);
			const _id = unique('own').replace('-', '').slice(0, 15);
			const sent = await calls(sdk, 'sendMessage', { _id, rid: channel._id, msg: 'mine' });
			assert.equal(sent._id, _id);
		});

		test('list rooms and subscriptions', async () => {
			const sdk = await connectsAs(bob);
			const rooms = await calls(sdk, 'rooms/get');
			const subscriptions = await calls(sdk, 'subscriptions/get');

			assert.ok(rooms.some(({ _id, t }) => _id === channel._id && t === 'c'));
			const own = subscriptions.find(({ rid }) => rid === channel._id);
			assert.equal(own.name, channel.name);
			assert.equal(own.u._id, bob.id);
			assert.equal(typeof own._updatedAt.$date, 'number');
		});

		test('that do not exist are refused', async () => {
			const sdk = await connectsAs(bob);
			await assert.rejects(calls(sdk, 'noSuchMethod'), (error) => error.error === 404);
		});

		test('are refused to those who are not in a private room', async () => {
			const { group } = await alice.post('groups.create', { name: unique('private') });
			const sdk = await connectsAs(bob);
			await assert.rejects(
				calls(sdk, 'sendMessage', { rid: group._id, msg: 'hello?' }),
				(error) => error.isClientSafe === true && typeof error.error === 'string',
			);
		});
	});

	describe('streams', () => {
		test('bring the messages of a room in order', async () => {
			const listener = await connectsAs(bob);
			const messages = await listens(listener, 'room-messages', channel._id);
			const speaker = await connectsAs(alice);
			const texts = Array.from({ length: 25 }, (_, index) => `${unique('line')} ${index}`);
			// All at once: one connection's methods run one after the other.
			await Promise.all(texts.map((msg) => calls(speaker, 'sendMessage', { rid: channel._id, msg })));

			const ofThese = ([message]) => texts.includes(message.msg);
			const items = await messages.atLeast(texts.length, ofThese);

			assert.deepEqual(
				items.map(([message]) => message.msg),
				texts,
			);
			const times = items.map(([message]) => message.ts.$date);
			assert.deepEqual(times, times.toSorted((a, b) => a - b));
		});

		test('bring an edit and a reaction as the whole message again', async () => {
			const listener = await connectsAs(bob);
			const messages = await listens(listener, 'room-messages', channel._id);
			const sent = await alice.says(unique('draft'), channel._id);
			const edited = unique('final');
			await alice.post('chat.update', { roomId: channel._id, msgId: sent._id, text: edited });
			await alice.post('chat.react', { messageId: sent._id, emoji: ':tada:' });

			await messages.first(([{ _id, msg, editedAt }]) => _id === sent._id && msg === edited && editedAt.$date, 'the edit');
			await messages.first(([{ _id, reactions }]) => _id === sent._id && reactions?.[':tada:'], 'the reaction');
		});

		test('tell of a deleted message', async () => {
			const listener = await connectsAs(bob);
			const deletions = await listens(listener, 'notify-room', `${channel._id}/deleteMessage`);
			const sent = await alice.says(unique('regretted'), channel._id);
			await alice.post('chat.delete', { roomId: channel._id, msgId: sent._id });
			await deletions.first(([{ _id }]) => _id === sent._id, 'the deletion');
		});

		test('carry typing to the others in the room, not to the typist', async () => {
			const typist = await connectsAs(alice);
			const own = await listens(typist, 'notify-room', `${channel._id}/user-activity`);
			const reader = await connectsAs(bob);
			const activity = await listens(reader, 'notify-room', `${channel._id}/user-activity`);

			await calls(typist, 'stream-notify-room', `${channel._id}/user-activity`, alice.username, ['user-typing'], {});
			await calls(reader, 'stream-notify-room', `${channel._id}/user-activity`, bob.username, ['user-typing'], {});

			const [name, activities] = await activity.first(([name]) => name === alice.username, 'the typing');
			assert.equal(name, alice.username);
			assert.deepEqual(activities, ['user-typing']);
			await own.first(([name]) => name === bob.username, 'the typing');
			assert.ok(own.items.every(([name]) => name !== alice.username));
		});

		test('tell a user of a new direct room, of what is unread there and of the message', async () => {
			const friend = await (await Person.logsIn(admin)).hires('friend');
			const listener = await connectsAs(friend);
			const subscriptions = await listens(listener, 'notify-user', `${friend.id}/subscriptions-changed`);
			const rooms = await listens(listener, 'notify-user', `${friend.id}/rooms-changed`);
			const notifications = await listens(listener, 'notify-user', `${friend.id}/notification`);

			const { room } = await alice.post('im.create', { username: friend.username });
			const text = unique('psst');
			const sent = await alice.says(text, room._id);

			const [, subscription] = await subscriptions.first(
				([, { rid, unread, alert }]) => rid === room._id && unread >= 1 && alert === true,
				'the unread direct room',
			);
			assert.equal(subscription.t, 'd');
			assert.equal(subscription.u._id, friend.id);
			await rooms.first(([, { _id, lastMessage }]) => _id === room._id && lastMessage?._id === sent._id, 'the last message');
			const [notification] = await notifications.first(([{ payload }]) => payload._id === sent._id, 'the notification');
			assert.equal(notification.payload.sender.username, alice.username);
			assert.equal(notification.payload.rid, room._id);
		});

		test('tell a user that reading cleared the count', async () => {
			const reader = await connectsAs(bob);
			const subscriptions = await listens(reader, 'notify-user', `${bob.id}/subscriptions-changed`);
			await alice.says(`@${bob.username} ${unique('look')}`, channel._id);
			const ofRoom = (check) => ([, subscription]) => subscription.rid === channel._id && check(subscription);
			await subscriptions.first(ofRoom(({ unread, userMentions }) => unread >= 1 && userMentions >= 1), 'the mention');
			const before = subscriptions.items.length;

			await bob.post('subscriptions.read', { rid: channel._id });

			const cleared = ofRoom(({ unread, alert }) => unread === 0 && alert === false);
			await subscriptions.first((item) => subscriptions.items.indexOf(item) >= before && cleared(item), 'the cleared count');
		});

		test('stay silent once stopped', async () => {
			const listener = await connectsAs(bob);
			const everything = await listens(listener, 'room-messages', '__my_messages__');
			const ofRoom = await listens(listener, 'room-messages', channel._id);
			const before = unique('before');
			await alice.says(before, channel._id);
			await ofRoom.first(said(before), before);

			const unsubscribed = new Promise((resolve) => {
				listener.client.ddp.onMessage(({ msg }) => msg === 'nosub' && resolve());
			});
			ofRoom.stop();
			await inTime(unsubscribed, 'the answer to unsub');
			const frames = new Inbox('the frames of the stopped stream');
			listener.client.ddp.onMessage(({ fields }) => fields?.eventName === channel._id && frames.push(fields));
			const afterwards = unique('afterwards');
			await alice.says(afterwards, channel._id);

			await everything.first(said(afterwards), afterwards);
			assert.deepEqual(frames.items, []);
		});

		test('of a private room are refused to strangers', async () => {
			const { group } = await alice.post('groups.create', { name: unique('closed') });
			const stranger = await connectsAs(bob);
			const refusals = new Inbox('the refusals');
			stranger.client.ddp.onMessage((frame) => frame.msg === 'nosub' && refusals.push(frame));

			const subscription = stranger.client.subscribe('stream-room-messages', group._id, { useCollection: false, args: [] });

			const refusal = await refusals.first(({ id }) => id === subscription.id, 'nosub');
			assert.equal(refusal.error.error, 'not-allowed');
		});

		test('come back by themselves after a lost connection', async () => {
			const listener = await connectsAs(bob);
			const messages = await listens(listener, 'room-messages', channel._id);
			const frames = new Inbox('the frames after the loss');
			listener.client.ddp.onMessage((frame) => frames.push(frame));

			listener.connection.ws.close();
			await frames.first(({ msg }) => msg === 'connected', 'the new connection');
			await frames.first(({ msg }) => msg === 'ready', 'the renewed subscription');
			const text = unique('back again');
			await alice.says(text, channel._id);

			await messages.first(said(text), text);
		});
	});

	test('its REST half uses the login of the connection', async () => {
		const sdk = await connectsAs(alice);
		const text = unique('by rest');
		const { message } = await inTime(
			sdk.rest.post('/v1/chat.sendMessage', { message: { rid: channel._id, msg: text } }),
			'the sent message',
		);
		assert.equal(message.msg, text);
		assert.equal(message.u._id, alice.id);
	});
});
