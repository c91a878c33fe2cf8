"""The cookies that we set, and why: one table for the page and for the test that compares it with what is set."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Cookie:
    name: str
    purpose: str | Promise
    lasts: str | Promise


COOKIES: tuple[Cookie, ...] = (
    Cookie("sessionid", _("It keeps you signed in, and remembers your cart."), _("14 days, or until you sign out")),
    Cookie("csrftoken", _("It proves that a form was sent from our page."), _("one year")),
    Cookie("device", _("It lets us tell you when a new browser signs in."), _("one year")),
    Cookie("language", _("It remembers the language that you chose."), _("one year")),
    Cookie("theme", _("It remembers whether you like it light or dark."), _("one year")),
)


@dataclass(frozen=True, slots=True)
class Browser:
    """Where a browser lets cookies and JavaScript be allowed: the way through its menus."""

    name: str
    cookies: str | Promise
    scripts: str | Promise


BROWSERS: tuple[Browser, ...] = (
    Browser(
        "Chrome",
        _("Settings › Privacy and security › Third-party cookies: the cookies of this site are allowed there."),
        _("Settings › Privacy and security › Site settings › JavaScript › Sites can use JavaScript."),
    ),
    Browser(
        "Firefox",
        _("Settings › Privacy & Security › Cookies and Site Data › Manage Exceptions › add this site › Allow."),
        _("Type about:config in the address bar, search javascript.enabled, and set it to true."),
    ),
    Browser(
        "Edge",
        _("Settings › Cookies and site permissions › Manage and delete cookies › Allow sites to save cookie data."),
        _("Settings › Cookies and site permissions › JavaScript › Allowed."),
    ),
    Browser(
        "Safari",
        _("Settings › Advanced: switch “Block all cookies” off. On an iPhone: Settings › Apps › Safari › Advanced."),
        _("Settings › Security › Enable JavaScript. On an iPhone: Settings › Apps › Safari › Advanced › JavaScript."),
    ),
)
