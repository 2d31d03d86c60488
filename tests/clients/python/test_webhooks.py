"""Webhooks: what a build server posts, and what a bot's own server receives."""

import json
import queue
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from conftest import unique


@pytest.fixture(scope="module")
def channel(admin):
    return admin.channels_create(unique("hooks"))["channel"]


def texts(admin, channel):
    return [message["msg"] for message in admin.channels_history(channel["_id"])]


@pytest.fixture
def receiver(admin):
    """An HTTP server of the bot's, which answers every call with a message."""
    calls = queue.Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            calls.put(json.loads(body))
            answer = json.dumps({"text": "heard you"}).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    # The administrator has to say that this machine may be called.
    admin.settings_update("SSRF_Allowlist", "127.0.0.1")
    yield f"http://127.0.0.1:{server.server_port}/", calls
    admin.settings_update("SSRF_Allowlist", "")
    server.shutdown()
    server.server_close()


def test_curl_posts_a_message(admin, server_url, channel):
    hook = admin.integrations_create(
        "webhook-incoming", "builds", True, "rocket.cat", f"#{channel['name']}", False
    )["integration"]
    done = subprocess.run(
        [
            "curl",
            "-sS",
            "-X",
            "POST",
            "-H",
            "Content-Type: application/json",
            "--data",
            json.dumps({"text": "build 7 passed", "alias": "builds"}),
            f"{server_url}/hooks/{hook['_id']}/{hook['token']}",
        ],
        capture_output=True,
        check=True,
        text=True,
    )
    assert json.loads(done.stdout) == {"success": True}
    assert "build 7 passed" in texts(admin, channel)
    removed = admin.integrations_remove("webhook-incoming", hook["_id"])
    assert removed["integration"]["_id"] == hook["_id"]


def test_a_server_is_called_and_its_answer_is_posted(admin, channel, receiver):
    url, calls = receiver
    hook = admin.integrations_create(
        "webhook-outgoing",
        "echo",
        True,
        "rocket.cat",
        f"#{channel['name']}",
        False,
        event="sendMessage",
        urls=[url],
        triggerWords=["echo"],
        token="known",
    )["integration"]
    admin.chat_post_message("nothing for you", room_id=channel["_id"])
    admin.chat_post_message("echo, please", room_id=channel["_id"])
    call = calls.get(timeout=30)
    assert call["text"] == "echo, please"
    assert call["trigger_word"] == "echo"
    assert call["token"] == "known"
    assert call["channel_name"] == channel["name"]
    wait = threading.Event()
    for _ in range(100):
        if "heard you" in texts(admin, channel):
            break
        wait.wait(0.1)
    assert "heard you" in texts(admin, channel)
    history = list(admin.integrations_history(hook["_id"]))
    assert history[0]["event"] == "sendMessage"
    assert calls.empty()
