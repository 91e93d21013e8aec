"""The identity provider of the tests: oidc-provider, a certified one, as a process of its own on loopback."""

from __future__ import annotations

import atexit
import functools
import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urljoin
from urllib.request import urlopen

import pytest
import requests
from joserfc.jwk import RSAKey

from servers.process import HOST, Server, running

_SOURCE = Path(__file__).parent / "openid"
#: What the service is called by browsers of the tests; its clients are registered with this address only.
URL = "https://twicetold.example.gov"


class Browser:
    """A browser as far as a login needs it; the address of the service leads to a port of this machine.

    It keeps cookies of the service whatever their kind, as a browser does that came by https.

    Attributes:
        cookies: Of the service, by name.
        last: The last answer.
    """

    def __init__(self, port: int) -> None:
        self._here = f"http://{HOST}:{port}"
        self._there = requests.Session()
        self.cookies: dict[str, str] = {}
        self.last: requests.Response

    def get(self, path: str, **headers: str) -> requests.Response:
        return self.ask("GET", path, **headers)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        """Asks the service, and follows nothing."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent.setdefault("Cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        if method != "GET":
            sent = {"Origin": URL, "Sec-Fetch-Site": "same-origin"} | sent
        address = self._here + path.removeprefix(URL)
        answer = requests.request(method, address, json=body, headers=sent, allow_redirects=False, timeout=30)
        for cookie in answer.raw.headers.getlist("set-cookie"):
            name, _, value = cookie.partition(";")[0].partition("=")
            if "Max-Age=0" in cookie:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        self.last = answer
        return answer

    def go(self, path: str = "/login") -> str:
        """Begins a login; the address of the provider."""
        answer = self.get(path)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    def authorize(self, address: str, person: str) -> str:
        """Logs in at the provider; the address to come back to."""
        self._there = requests.Session()
        page = self._there.get(address, timeout=30)
        while True:
            prompt = re.search(r'name="prompt" value="(\w+)"', page.text)
            assert prompt, page.text
            typed = {"prompt": prompt[1]} | ({"login": person, "password": "x"} if prompt[1] == "login" else {})
            answer = self._there.post(page.url, typed, allow_redirects=False, timeout=30)
            while answer.is_redirect:
                address = urljoin(answer.url, answer.headers["location"])
                if address.startswith(URL):
                    return address
                answer = self._there.get(address, allow_redirects=False, timeout=30)
            page = answer

    def log_in(self, person: str, path: str = "/login") -> requests.Response:
        """The whole login."""
        return self.get(self.authorize(self.go(path), person))


@functools.cache
def _installed() -> Path:
    """The folder of the provider, with its locked packages."""
    folder = Path(tempfile.mkdtemp(prefix="twicetold-openid-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    shutil.copytree(_SOURCE, folder, dirs_exist_ok=True)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, check=False, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


class OpenID(Server):
    """A provider.

    Attributes:
        key: With which the client 'by-key' signs.
    """

    def __init__(self, *, claims_in_token: bool = False) -> None:
        super().__init__()
        self.key = RSAKey.generate_key(2048)
        self._claims_in_token = claims_in_token

    @property
    def issuer(self) -> str:
        return f"http://{HOST}:{self.port}"

    def command(self) -> list[str]:
        return [shutil.which("node") or "node", str(_installed() / "provider.mjs")]

    def environment(self) -> dict[str, str]:
        keys = {"keys": [self.key.as_dict(private=False)]}
        return {
            "PORT": str(self.port),
            "REDIRECT": f"{URL}/login/callback",
            "LOGGED_OUT": f"{URL}/logout",
            "CLIENT_KEYS": json.dumps(keys),
            "CLAIMS_IN_TOKEN": "yes" if self._claims_in_token else "no",
        }

    def login(self, client: str = "by-secret", **more: Any) -> dict[str, str]:
        """The credentials of the service twicetold-login that lead here."""
        secret = {"client_secret": "secret-of-the-tests"}
        if client == "by-key":
            secret = {"private_key": self.key.as_pem(private=True).decode()}
        return {"url": URL, "issuer": self.issuer, "client_id": client, **secret, **more}

    def description(self) -> dict[str, Any]:
        with urlopen(f"{self.issuer}/.well-known/openid-configuration", timeout=10) as answer:
            return json.load(answer)


@pytest.fixture(scope="session")
def openid():
    """An identity provider whose clients get most claims where they ask for them."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("needs an identity provider: install Node.js and npm")
    with running(OpenID()) as server:
        yield server


@pytest.fixture(scope="session")
def talkative_openid(openid):
    """Another one, which tells all claims in the token."""
    with running(OpenID(claims_in_token=True)) as server:
        yield server
