"""A customer without a browser: HTTP with cookies, who presses again when no answer came."""

from __future__ import annotations

import http.client
import re
import urllib.parse
from urllib.error import URLError

from tests import waiting

TRANSIENT = (OSError, http.client.HTTPException, URLError)


class Shopper:
    """Orders web hostings for an organization and pays them from its prepaid account."""

    def __init__(self, port: int, session: str, organization: str) -> None:
        self.port, self.organization = port, organization
        self.cookies = {"sessionid": session, "language": "en"}

    def order(self, domain: str) -> str:
        """Order one web hosting; press again until there is an answer. Returns where the order's page is."""
        wish = {"plan": PLAN, "months": "12", "quantity": "1", "choice_domain": domain}
        # Where the answer was lost, the line may be in the cart already: the shop says so, and that is as good.
        self._persist("POST", "/shop/cart/lines/", wish, again=(422,))
        page = self._persist("GET", f"/shop/checkout/?for={self.organization}")
        form = dict(re.findall(r'name="(key|shown_minor|shown_currency)" value="([^"]*)"', page))
        form |= {"for": self.organization, "step": "order", "method": "prepaid", "terms": "on"}
        return self._persist("POST", "/shop/checkout/", form)

    def _persist(
        self, method: str, path: str, form: dict[str, str] | None = None, *, again: tuple[int, ...] = ()
    ) -> str:
        """Ask until there is an answer; `again` are refusals that mean that an earlier attempt had come through."""
        fine: tuple[int, ...] = (200, 302)

        def attempt() -> str | None:
            nonlocal fine
            try:
                status, body, location = self._ask(method, path, form)
            except TRANSIENT:
                fine = (200, 302, *again)
                return None
            assert status in fine or status == 403 or status >= 500, f"{method} {path}: {status} {_text(body)}"
            if status in fine:
                return location or body
            fine = (200, 302, *again)
            return None

        return waiting.until(attempt, seconds=120, what=f"an answer to {method} {path}")

    def _ask(self, method: str, path: str, form: dict[str, str] | None) -> tuple[int, str, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        if "csrftoken" not in self.cookies and form is not None:
            self._ask("GET", "/shop/web-hosting/", None)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        body = None
        if form is not None:
            headers |= {
                "Content-Type": "application/x-www-form-urlencoded",
                "X-CSRFToken": self.cookies.get("csrftoken", ""),
                "Referer": f"http://127.0.0.1:{self.port}/",
            }
            body = urllib.parse.urlencode(form)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            for name, value in answer.getheaders():
                if name.lower() == "set-cookie":
                    key, _, rest = value.partition("=")
                    self.cookies[key] = rest.split(";", 1)[0]
            return answer.status, answer.read().decode(), answer.getheader("Location", "") or ""
        finally:
            connection.close()


PLAN = "web-hosting-start"


def _text(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())[:600]
