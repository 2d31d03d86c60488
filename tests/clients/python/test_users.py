"""Users, as programs on rocketchat-api manage them."""

import pytest
from conftest import unique
from rocketchat_API.APIExceptions.RocketExceptions import (
    RocketApiException,
    RocketAuthenticationException,
)
from rocketchat_API.rocketchat import RocketChat


def test_login_says_who_one_is(alice):
    me = alice.rocket.me()
    assert me["_id"] == alice.id
    assert me["username"] == alice.username
    assert me["roles"] == ["user"]


def test_login_by_email(alice, server_url):
    rocket = RocketChat(
        f"{alice.username}@example.org", alice.password, server_url=server_url
    )
    assert rocket.me()["_id"] == alice.id


def test_login_with_a_token(alice, server_url):
    rocket = RocketChat(
        auth_token=alice.rocket.headers["X-Auth-Token"],
        user_id=alice.id,
        server_url=server_url,
    )
    assert rocket.me()["_id"] == alice.id


def test_login_with_a_wrong_password_is_refused(alice, server_url):
    with pytest.raises(RocketAuthenticationException):
        RocketChat(alice.username, "wrong", server_url=server_url)


def test_logout_ends_the_token(hire):
    carol = hire("carol")
    carol.rocket.logout()
    with pytest.raises(RocketApiException) as refusal:
        carol.rocket.me()
    assert refusal.value.status_code == 401


def test_info_names_the_version(admin):
    assert admin.info()["version"]


def test_info_by_id_and_by_name(admin, alice):
    by_id = admin.users_info(user_id=alice.id)["user"]
    by_name = admin.users_info(username=alice.username)["user"]
    assert by_id["username"] == alice.username
    assert by_name["_id"] == alice.id
    assert by_id["type"] == "user"
    assert by_id["active"] is True


def test_list_has_everybody_once(admin, alice, bob):
    ids = [user["_id"] for user in admin.users_list(count=2)]
    assert len(ids) == len(set(ids))
    assert {alice.id, bob.id} <= set(ids)


def test_update_changes_the_name(admin, hire):
    carol = hire("carol")
    name = unique("Caroline")
    updated = admin.users_update(carol.id, name=name)["user"]
    assert updated["name"] == name
    assert admin.users_info(user_id=carol.id)["user"]["name"] == name


def test_deactivated_user_cannot_log_in_until_activated_again(admin, hire, server_url):
    carol = hire("carol")
    admin.users_set_active_status(carol.id, False)
    with pytest.raises(RocketAuthenticationException):
        RocketChat(carol.username, carol.password, server_url=server_url)
    admin.users_set_active_status(carol.id, True)
    assert RocketChat(carol.username, carol.password, server_url=server_url).me()


def test_deleted_user_is_gone(admin, hire):
    carol = hire("carol")
    admin.users_delete(carol.id)
    with pytest.raises(RocketApiException):
        admin.users_info(user_id=carol.id)


def test_a_name_can_be_taken_only_once(admin, alice):
    with pytest.raises(RocketApiException) as refusal:
        admin.users_create(
            email=f"{unique('other')}@example.org",
            name="Another",
            password=unique("password"),
            username=alice.username,
        )
    assert refusal.value.status_code == 400


def test_users_do_not_create_users(alice):
    with pytest.raises(RocketApiException) as refusal:
        alice.rocket.users_create(
            email=f"{unique('x')}@example.org",
            name="X",
            password=unique("password"),
            username=unique("x"),
        )
    assert refusal.value.status_code in (400, 403)


def test_register_and_log_in(server_url):
    username, password = unique("dave"), unique("password")
    guest = RocketChat(server_url=server_url)
    registered = guest.users_register(
        email=f"{username}@example.org", name="Dave", password=password, username=username
    )
    dave = RocketChat(username, password, server_url=server_url)
    assert dave.me()["_id"] == registered["user"]["_id"]


def test_status_text_and_presence(alice, bob):
    alice.rocket.users_set_status(message="at lunch", status="busy")
    assert bob.rocket.users_info(user_id=alice.id)["user"]["statusText"] == "at lunch"
    assert "presence" in bob.rocket.users_get_presence(user_id=alice.id)


def test_preferences_are_kept_and_are_ones_own(alice, bob):
    before = bob.rocket.users_get_preferences()["preferences"]
    alice.rocket.users_set_preferences(
        alice.id, {"enableAutoAway": False, "muteFocusedConversations": False}
    )
    kept = alice.rocket.users_get_preferences()["preferences"]
    assert kept["enableAutoAway"] is False
    assert kept["muteFocusedConversations"] is False
    assert alice.rocket.me()["settings"]["preferences"]["enableAutoAway"] is False
    assert bob.rocket.users_get_preferences()["preferences"] == before


def test_nobody_changes_the_preferences_of_others(alice, bob):
    with pytest.raises(RocketApiException):
        alice.rocket.users_set_preferences(bob.id, {"enableAutoAway": False})


def test_a_renamed_user_is_found_by_the_new_name_alone(admin, hire):
    carol = hire("carol")
    name = unique("caroline")
    admin.users_update(carol.id, username=name)
    assert admin.users_info(username=name)["user"]["_id"] == carol.id
    with pytest.raises(RocketApiException):
        admin.users_info(username=carol.username)


def test_a_user_who_is_gone_takes_their_messages_along(admin, alice, hire):
    carol = hire("carol")
    room = alice.creates_channel(members=[carol])
    carol.says("I was here", room["_id"])
    alice.says("so was I", room["_id"])
    admin.users_delete(carol.id)
    said = [message["msg"] for message in alice.rocket.channels_history(room["_id"])]
    assert "so was I" in said
    assert "I was here" not in said
