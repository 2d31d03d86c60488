// A bot written with @rocket.chat/sdk: the driver (Realtime API) and its REST half.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { admin, Inbox, inTime, Person, serverHost, serverUrl, unique } from './support.js';

// The package reads its settings while it is loaded.
process.env.ROCKETCHAT_URL = serverUrl;
const { default: sdk } = await import('@rocket.chat/sdk');
const { api, driver } = sdk;

const quiet = () => {};
driver.useLog({ debug: quiet, info: quiet, warn: quiet, warning: quiet, error: quiet });

describe('a bot on @rocket.chat/sdk', () => {
	const heard = new Inbox('the messages that the bot hears');
	let alice;
	let bot;
	let channel;
	let owner;

	before(async () => {
		owner = await Person.logsIn(admin);
		alice = await owner.hires('alice');
		bot = await owner.hires('bot', ['bot']);
		channel = await owner.createsChannel('bots', [alice]);

		await driver.connect({ host: serverHost, useSsl: false });
		const userId = await inTime(
			driver.login({ username: bot.username, password: bot.password }),
			'the login of the bot',
		);
		assert.equal(userId, bot.id);
		await inTime(driver.joinRooms([channel.name]), 'joining the room');
		await inTime(driver.subscribeToMessages(), 'the message subscription');
		driver.reactToMessages((error, message, meta) => heard.push({ error, message, meta }));
	});

	after(async () => {
		if (!driver.asteroid) return;
		await inTime(driver.disconnect(), 'the logout');
		// The package has no call that closes its socket, and would reconnect for ever.
		driver.asteroid.ddp._autoreconnect = false;
		driver.asteroid.ddp._socket.close();
	});

	test('joins the room by its name', async () => {
		const { members } = await alice.get('channels.members', { roomId: channel._id });
		assert.ok(members.some((member) => member._id === bot.id));
	});

	test('resolves rooms both ways', async () => {
		assert.equal(await inTime(driver.getRoomId(channel.name), 'the room id'), channel._id);
		assert.equal(await inTime(driver.getRoomId(channel._id), 'the room id'), channel._id);
		assert.equal(await inTime(driver.getRoomName(channel._id), 'the room name'), channel.name);
	});

	test('hears what others say, with what it is to know of the room', async () => {
		const text = unique('hello');
		const sent = await alice.says(text, channel._id);

		const { error, message, meta } = await heard.first((item) => item.message.msg === text, text);

		assert.equal(error, null);
		assert.equal(message._id, sent._id);
		assert.equal(message.rid, channel._id);
		assert.equal(message.u.username, alice.username);
		assert.equal(message.ts.$date, Date.parse(sent.ts));
		assert.equal(meta.roomType, 'c');
		assert.equal(meta.roomParticipant, true);
		assert.equal(meta.roomName, channel.name);
	});

	test('hears messages in the order in which they were said', async () => {
		const said = Array.from({ length: 10 }, (_, index) => `${unique('count')} ${index}`);
		for (const text of said) await alice.says(text, channel._id);

		const ofThese = ({ message }) => said.includes(message.msg);
		const items = await heard.atLeast(said.length, ofThese);

		assert.deepEqual(
			items.map(({ message }) => message.msg),
			said,
		);
	});

	test('answers in the room', async () => {
		const text = unique('pong');
		const answer = await inTime(driver.sendToRoom(text, channel.name), 'the answer of sendMessage');

		assert.equal(answer.rid, channel._id);
		assert.equal(answer.u._id, bot.id);
		const { message } = await alice.get('chat.getMessage', { msgId: answer._id });
		assert.equal(message.msg, text);
		assert.equal(message.bot.i, 'js.SDK');
	});

	test('sends a list of lines as one message each', async () => {
		const lines = [unique('one'), unique('two')];
		const answers = await inTime(driver.sendToRoomId(lines, channel._id), 'both answers');
		assert.deepEqual(
			answers.map((answer) => answer.msg),
			lines,
		);
	});

	test('sends a prepared message, edits it and reacts to it', async () => {
		const prepared = driver.prepareMessage(
			{ msg: unique('prepared') },
			channel._id,
		);
		const sent = await inTime(driver.sendMessage(prepared), 'the sent message');
		const edited = unique('edited');
		await inTime(driver.editMessage({ _id: sent._id, rid: channel._id, msg: edited }), 'the edit');
		await inTime(driver.setReaction(':thumbsup:', sent._id), 'the reaction');

		const { message } = await alice.get('chat.getMessage', { msgId: sent._id });
		assert.equal(message.msg, edited);
		assert.equal(message.editedBy.username, bot.username);
		assert.deepEqual(message.reactions[':thumbsup:'].usernames, [bot.username]);
	});

	test('talks to one person in private, and hears the answer', async () => {
		const whisper = unique('whisper');
		const sent = await inTime(driver.sendDirectToUser(whisper, alice.username), 'the direct message');
		const { messages } = await alice.get('im.history', { roomId: sent.rid });
		assert.ok(messages.some((message) => message.msg === whisper));

		const answer = unique('answer');
		await alice.says(answer, sent.rid);
		const { meta } = await heard.first((item) => item.message.msg === answer, answer);
		assert.equal(meta.roomType, 'd');
	});

	test('responds only to what others say in its rooms', async () => {
		const responses = new Inbox('the messages that respondToMessages passes on');
		await driver.respondToMessages((error, message) => responses.push({ error, message }));
		await inTime(driver.sendToRoom(unique('own'), channel.name), 'its own message');

		const text = unique('question');
		await alice.says(text, channel._id);

		const { message } = await responses.first((item) => item.message.msg === text, text);
		assert.equal(message.u._id, alice.id);
		assert.ok(responses.items.every((item) => item.message.u._id !== bot.id));
	});

	test('does not hear rooms that it is not in', async () => {
		const elsewhere = await owner.createsChannel('elsewhere', [alice]);
		const secret = unique('secret');
		await alice.says(secret, elsewhere._id);
		const barrier = unique('barrier');
		await alice.says(barrier, channel._id);

		await heard.first((item) => item.message.msg === barrier, barrier);
		const overheard = heard.items.find((item) => item.message.msg === secret);
		assert.notEqual(overheard?.meta.roomParticipant, true);
	});

	test('is told when a method refuses', async () => {
		const strangers = await alice.post('groups.create', { name: unique('strangers') });
		const call = driver.asteroid.call('sendMessage', { rid: strangers.group._id, msg: 'let me in' });
		// The package rejects this promise too, and its own helpers leave it unhandled.
		call.updated.catch(() => {});
		await assert.rejects(
			inTime(call.result, 'the refusal'),
			(error) => typeof error.error === 'string' && !error.message.startsWith('not within'),
		);
	});

	test('leaves the room', async () => {
		const shortLived = await owner.createsChannel('short-lived', [alice]);
		await inTime(driver.joinRoom(shortLived._id), 'joining');
		await inTime(driver.leaveRoom(shortLived._id), 'leaving');

		const { members } = await alice.get('channels.members', { roomId: shortLived._id });
		assert.ok(members.every((member) => member._id !== bot.id));
	});
});

describe('the REST half of @rocket.chat/sdk', () => {
	test('logs in, reads and posts', async () => {
		const owner = await Person.logsIn(admin);
		const bot = await owner.hires('rest-bot', ['bot']);
		const channel = await owner.createsChannel('rest-bots', [bot]);

		const login = await inTime(api.login({ username: bot.username, password: bot.password }), 'the login');
		assert.equal(login.status, 'success');
		assert.equal(login.data.userId, bot.id);

		const me = await inTime(api.get('me'), 'me');
		assert.equal(me.username, bot.username);

		const text = unique('posted');
		const posted = await inTime(api.post('chat.postMessage', { roomId: channel._id, text }), 'the post');
		assert.equal(posted.message.msg, text);
		assert.equal(posted.channel, channel._id);
	});
});
