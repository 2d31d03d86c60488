"""Settings, roles, rooms as a whole and searching for people."""

import pytest
from rocketchat_API.APIExceptions.RocketExceptions import RocketApiException


def test_public_settings_need_no_login(server_url):
    from rocketchat_API.rocketchat import RocketChat

    guest = RocketChat(server_url=server_url)
    settings = {setting["_id"]: setting for setting in guest.settings_public(count=100)}
    assert "Site_Name" in settings
    assert len(settings) > 100


def test_setting_is_read_and_changed_by_the_administrator(admin):
    before = admin.settings_get("Message_MaxAllowedSize")["value"]
    try:
        admin.settings_update("Message_MaxAllowedSize", before + 1)
        assert admin.settings_get("Message_MaxAllowedSize")["value"] == before + 1
    finally:
        admin.settings_update("Message_MaxAllowedSize", before)


def test_settings_are_closed_to_users(alice):
    with pytest.raises(RocketApiException):
        alice.rocket.settings_update("Site_Name", "Mine")
    with pytest.raises(RocketApiException):
        alice.rocket.settings_get("SMTP_Password")


def test_settings_are_listed_for_the_administrator(admin):
    ids = [setting["_id"] for setting in admin.settings(count=50)]
    assert len(ids) == len(set(ids))
    assert "Site_Url" in ids


def test_roles_and_permissions(admin):
    roles = {role["_id"] for role in admin.roles_list()["roles"]}
    assert {"admin", "user", "owner", "moderator", "bot", "guest"} <= roles
    permissions = {entry["_id"]: entry for entry in admin.permissions_list_all()["update"]}
    assert "user" in permissions["create-c"]["roles"]


def test_rooms_are_found_by_id_and_name(alice):
    channel = alice.creates_channel()
    assert alice.rocket.rooms_info(room_id=channel["_id"])["room"]["name"] == channel["name"]
    assert alice.rocket.rooms_info(room_name=channel["name"])["room"]["_id"] == channel["_id"]
    assert channel["_id"] in [room["_id"] for room in alice.rocket.rooms_get()["update"]]


def test_favorite(alice):
    room_id = alice.creates_channel()["_id"]
    alice.rocket.rooms_favorite(room_id=room_id, favorite=True)
    assert alice.rocket.subscriptions_get_one(room_id)["subscription"]["f"] is True


def test_discussion(alice, bob):
    parent = alice.creates_channel(members=[bob])
    discussion = alice.rocket.rooms_create_discussion(
        parent["_id"], "details", users=[bob.username]
    )["discussion"]
    assert discussion["prid"] == parent["_id"]
    assert discussion["fname"] == "details"
    assert bob.says("about the details", discussion["_id"])["rid"] == discussion["_id"]
