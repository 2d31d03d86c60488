"""Files in an S3-compatible store that others wrote."""

import io
import os

import boto3
import pytest
import requests
from conftest import unique
from moto.server import ThreadedMotoServer

KEYS = {"aws_access_key_id": "an-access-key", "aws_secret_access_key": "a-secret-key", "region_name": "us-east-1"}


@pytest.fixture(scope="module")
def bucket(admin):
    """A bucket that the server keeps new files in for as long as this module runs."""
    store = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    store.start()
    host, port = store.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    bucket = boto3.resource("s3", endpoint_url=endpoint, **KEYS).Bucket(unique("bucket"))
    bucket.create()
    chosen = {
        "FileUpload_S3_Bucket": bucket.name,
        "FileUpload_S3_Region": KEYS["region_name"],
        "FileUpload_S3_AWSAccessKeyId": KEYS["aws_access_key_id"],
        "FileUpload_S3_AWSSecretAccessKey": KEYS["aws_secret_access_key"],
        "FileUpload_S3_BucketURL": endpoint,
        "FileUpload_S3_ForcePathStyle": True,
        "FileUpload_Storage_Type": "AmazonS3",
    }
    before = {name: admin.settings_get(name)["value"] for name in chosen}
    for name, value in chosen.items():
        assert admin.settings_update(name, value)["success"]
    yield bucket
    for name, value in before.items():
        assert admin.settings_update(name, value)["success"]
    store.stop()


def sends(person, room_id, content):
    file = ("measurements.bin", io.BytesIO(content), "application/octet-stream")
    uploaded = person.rocket.rooms_media(room_id, file)["file"]
    return uploaded, person.rocket.rooms_media_confirm(room_id, uploaded["_id"])["message"]


def fetches(person, server_url, path, **headers):
    login = {"X-User-Id": person.id, "X-Auth-Token": person.rocket.headers["X-Auth-Token"]}
    return requests.get(server_url + path, headers={**login, **headers}, timeout=20)


# One that is sent whole, and one that is sent in parts.
@pytest.mark.parametrize("size", [100_000, 20_000_000])
def test_file_is_kept_in_the_bucket_and_comes_back(alice, bob, bucket, server_url, size):
    content = os.urandom(size)
    room_id = alice.creates_group(members=[bob])["_id"]
    known = {item.key for item in bucket.objects.all()}
    uploaded, _ = sends(alice, room_id, content)
    kept = [item for item in bucket.objects.all() if item.key not in known]
    assert [item.size for item in kept] == [size]

    whole = fetches(bob, server_url, uploaded["url"])
    assert (whole.status_code, whole.content == content) == (200, True)
    rest = fetches(bob, server_url, uploaded["url"], Range=f"bytes={size - 10}-")
    assert (rest.status_code, rest.content) == (206, content[-10:])


def test_stranger_gets_nothing_out_of_the_bucket(alice, hire, bucket, server_url):
    uploaded, _ = sends(alice, alice.creates_group()["_id"], b"private")
    assert fetches(hire("mallory"), server_url, uploaded["url"]).status_code == 403


def test_files_from_before_stay_where_they_are(alice, admin, bucket, server_url):
    room_id = alice.creates_group()["_id"]
    in_bucket, _ = sends(alice, room_id, b"in the bucket")
    assert admin.settings_update("FileUpload_Storage_Type", "FileSystem")["success"]
    on_disk, _ = sends(alice, room_id, b"on the disk")
    assert admin.settings_update("FileUpload_Storage_Type", "AmazonS3")["success"]
    assert fetches(alice, server_url, in_bucket["url"]).content == b"in the bucket"
    assert fetches(alice, server_url, on_disk["url"]).content == b"on the disk"
