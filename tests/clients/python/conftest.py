"""People to act as, on the server that GANTRY_URL names."""

import os
import secrets
from dataclasses import dataclass

import pytest
from rocketchat_API.rocketchat import RocketChat

URL = os.environ.get("GANTRY_URL", "http://127.0.0.1:3000").rstrip("/")
ADMIN_USER = os.environ.get("GANTRY_ADMIN_USER", "admin")
ADMIN_PASSWORD = os.environ.get("GANTRY_ADMIN_PASSWORD", "admin-password")


def unique(prefix: str) -> str:
    """A name that no other run has used on this server."""
    return f"{prefix}-{secrets.token_hex(6)}"


@dataclass
class Person:
    """A user of this run and their logged-in REST client."""

    id: str
    username: str
    password: str
    rocket: RocketChat

    def creates_channel(self, prefix="channel", members=()):
        names = [member.username for member in members]
        return self.rocket.channels_create(unique(prefix), members=names)["channel"]

    def creates_group(self, prefix="group", members=()):
        names = [member.username for member in members]
        return self.rocket.groups_create(unique(prefix), members=names)["group"]

    def says(self, text, room_id, **more):
        posted = self.rocket.chat_post_message(text, room_id=room_id, **more)
        return posted["message"]


@pytest.fixture(scope="session")
def server_url():
    return URL


@pytest.fixture(scope="session")
def admin():
    return RocketChat(ADMIN_USER, ADMIN_PASSWORD, server_url=URL)


@pytest.fixture(scope="session")
def hire(admin):
    """Creates a user with a fresh name and logs in as them."""

    def hire(prefix: str) -> Person:
        username = unique(prefix)
        password = unique("password")
        created = admin.users_create(
            email=f"{username}@example.org",
            name=f"{prefix.capitalize()} of this run",
            password=password,
            username=username,
            verified=True,
        )
        rocket = RocketChat(username, password, server_url=URL)
        return Person(created["user"]["_id"], username, password, rocket)

    return hire


@pytest.fixture(scope="module")
def alice(hire):
    return hire("alice")


@pytest.fixture(scope="module")
def bob(hire):
    return hire("bob")
