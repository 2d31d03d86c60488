"""Messages and what can be done with them."""

import pytest
from conftest import unique
from rocketchat_API.APIExceptions.RocketExceptions import RocketApiException


@pytest.fixture(scope="module")
def room_id(alice, bob):
    return alice.creates_channel("messages", members=[bob])["_id"]


def message_of(person, message):
    return person.rocket.chat_get_message(message["_id"])["message"]


def ids(messages):
    return [message["_id"] for message in messages]


def test_post_by_id_and_by_name(alice, bob):
    channel = alice.creates_channel(members=[bob])
    by_id = alice.rocket.chat_post_message("by id", room_id=channel["_id"])
    by_name = alice.rocket.chat_post_message("by name", channel=f"#{channel['name']}")
    assert by_id["channel"] == channel["_id"]
    assert by_name["channel"] == f"#{channel['name']}"
    assert by_name["message"]["rid"] == channel["_id"]
    assert message_of(bob, by_name["message"])["msg"] == "by name"


def test_post_with_attachments(alice, bob, room_id):
    attachments = [{"title": "build 7", "text": "passed", "color": "#2de0a5"}]
    sent = alice.rocket.chat_post_message("done", room_id=room_id, attachments=attachments)
    stored = message_of(bob, sent["message"])
    assert stored["attachments"][0]["title"] == "build 7"


def test_send_keeps_the_chosen_id(alice, room_id):
    chosen = unique("m").replace("-", "")
    sent = alice.rocket.chat_send_message({"_id": chosen, "rid": room_id, "msg": "mine"})
    assert sent["message"]["_id"] == chosen


def test_posting_to_an_unknown_room_is_refused(alice):
    with pytest.raises(RocketApiException) as refusal:
        alice.rocket.chat_post_message("anybody?", room_id="no-such-room-here")
    assert refusal.value.status_code == 400


def test_update(alice, bob, room_id):
    sent = alice.says("tpyo", room_id)
    updated = alice.rocket.chat_update(room_id, sent["_id"], "typo")["message"]
    assert updated["msg"] == "typo"
    assert updated["editedBy"]["_id"] == alice.id
    with pytest.raises(RocketApiException):
        bob.rocket.chat_update(room_id, sent["_id"], "not yours")


def test_delete(alice, bob, room_id):
    sent = alice.says("regretted", room_id)
    with pytest.raises(RocketApiException):
        bob.rocket.chat_delete(room_id, sent["_id"])
    assert alice.rocket.chat_delete(room_id, sent["_id"])["_id"] == sent["_id"]
    with pytest.raises(RocketApiException):
        message_of(alice, sent)
    assert sent["_id"] not in ids(bob.rocket.channels_history(room_id))


def test_react_and_take_back(alice, bob, room_id):
    sent = alice.says("good news", room_id)
    bob.rocket.chat_react(sent["_id"], emoji=":tada:")
    assert message_of(alice, sent)["reactions"][":tada:"]["usernames"] == [bob.username]
    bob.rocket.chat_react(sent["_id"], emoji=":tada:")
    assert ":tada:" not in message_of(alice, sent).get("reactions", {})


def test_pin_and_unpin(alice, bob, room_id):
    sent = alice.says("keep in sight", room_id)
    alice.rocket.chat_pin_message(sent["_id"])
    assert message_of(bob, sent)["pinned"] is True
    assert sent["_id"] in ids(bob.rocket.chat_get_pinned_messages(room_id))
    alice.rocket.chat_unpin_message(sent["_id"])
    assert sent["_id"] not in ids(bob.rocket.chat_get_pinned_messages(room_id))


def test_star_is_for_oneself(alice, bob, room_id):
    sent = alice.says("for later", room_id)
    bob.rocket.chat_star_message(sent["_id"])
    assert sent["_id"] in ids(bob.rocket.chat_get_starred_messages(room_id))
    assert sent["_id"] not in ids(alice.rocket.chat_get_starred_messages(room_id))
    bob.rocket.chat_unstar_message(sent["_id"])
    assert sent["_id"] not in ids(bob.rocket.chat_get_starred_messages(room_id))


def test_thread(alice, bob, room_id):
    opening = alice.says("a question", room_id)
    replies = [
        bob.says("an answer", room_id, tmid=opening["_id"]),
        alice.says("thanks", room_id, tmid=opening["_id"]),
    ]

    assert set(ids(replies)) <= set(ids(alice.rocket.chat_get_thread_messages(opening["_id"])))
    assert opening["_id"] in ids(bob.rocket.chat_get_threads_list(room_id))
    opened = message_of(bob, opening)
    assert opened["tcount"] == 2
    assert opened["tlm"] == replies[-1]["ts"]
    assert {alice.id, bob.id} == set(opened["replies"])


def test_follow_and_unfollow_a_thread(alice, bob, hire):
    carol = hire("carol")
    room_id = alice.creates_channel(members=[bob, carol])["_id"]
    opening = alice.says("a question", room_id)
    bob.says("an answer", room_id, tmid=opening["_id"])
    carol.rocket.chat_follow_message(opening["_id"])
    assert carol.id in message_of(alice, opening)["replies"]
    carol.rocket.chat_unfollow_message(opening["_id"])
    assert carol.id not in message_of(alice, opening)["replies"]


def test_mentions(alice, bob, room_id):
    sent = alice.says(f"hello @{bob.username}", room_id)
    assert [mention["_id"] for mention in sent["mentions"]] == [bob.id]
    assert sent["_id"] in ids(bob.rocket.chat_get_mentioned_messages(room_id))
    assert sent["_id"] not in ids(alice.rocket.chat_get_mentioned_messages(room_id))


def test_search(alice, bob, room_id):
    word = unique("needle").replace("-", "")
    sent = alice.says(f"the {word} in the haystack", room_id)
    assert ids(bob.rocket.chat_search(room_id, word)) == [sent["_id"]]


def test_reading_clears_and_unread_restores_the_mark(alice, bob):
    # A room of its own: unread threads would keep the alert.
    room_id = alice.creates_channel(members=[bob])["_id"]
    alice.says(f"@{bob.username} look", room_id)

    def mark():
        return bob.rocket.subscriptions_get_one(room_id)["subscription"]

    assert mark()["alert"] is True
    assert mark()["userMentions"] >= 1
    bob.rocket.subscriptions_read(room_id)
    assert (mark()["alert"], mark()["unread"]) == (False, 0)
    bob.rocket.subscriptions_unread(room_id)
    assert mark()["alert"] is True


def test_subscriptions_list_what_one_is_in(alice, room_id):
    update = alice.rocket.subscriptions_get()["update"]
    own = next(entry for entry in update if entry["rid"] == room_id)
    assert own["u"]["_id"] == alice.id
    assert own["t"] == "c"
