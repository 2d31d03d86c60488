"""Files: uploading, sending, downloading."""

import io
import os

import pytest
import requests


def fetches(person, server_url, path, **headers):
    login = {"X-User-Id": person.id, "X-Auth-Token": person.rocket.headers["X-Auth-Token"]}
    return requests.get(server_url + path, headers={**login, **headers}, timeout=20)


@pytest.fixture(scope="module")
def sent(alice, bob):
    """A file of a few megabytes that alice sent to a group with bob in it."""
    content = os.urandom(3_000_000)
    room_id = alice.creates_group(members=[bob])["_id"]
    file = ("measurements.bin", io.BytesIO(content), "application/octet-stream")
    uploaded = alice.rocket.rooms_media(room_id, file)["file"]
    message = alice.rocket.rooms_media_confirm(room_id, uploaded["_id"])["message"]
    return room_id, content, uploaded, message


def test_file_is_sent_as_a_message(bob, sent):
    room_id, content, uploaded, message = sent
    assert message["rid"] == room_id
    assert message["file"]["_id"] == uploaded["_id"]
    assert message["file"]["size"] == len(content)
    assert message["attachments"][0]["title"] == "measurements.bin"
    assert message["attachments"][0]["title_link"] == uploaded["url"]
    assert [entry["_id"] for entry in bob.rocket.groups_files(room_id=room_id)] == [uploaded["_id"]]


def test_file_is_downloaded_as_it_was(bob, sent, server_url):
    _, content, uploaded, _ = sent
    answer = fetches(bob, server_url, uploaded["url"])
    assert answer.status_code == 200
    assert answer.content == content
    assert "measurements.bin" in answer.headers["Content-Disposition"]


def test_download_can_be_resumed(bob, sent, server_url):
    _, content, uploaded, _ = sent
    answer = fetches(bob, server_url, uploaded["url"], Range="bytes=2000000-")
    assert answer.status_code == 206
    assert answer.content == content[2_000_000:]


def test_stranger_gets_no_file(hire, sent, server_url):
    _, _, uploaded, _ = sent
    assert fetches(hire("mallory"), server_url, uploaded["url"]).status_code == 403
    assert requests.get(server_url + uploaded["url"], timeout=20).status_code == 403
