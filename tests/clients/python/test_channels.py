"""Public channels, as programs on rocketchat-api manage them."""

import pytest
from conftest import unique
from rocketchat_API.APIExceptions.RocketExceptions import RocketApiException


def ids(people):
    return {person["_id"] for person in people}


def test_create_with_members(alice, bob):
    channel = alice.creates_channel(members=[bob])
    assert channel["t"] == "c"
    assert channel["u"]["username"] == alice.username
    assert ids(alice.rocket.channels_members(room_id=channel["_id"])) == {alice.id, bob.id}


def test_info_by_id_and_by_name(alice, bob):
    channel = alice.creates_channel()
    by_id = bob.rocket.channels_info(room_id=channel["_id"])["channel"]
    by_name = bob.rocket.channels_info(channel=channel["name"])["channel"]
    assert by_id["name"] == channel["name"]
    assert by_name["_id"] == channel["_id"]


def test_a_name_can_be_taken_only_once(alice):
    channel = alice.creates_channel()
    with pytest.raises(RocketApiException) as refusal:
        alice.rocket.channels_create(channel["name"])
    assert refusal.value.error_type == "error-duplicate-channel-name"


def test_list_and_joined_list(alice, bob):
    mine = alice.creates_channel()
    assert mine["_id"] in ids(bob.rocket.channels_list(count=3))
    assert mine["_id"] in ids(alice.rocket.channels_list_joined())
    assert mine["_id"] not in ids(bob.rocket.channels_list_joined())


def test_invite_kick_join_leave(alice, bob):
    channel = alice.creates_channel()
    room_id = channel["_id"]

    alice.rocket.channels_invite(room_id, bob.id)
    assert bob.id in ids(alice.rocket.channels_members(room_id=room_id))
    alice.rocket.channels_kick(room_id, bob.id)
    assert bob.id not in ids(alice.rocket.channels_members(room_id=room_id))
    bob.rocket.channels_join(room_id, "")
    assert bob.id in ids(alice.rocket.channels_members(room_id=room_id))
    bob.rocket.channels_leave(room_id)
    assert bob.id not in ids(alice.rocket.channels_members(room_id=room_id))


def test_the_last_owner_cannot_leave(alice, bob):
    channel = alice.creates_channel(members=[bob])
    with pytest.raises(RocketApiException) as refusal:
        alice.rocket.channels_leave(channel["_id"])
    assert refusal.value.error_type == "error-you-are-last-owner"


def test_texts_about_the_channel(alice):
    room_id = alice.creates_channel()["_id"]
    assert alice.rocket.channels_set_topic(room_id, "release 1")["topic"] == "release 1"
    alice.rocket.channels_set_description(room_id, "everything about it")
    alice.rocket.channels_set_announcement(room_id, "frozen on Friday")

    channel = alice.rocket.channels_info(room_id=room_id)["channel"]
    assert channel["topic"] == "release 1"
    assert channel["description"] == "everything about it"
    assert channel["announcement"] == "frozen on Friday"


def test_rename(alice):
    channel = alice.creates_channel()
    name = unique("renamed")
    assert alice.rocket.channels_rename(channel["_id"], name)["channel"]["name"] == name
    assert alice.rocket.channels_info(channel=name)["channel"]["_id"] == channel["_id"]


def test_read_only_lets_only_the_owner_write(alice, bob):
    room_id = alice.creates_channel(members=[bob])["_id"]
    assert alice.rocket.channels_set_read_only(room_id, True)["channel"]["ro"] is True
    with pytest.raises(RocketApiException):
        bob.says("may I?", room_id)
    assert alice.says("I may", room_id)["msg"] == "I may"


def test_moderators_and_owners(alice, bob):
    room_id = alice.creates_channel(members=[bob])["_id"]
    alice.rocket.channels_add_moderator(room_id, bob.id)
    moderators = alice.rocket.channels_moderators(room_id=room_id)["moderators"]
    assert ids(moderators) == {bob.id}
    alice.rocket.channels_remove_moderator(room_id, bob.id)
    assert alice.rocket.channels_moderators(room_id=room_id)["moderators"] == []

    alice.rocket.channels_add_owner(room_id, user_id=bob.id)
    roles = alice.rocket.channels_roles(room_id=room_id)["roles"]
    assert "owner" in next(role for role in roles if role["u"]["_id"] == bob.id)["roles"]


def test_set_type_makes_it_private(alice, bob):
    room_id = alice.creates_channel()["_id"]
    alice.rocket.channels_set_type(room_id, "p")
    assert alice.rocket.groups_info(room_id=room_id)["group"]["t"] == "p"
    with pytest.raises(RocketApiException):
        bob.rocket.channels_info(room_id=room_id)


def test_history_pages_through_everything_newest_first(alice):
    room_id = alice.creates_channel()["_id"]
    said = [f"message {number}" for number in range(7)]
    for text in said:
        alice.says(text, room_id)

    history = [message["msg"] for message in alice.rocket.channels_history(room_id, count=3)]

    assert [text for text in history if text in said] == said[::-1]


def test_history_between_two_times(alice):
    room_id = alice.creates_channel()["_id"]
    first, second, third = (alice.says(text, room_id) for text in ("one", "two", "three"))
    history = alice.rocket.channels_history(
        room_id, oldest=first["ts"], latest=third["ts"], inclusive="true"
    )
    texts = [message["msg"] for message in history]
    assert "two" in texts and texts.index("three") < texts.index("two") < texts.index("one")
    assert second["msg"] == "two"


def test_hide_and_open(alice):
    room_id = alice.creates_channel()["_id"]

    def is_open():
        return alice.rocket.subscriptions_get_one(room_id)["subscription"]["open"]

    alice.rocket.channels_close(room_id)
    assert is_open() is False
    alice.rocket.channels_open(room_id)
    assert is_open() is True


def test_counters(alice, bob):
    room_id = alice.creates_channel(members=[bob])["_id"]
    alice.says("unread", room_id)
    counters = bob.rocket.channels_counters(room_id=room_id)
    assert counters["joined"] is True
    assert counters["members"] == 2
    assert counters["msgs"] >= 1


def test_delete(alice):
    channel = alice.creates_channel()
    alice.rocket.channels_delete(room_id=channel["_id"])
    with pytest.raises(RocketApiException) as refusal:
        alice.rocket.channels_info(room_id=channel["_id"])
    assert refusal.value.error_type == "error-room-not-found"
