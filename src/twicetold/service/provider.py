"""Provider: OpenID Connect with the identity provider: authorization code, PKCE, and what its signed tokens say.

Follows OpenID Connect Core 1.0 (sections 3.1.2 and 3.1.3), RFC 7636 (PKCE, S256), RFC 7523 (private_key_jwt) and RFC
9207 (issuer of an answer), with the parts of Authlib that make requests and judge claims.
"""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import urllib3
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7523 import private_key_jwt_sign
from authlib.oauth2.rfc7523.client import ASSERTION_TYPE
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

from twicetold.errors import DependencyUnavailable, LoginRefused, SettingInvalid
from twicetold.service.login import is_safe

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from twicetold.service.login import Login

#: What a token may be signed with; never a secret that both sides know, and never nothing.
_SIGNATURES = ("RS256", "PS256", "ES256")
#: Seconds by which the provider's clock may differ, for which what it tells of itself holds, and after which keys that
#: it may have added are asked for at the earliest.
_SKEW, _HOLDS, _AGAIN = 60, 3600, 30
#: Seconds for which what this service signs holds.
_ASSERTED = 300
_TIMEOUT = urllib3.Timeout(connect=3, read=5)
_MOST_BYTES = 1 << 20
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class Provider:
    """An identity provider; may be shared by threads.

    Args:
        login: Where it is, and what it calls this service.
        clock: Seconds since 1970.

    Raises:
        SettingInvalid: The private key is none.
    """

    def __init__(self, login: Login, *, clock: Callable[[], float] = time.time) -> None:
        self._login, self._clock = login, clock
        self._pool = urllib3.PoolManager(timeout=_TIMEOUT, retries=False)
        self._lock = threading.Lock()
        self._told: tuple[float, dict[str, Any]] | None = None
        self._keys: tuple[float, KeySet] | None = None
        self._signer = _signer(login.private_key.reveal()) if login.private_key else None

    @property
    def back(self) -> str:
        """Where browsers come back to; has to be registered with the provider."""
        return f"{self._login.url}/login/callback"

    def leave_for(self, state: str, nonce: str, verifier: str) -> str:
        """The address to which a browser goes to log in.

        Raises:
            DependencyUnavailable: The provider does not say where that is.
        """
        wanted = {"scope": self._login.scope, "nonce": nonce, "redirect_uri": self.back}
        wanted |= {"code_challenge": create_s256_code_challenge(verifier), "code_challenge_method": "S256"}
        if self._login.acr_values:
            wanted["acr_values"] = self._login.acr_values
        endpoint = self._metadata()["authorization_endpoint"]
        address: str = prepare_grant_uri(endpoint, self._login.client_id, "code", state=state, **wanted)
        return address

    def log_out_at(self) -> str | None:
        """The address at which a browser logs out of the provider, too; None where it has none."""
        endpoint = self._metadata().get("end_session_endpoint")
        if not isinstance(endpoint, str) or not is_safe(endpoint):
            return None
        query = {"client_id": self._login.client_id, "post_logout_redirect_uri": f"{self._login.url}/logout"}
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"

    def claims(self, code: str, verifier: str, nonce: str) -> dict[str, Any]:
        """What the provider says of the person who came back with a code.

        Raises:
            LoginRefused: The code is not valid, or the token is not the provider's, for this service, of now, and for
                this login.
            DependencyUnavailable: The provider does not answer.
        """
        token = self._exchange(code, verifier)
        if not isinstance(token.get("id_token"), str):
            raise LoginRefused("the identity provider sent no id_token")
        claims = self._verify(token["id_token"], nonce, token.get("access_token"))
        if self._login.person not in claims:
            claims = {**self._user_info(token, claims["sub"]), **claims}
        return claims

    def _exchange(self, code: str, verifier: str) -> dict[str, Any]:
        login, endpoint = self._login, self._metadata()["token_endpoint"]
        more = {"code": code, "code_verifier": verifier}
        headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
        if self._signer is not None:
            alg = "RS256" if isinstance(self._signer, RSAKey) else "ES256"
            signed = private_key_jwt_sign(self._signer, login.client_id, endpoint, alg=alg, expires_in=_ASSERTED)
            more |= {"client_id": login.client_id, "client_assertion_type": ASSERTION_TYPE, "client_assertion": signed}
        body = prepare_token_request("authorization_code", redirect_uri=self.back, **more)
        if self._signer is None:
            auth = ClientAuth(login.client_id, login.client_secret.reveal(), "client_secret_basic")
            _, headers, body = auth.prepare("POST", endpoint, headers, body)
        status, token = self._ask("POST", endpoint, headers, body)
        if status != 200 or not isinstance(token, dict):
            raise LoginRefused(f"the identity provider did not accept the login: {_said(token)} ({status})")
        return token

    def _verify(self, token: str, nonce: str, access_token: object) -> dict[str, Any]:
        login = self._login
        try:
            try:
                read = jwt.decode(token, self._key_set(), algorithms=_SIGNATURES)
            except (InvalidKeyIdError, ValueError):  # a key that is new there
                read = jwt.decode(token, self._key_set(anew=True), algorithms=_SIGNATURES)
            wanted: dict[str, Any] = {"iss": login.issuer, "aud": login.client_id}
            options = {name: {"essential": True, "value": value} for name, value in wanted.items()}
            params = {"nonce": nonce, "client_id": login.client_id, "access_token": access_token}
            claims = CodeIDToken(read.claims, read.header, options, params)
            claims.validate(now=int(self._clock()), leeway=_SKEW)
        except (JoseError, ValueError, TypeError) as error:
            kind = getattr(error, "error", None) or type(error).__name__
            about = getattr(error, "claim", None)
            said = f"{kind}: {about}" if about else kind
            raise LoginRefused(f"the identity provider's token is not valid here ({said})") from None
        return dict(claims)

    def _user_info(self, token: Mapping[str, Any], subject: object) -> dict[str, Any]:
        """What the provider tells of the person where it is asked for it; only if it is the same person."""
        endpoint = self._metadata().get("userinfo_endpoint")
        if not isinstance(endpoint, str) or not is_safe(endpoint) or not token.get("access_token"):
            return {}
        status, told = self._ask("GET", endpoint, {"Authorization": f"Bearer {token['access_token']}"})
        if status != 200 or not isinstance(told, dict) or told.get("sub") != subject:
            raise LoginRefused("the identity provider does not say who the person is")
        return told

    def _metadata(self) -> dict[str, Any]:
        with self._lock:
            if self._told is None or self._clock() - self._told[0] > _HOLDS:
                status, told = self._ask("GET", self._login.discovery)
                if status != 200 or not isinstance(told, dict):
                    raise DependencyUnavailable(f"the identity provider does not describe itself ({status})")
                if told.get("issuer") != self._login.issuer:
                    raise DependencyUnavailable("the identity provider calls itself otherwise than the issuer says")
                if not all(isinstance(told.get(name), str) and is_safe(told[name]) for name in _ENDPOINTS):
                    raise DependencyUnavailable("the identity provider's description lacks an address by https")
                self._told = self._clock(), told
            return self._told[1]

    def _key_set(self, *, anew: bool = False) -> KeySet:
        address = self._metadata()["jwks_uri"]
        with self._lock:
            age = self._clock() - self._keys[0] if self._keys else _HOLDS + 1
            if self._keys is None or age > _HOLDS or (anew and age > _AGAIN):
                status, told = self._ask("GET", address)
                keys = told.get("keys") if isinstance(told, dict) else None
                if status != 200 or not isinstance(keys, list):
                    raise DependencyUnavailable(f"the identity provider does not show its keys ({status})")
                signing = [key for key in keys if isinstance(key, dict) and key.get("use", "sig") == "sig"]
                known = [key for key in signing if key.get("kty") in ("RSA", "EC")]
                self._keys = self._clock(), KeySet.import_key_set({"keys": known})
            return self._keys[1]

    def _ask(
        self, method: str, address: str, headers: Mapping[str, str] | None = None, body: str | None = None
    ) -> tuple[int, object]:
        """Status and JSON of an answer; no redirect is followed."""
        try:
            answer = self._pool.request(
                method, address, headers=dict(headers or {}), body=body, redirect=False, preload_content=False
            )
            content = answer.read(_MOST_BYTES)
            answer.release_conn()
        except urllib3.exceptions.HTTPError as error:
            raise DependencyUnavailable(f"the identity provider does not answer ({type(error).__name__})") from None
        try:
            return answer.status, json.loads(content)
        except ValueError:
            return answer.status, None


def _said(answer: object) -> str:
    """The provider's code for what is wrong; nothing else that it says, for that may name persons."""
    code = answer.get("error") if isinstance(answer, dict) else None
    return plain_code(code) if isinstance(code, str) else "no reason given"


def plain_code(code: str) -> str:
    """A code of OAuth as it may be shown."""
    return code if code.isascii() and code.replace("_", "").isalnum() and len(code) <= 60 else "no reason given"


def _signer(pem: str) -> RSAKey | ECKey:
    for kind in (RSAKey, ECKey):
        try:
            return kind.import_key(pem)
        except (JoseError, ValueError, TypeError):
            continue
    raise SettingInvalid("the private_key of the login is no RSA or EC key in PEM")
