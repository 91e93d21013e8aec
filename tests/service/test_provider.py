"""What a provider says is believed only if it is the provider, for this service, of now and for this login."""

from __future__ import annotations

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from twicetold.errors import DependencyUnavailable, LoginRefused, SettingInvalid
from twicetold.platform.secret import Secret
from twicetold.service.login import Login
from twicetold.service.provider import Provider

NOW = 1_800_000_000
KEYS = [RSAKey.generate_key(2048, {"kid": name, "use": "sig"}) for name in ("first", "second")]


class Forger:
    """Something that answers like a provider, and signs whatever it is told to.

    Attributes:
        shown: The keys that it shows.
        answers: What it answers, by path: status and content; instead of what is right.
        asked: What it was asked, by path.
    """

    def __init__(self):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        self.shown, self.answers, self.asked, self.key = KEYS[:1], {}, {}, KEYS[0]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def sign(self, header=None, key=None, **claims):
        right = {"iss": self.issuer, "sub": "1", "aud": "me", "exp": NOW + 300, "iat": NOW, "nonce": "n"}
        said = {name: value for name, value in (right | {"email": "ann@x"} | claims).items() if value is not None}
        header = {"alg": "RS256", "kid": self.key.kid} | (header or {})
        token = jwt.encode(header, said, key or self.key, algorithms=["RS256", "HS256"])
        self.answers["/token"] = 200, {"id_token": token, "access_token": "a"}
        return token

    def describe(self, **more):
        places = {"authorization_endpoint": "auth", "token_endpoint": "token", "jwks_uri": "jwks"}
        places["userinfo_endpoint"] = "me"
        return {"issuer": self.issuer} | {name: f"{self.issuer}/{path}" for name, path in places.items()} | more

    def _handler(self):
        forger = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                size = int(self.headers.get("content-length", 0))
                forger.asked.setdefault(self.path, []).append((dict(self.headers), self.rfile.read(size).decode()))
                known = {
                    "/.well-known/openid-configuration": (200, forger.describe()),
                    "/jwks": (200, {"keys": [key.as_dict(private=False) for key in forger.shown]}),
                }
                status, content = (known | forger.answers).get(self.path, (404, {}))
                body = content if isinstance(content, bytes) else json.dumps(content).encode()
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", f"{forger.issuer}/elsewhere")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET  # noqa: N815

            def log_message(self, *_):
                pass

        return Handler


@pytest.fixture
def forger():
    forger = Forger()
    yield forger
    forger.server.shutdown()
    forger.server.server_close()


@pytest.fixture
def provider(forger):
    return connect(forger)


def connect(forger, clock=lambda: NOW, **more):
    discovery = f"{forger.issuer}/.well-known/openid-configuration"
    known = {"url": "https://here.example.gov", "issuer": forger.issuer, "discovery": discovery, "client_id": "me"}
    return Provider(Login(**known | {"client_secret": Secret("s:e/c")} | more), clock=clock)


def claims(provider):
    return provider.claims("code", "verifier", "n")


def test_what_the_provider_signs_is_believed(provider, forger):
    forger.sign()
    assert claims(provider)["email"] == "ann@x"
    headers, body = forger.asked["/token"][0]
    assert base64.b64decode(headers["Authorization"].removeprefix("Basic ")) == b"me:s:e/c"
    asked = {name: value for name, (value,) in parse_qs(body).items()}
    assert (asked["code"], asked["code_verifier"]) == ("code", "verifier")
    assert asked["redirect_uri"] == "https://here.example.gov/login/callback"


def half(text):
    import hashlib

    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()[:16]).decode().rstrip("=")


@pytest.mark.parametrize(
    "wrong",
    [
        {"nonce": "other"},
        {"nonce": None},
        {"nonce": ["n"]},
        {"aud": "other"},
        {"aud": None},
        {"aud": ["me", "other"]},
        {"aud": ["me", "other"], "azp": "other"},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"exp": NOW - 61},
        {"exp": None},
        {"exp": "never"},
        {"nbf": NOW + 61},
        {"iat": NOW + 3600},
        {"sub": None},
        {"at_hash": half("b")},
    ],
    ids=str,
)
def test_a_token_that_is_not_for_this_login_of_now_is_refused(provider, forger, wrong):
    forger.sign(**wrong)
    with pytest.raises(LoginRefused, match="not valid here"):
        claims(provider)


@pytest.mark.parametrize(
    "right", [{"exp": NOW - 59}, {"iat": NOW + 30}, {"aud": ["me"]}, {"at_hash": half("a")}], ids=str
)
def test_clocks_may_differ_by_a_minute(provider, forger, right):
    forger.sign(**right)
    assert claims(provider)["sub"] == "1"


def test_a_token_of_another_key_is_refused(provider, forger):
    forger.sign(key=KEYS[1])
    with pytest.raises(LoginRefused, match="bad_signature"):
        claims(provider)


def test_a_token_that_was_changed_is_refused(provider, forger):
    header, _, signature = forger.sign().split(".")
    body = base64.urlsafe_b64encode(json.dumps({"sub": "2"}).encode()).decode().rstrip("=")
    forger.answers["/token"] = 200, {"id_token": f"{header}.{body}.{signature}"}
    with pytest.raises(LoginRefused, match="bad_signature"):
        claims(provider)


@pytest.mark.filterwarnings("ignore")
def test_neither_no_signature_nor_the_public_key_as_a_secret_is_believed(provider, forger):
    _, body, _ = forger.sign().split(".")
    header = base64.urlsafe_b64encode(b'{"alg":"none","kid":"first"}').decode().rstrip("=")
    forger.answers["/token"] = 200, {"id_token": f"{header}.{body}."}
    with pytest.raises(LoginRefused):
        claims(provider)
    public = base64.b64encode(KEYS[0].as_pem(private=False))  # as JOSE libraries refuse PEM itself as a secret
    forger.sign({"alg": "HS256"}, OctKey.import_key(public))
    with pytest.raises(LoginRefused):
        claims(provider)


def test_a_key_that_the_provider_has_added_is_found_but_not_asked_for_all_the_time(forger):
    times = [NOW]
    provider = connect(forger, clock=lambda: times[0])
    forger.sign()
    claims(provider)
    forger.key, forger.shown = KEYS[1], KEYS
    forger.sign()
    with pytest.raises(LoginRefused):
        claims(provider)
    assert len(forger.asked["/jwks"]) == 1
    times[0] += 31
    assert claims(provider)["sub"] == "1"
    assert len(forger.asked["/jwks"]) == 2


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_a_private_key_signs_for_five_minutes_and_this_provider_only(forger, kind):
    from joserfc.jwk import ECKey

    key = KEYS[1] if kind == "rsa" else ECKey.generate_key("P-256")
    pem = Secret(key.as_pem(private=True).decode())
    provider = connect(forger, client_secret=Secret(""), private_key=pem)
    forger.sign()
    claims(provider)
    headers, body = forger.asked["/token"][0]
    asked = {name: value for name, (value,) in parse_qs(body).items()}
    assert "Authorization" not in headers
    assert asked["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    said = jwt.decode(asked["client_assertion"], key, algorithms=["RS256", "ES256"]).claims
    assert (said["iss"], said["sub"], said["aud"]) == ("me", "me", f"{forger.issuer}/token")
    assert said["exp"] - said["iat"] == 300
    assert len(said["jti"]) > 20


def test_a_key_that_is_none_is_refused_without_being_shown(forger):
    with pytest.raises(SettingInvalid) as raised:
        connect(forger, client_secret=Secret(""), private_key=Secret("canary"))
    assert "canary" not in str(raised.value)


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (400, {"error": "invalid_grant", "error_description": "canary"}),
        (400, {"error": "<canary>"}),
        (500, b"<html>canary</html>"),
        (200, []),
        (200, {}),
        (200, {"id_token": 1}),
        (200, {"id_token": "canary"}),
        (200, {"id_token": "a.b.c"}),
        (302, {}),
    ],
)
def test_any_other_answer_lets_nobody_in_and_is_not_repeated(provider, forger, status, content):
    forger.answers["/token"] = status, content
    with pytest.raises(LoginRefused) as raised:
        claims(provider)
    assert "canary" not in str(raised.value)
    assert "/elsewhere" not in forger.asked


@pytest.mark.parametrize(
    "content",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://evil.example/token"},
        {"token_endpoint": None},
        {"jwks_uri": "ftp://127.0.0.1/"},
    ],
)
def test_a_provider_that_describes_itself_otherwise_is_not_used(provider, forger, content):
    forger.answers["/.well-known/openid-configuration"] = 200, forger.describe(**content)
    with pytest.raises(DependencyUnavailable):
        provider.leave_for("s", "n", "v")


def test_a_provider_that_does_not_answer_is_unavailable(forger):
    provider = connect(forger, discovery="http://127.0.0.1:1/")
    with pytest.raises(DependencyUnavailable, match="does not answer"):
        provider.leave_for("s", "n", "v")


def test_who_is_not_named_in_the_token_is_asked_for(provider, forger):
    forger.sign(email=None)
    forger.answers["/me"] = 200, {"sub": "1", "email": "bob@x"}
    assert claims(provider)["email"] == "bob@x"
    forger.answers["/me"] = 200, {"sub": "2", "email": "eve@x"}
    with pytest.raises(LoginRefused):
        claims(provider)


def test_how_well_the_person_is_known_is_asked_for_where_it_is_set(forger):
    assert "acr_values" not in connect(forger).leave_for("s", "n", "v")
    assert "acr_values=urn%3Aacr.login.gov%3Aauth-only" in connect(
        forger, acr_values="urn:acr.login.gov:auth-only"
    ).leave_for("s", "n", "v")
