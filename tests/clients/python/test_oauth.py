"""An application that acts for a person, written with requests-oauthlib."""

import os

import pytest
import requests
from conftest import unique
from requests_oauthlib import OAuth2Session

BACK = "https://app.example/back"


@pytest.fixture(scope="module", autouse=True)
def plain_http():
    # The library insists on TLS; the server under test has none.
    os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
    yield
    del os.environ["OAUTHLIB_INSECURE_TRANSPORT"]


@pytest.fixture(scope="module")
def app(admin):
    wish = {"name": unique("app"), "active": True, "redirectUri": BACK}
    application = admin.call_api_post("oauth-apps.create", **wish)["application"]
    yield application
    admin.call_api_post("oauth-apps.delete", appId=application["_id"])


@pytest.fixture
def allowed(app, alice, server_url):
    """A session of the application after alice has allowed it, with the address that she came back to."""
    session = OAuth2Session(app["clientId"], redirect_uri=BACK, pkce="S256")
    url, _state = session.authorization_url(f"{server_url}/oauth/authorize")
    assert app["name"] in requests.get(url, timeout=10).text
    decision = {"allow": "yes", "token": alice.rocket.headers["X-Auth-Token"]}
    answer = requests.post(url, data=decision, allow_redirects=False, timeout=10)
    assert answer.status_code == 302
    return session, answer.headers["Location"]


def test_an_application_reads_as_the_person_who_allowed_it(app, allowed, alice, server_url):
    session, back = allowed
    session.fetch_token(
        f"{server_url}/oauth/token", authorization_response=back, client_secret=app["clientSecret"]
    )
    assert session.get(f"{server_url}/oauth/userinfo").json()["sub"] == alice.id
    assert session.get(f"{server_url}/api/v1/me").json()["username"] == alice.username


def test_tokens_are_renewed(app, allowed, server_url):
    session, back = allowed
    secret = {"client_id": app["clientId"], "client_secret": app["clientSecret"]}
    first = session.fetch_token(
        f"{server_url}/oauth/token", authorization_response=back, client_secret=app["clientSecret"]
    )
    second = session.refresh_token(f"{server_url}/oauth/token", **secret)
    assert second["access_token"] != first["access_token"]
    old = {"Authorization": f"Bearer {first['access_token']}"}
    assert requests.get(f"{server_url}/oauth/userinfo", headers=old, timeout=10).status_code == 401
    assert session.get(f"{server_url}/oauth/userinfo").status_code == 200


def test_a_code_without_its_verifier_is_worth_nothing(app, allowed, server_url):
    _session, back = allowed
    thief = OAuth2Session(app["clientId"], redirect_uri=BACK)
    with pytest.raises(Exception, match="invalid_grant"):
        thief.fetch_token(
            f"{server_url}/oauth/token",
            authorization_response=back,
            client_secret=app["clientSecret"],
            state=back.split("state=")[1],
        )
