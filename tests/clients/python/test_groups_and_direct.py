"""Private groups and direct messages."""

import pytest
from conftest import unique
from rocketchat_API.APIExceptions.RocketExceptions import RocketApiException


def ids(things):
    return {thing["_id"] for thing in things}


def test_group_is_seen_by_its_members_only(alice, bob):
    group = alice.creates_group()
    assert group["t"] == "p"
    assert group["_id"] in ids(alice.rocket.groups_list())
    assert group["_id"] not in ids(bob.rocket.groups_list())
    with pytest.raises(RocketApiException) as refusal:
        bob.rocket.groups_info(room_id=group["_id"])
    assert refusal.value.error_type == "error-room-not-found"


def test_group_invite_and_kick(alice, bob):
    room_id = alice.creates_group()["_id"]
    alice.rocket.groups_invite(room_id, bob.id)
    assert bob.id in ids(bob.rocket.groups_members(room_id=room_id))
    alice.rocket.groups_kick(room_id, bob.id)
    with pytest.raises(RocketApiException):
        list(bob.rocket.groups_history(room_id))


def test_group_history_topic_and_rename(alice, bob):
    room_id = alice.creates_group(members=[bob])["_id"]
    alice.says("between us", room_id)
    alice.rocket.groups_set_topic(room_id, "secrets")
    name = unique("renamed")
    alice.rocket.groups_rename(room_id, name)

    assert "between us" in [message["msg"] for message in bob.rocket.groups_history(room_id)]
    info = bob.rocket.groups_info(room_name=name)["group"]
    assert info["_id"] == room_id
    assert info["topic"] == "secrets"


def test_group_delete(alice, bob):
    room_id = alice.creates_group(members=[bob])["_id"]
    alice.rocket.groups_delete(room_id=room_id)
    assert room_id not in ids(bob.rocket.groups_list())


def test_direct_room_is_the_same_from_both_sides(alice, bob):
    room = alice.rocket.dm_create(bob.username)["room"]
    same = bob.rocket.dm_create(alice.username)["room"]
    assert same["_id"] == room["_id"]
    assert room["t"] == "d"
    assert room["_id"] in ids(bob.rocket.dm_list())
    assert ids(bob.rocket.dm_members(room["_id"])) == {alice.id, bob.id}


def test_direct_messages_are_read_by_the_two_only(alice, bob, hire):
    room_id = alice.rocket.dm_create(bob.username)["room"]["_id"]
    text = unique("private")
    alice.says(text, room_id)
    assert text in [message["msg"] for message in bob.rocket.dm_history(room_id)]
    assert text in [message["msg"] for message in bob.rocket.dm_messages(room_id=room_id)]
    eve = hire("eve")
    with pytest.raises(RocketApiException):
        list(eve.rocket.dm_history(room_id))


def test_direct_room_for_three(alice, bob, hire):
    carol = hire("carol")
    room = alice.rocket.dm_create_multiple([bob.username, carol.username])["room"]
    assert set(room["usernames"]) == {alice.username, bob.username, carol.username}


def test_direct_room_can_be_hidden_and_opened(alice, bob):
    room_id = alice.rocket.dm_create(bob.username)["room"]["_id"]
    alice.rocket.dm_close(room_id)
    assert alice.rocket.subscriptions_get_one(room_id)["subscription"]["open"] is False
    alice.rocket.dm_open(room_id)
    assert alice.rocket.subscriptions_get_one(room_id)["subscription"]["open"] is True


def test_posting_to_a_name_opens_the_direct_room(alice, bob):
    text = unique("by name")
    posted = alice.rocket.chat_post_message(text, channel=f"@{bob.username}")
    assert text in [message["msg"] for message in bob.rocket.dm_history(posted["message"]["rid"])]
