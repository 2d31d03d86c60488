"""A program on rocketchat-async: the Realtime API from Python."""

import asyncio
import contextlib
import functools

import pytest
from conftest import unique
from rocketchat_async import RocketChat

PATIENCE_SECONDS = 20


@pytest.fixture(scope="session")
def socket_url(server_url):
    return server_url.replace("http", "ws", 1) + "/websocket"


def in_time(test):
    """Runs an asynchronous test; what never comes is a failure, not a hang."""

    @functools.wraps(test)
    def run(*args, **kwargs):
        async def limited():
            async with asyncio.timeout(PATIENCE_SECONDS):
                await test(*args, **kwargs)

        asyncio.run(limited())

    return run


@contextlib.asynccontextmanager
async def connection(socket_url, person):
    rocket = RocketChat()
    await rocket.start(socket_url, person.username, person.password)
    try:
        yield rocket
    finally:
        await disconnect(rocket)


async def disconnect(rocket):
    """The package has no call for it: end its two tasks and the socket with them."""
    tasks = [rocket.dispatch_task, rocket._ws_connection_task]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def collect():
    """A queue, and a callback that puts its arguments there."""
    queue = asyncio.Queue()
    return queue, lambda *args: queue.put_nowait(args)


async def first(queue, matches):
    while True:
        args = await queue.get()
        if matches(*args):
            return args


@in_time
async def test_login_with_password(socket_url, alice):
    async with connection(socket_url, alice) as rocket:
        assert rocket.user_id == alice.id


@in_time
async def test_login_with_a_wrong_password_is_refused(socket_url, alice):
    rocket = RocketChat()
    with pytest.raises(RuntimeError):
        await rocket.start(socket_url, alice.username, "wrong")
    await disconnect(rocket)


@in_time
async def test_resume_with_a_token(socket_url, alice):
    rocket = RocketChat()
    token = alice.rocket.headers["X-Auth-Token"]
    await rocket.resume(socket_url, alice.username, token)
    assert rocket.user_id == alice.id
    await disconnect(rocket)


@in_time
async def test_lists_the_rooms_that_one_is_in(socket_url, alice, bob):
    channel = alice.creates_channel()
    room = alice.rocket.dm_create(bob.username)["room"]
    async with connection(socket_url, alice) as rocket:
        rooms = await rocket.get_channels()
    assert (channel["_id"], "c") in rooms
    assert (room["_id"], "d") in rooms


@in_time
async def test_hears_what_is_said_in_order(socket_url, alice, bob):
    room_id = alice.creates_channel(members=[bob])["_id"]
    async with connection(socket_url, bob) as reader, connection(socket_url, alice) as writer:
        heard, on_message = collect()
        await reader.subscribe_to_channel_messages(room_id, on_message)
        # The package does not wait for `ready`; frames are handled in order.
        await reader.get_channels()
        said = [f"{unique('line')} {number}" for number in range(10)]
        for text in said:
            await writer.send_message(text, room_id)

        received = [await heard.get() for _ in said]

    assert [message[4] for message in received] == said
    channel_id, sender_id, message_id, thread_id, *_ = received[0]
    assert (channel_id, sender_id, thread_id) == (room_id, alice.id, None)
    assert message_id


@in_time
async def test_threads_and_reactions(socket_url, alice, bob):
    room_id = alice.creates_channel(members=[bob])["_id"]
    opening = alice.says("a question", room_id)
    async with connection(socket_url, bob) as rocket:
        heard, on_message = collect()
        await rocket.subscribe_to_channel_messages_raw(room_id, on_message)
        await rocket.send_message("an answer", room_id, thread_id=opening["_id"])
        await first(heard, lambda message: message.get("tmid") == opening["_id"])
        await rocket.send_reaction(opening["_id"], ":thumbsup:")
        await first(heard, lambda message: ":thumbsup:" in message.get("reactions", {}))
    stored = alice.rocket.chat_get_message(opening["_id"])["message"]
    assert stored["reactions"][":thumbsup:"]["usernames"] == [bob.username]
    assert stored["tcount"] == 1


@in_time
async def test_is_told_of_new_rooms(socket_url, alice, bob):
    async with connection(socket_url, bob) as rocket:
        changes, on_change = collect()
        await rocket.subscribe_to_channel_changes(on_change)
        await rocket.get_channels()
        channel = await asyncio.to_thread(alice.creates_channel, members=[bob])
        await first(changes, lambda room_id, kind: (room_id, kind) == (channel["_id"], "c"))


@in_time
async def test_typing_is_answered(socket_url, alice):
    room_id = alice.creates_channel()["_id"]
    async with connection(socket_url, alice) as rocket:
        await rocket.send_typing_event(room_id)
        await rocket.send_typing_event(room_id, thread_id=alice.says("open", room_id)["_id"])


@in_time
async def test_unsubscribed_means_silent(socket_url, alice, bob):
    room_id = alice.creates_channel(members=[bob])["_id"]
    async with connection(socket_url, bob) as rocket:
        heard, on_message = collect()
        subscription = await rocket.subscribe_to_channel_messages_raw(room_id, on_message)
        await rocket.send_message("before", room_id)
        await first(heard, lambda message: message["msg"] == "before")
        await rocket.unsubscribe(subscription)
        # The answer to a later call comes after what the earlier ones caused.
        await rocket.send_message("after", room_id)
        await rocket.get_channels()
        texts = [heard.get_nowait()[0]["msg"] for _ in range(heard.qsize())]
    assert "after" not in texts
