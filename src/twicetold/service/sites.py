"""Sites: a page of another site never changes anything with the cookie of somebody who is logged in here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twicetold.errors import NotAllowed

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Methods of HTTP that change nothing.
READS = ("GET", "HEAD")


def require_same_site(method: str, headers: Mapping[str, str], origin: str) -> None:
    """Refuses what another site's page may have sent with somebody's cookie.

    Browsers say with each request that changes something where its page comes from, and pages cannot make them lie.

    Args:
        method: Of HTTP.
        headers: Of the request.
        origin: Scheme, host and port of this service.

    Raises:
        NotAllowed: It would change something and comes from elsewhere.
    """
    if method in READS:
        return
    site, named = headers.get("sec-fetch-site", "same-origin"), headers.get("origin", origin)
    # A page that may not say where it comes from sends 'null'; then the browser's own word decides.
    is_own = named == origin or (named == "null" and "sec-fetch-site" in headers)
    if site not in ("same-origin", "none") or not is_own:
        raise NotAllowed("the request comes from another site", remedy="Send it from a page of this service.")
