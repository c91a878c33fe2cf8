"""The pages: plain, calm, and complete without a script."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

from plancia.payments.rehearsal.words import WORDS

#: Currencies whose minor unit is not a hundredth. Source: ISO 4217.
_DIGITS = {"JPY": 0, "KRW": 0, "CLP": 0, "BHD": 3, "KWD": 3, "TND": 3}
#: Between thousands. Source: CLDR.
_GROUPS = {"it": ".", "de": ".", "es": ".", "fr": "\u202f"}

STYLE = (Path(__file__).parent / "style.css").read_text()

_CHOICES = ("pay", "secure", "decline", "slow", "twice", "before", "after")
_SAVING = ("save", "save-declining", "save-asking")


def pay(order: dict[str, Any], form: dict[str, str], *, is_missing_choice: bool = False) -> str:
    """Return the page to pay on."""
    words = _words(order["language"])
    offered = _SAVING if "profile" in order else _CHOICES
    chosen = form.get("choice") if form.get("choice") in offered else offered[0]
    choices = "".join(
        f'<label class="choice"><input type="radio" name="choice" value="{choice}"'
        f"{' checked' if choice == chosen else ''}>"
        f"<span><strong>{escape(words[choice])}</strong>"
        f'<span class="quiet">{escape(words[f"{choice}_hint"])}</span></span></label>'
        f"{_seconds(words) if choice == 'slow' else ''}"
        for choice in offered
    )
    problem = f'<p class="problem" role="alert">{escape(words["choose"])}</p>' if is_missing_choice else ""
    return _page(
        order["language"],
        words["save_title" if "profile" in order else "title"],
        f"""{_summary(order, words)}
        {problem}
        <form method="post" action="/pay">
        {_carried(form)}
        <fieldset><legend>{escape(words["what"])}</legend>{choices}</fieldset>
        <div class="actions">
        <button class="main">{escape(words["go"])}</button>
        <button name="choice" value="give-up">{escape(words["give_up"])}</button>
        </div></form>""",
    )


def bank(order: dict[str, Any], form: dict[str, str]) -> str:
    """Return the page on which the card holder's bank asks."""
    words = _words(order["language"])
    return _page(
        order["language"],
        words["bank_title"],
        f"""{_summary(order, words)}
        <p>{escape(words["bank_asks"])}</p>
        <form method="post" action="/pay">{_carried(form)}
        <div class="actions">
        <button class="main" name="choice" value="confirm">{escape(words["confirm"])}</button>
        <button name="choice" value="refuse">{escape(words["refuse"])}</button>
        </div></form>""",
    )


def already_paid(order: dict[str, Any]) -> str:
    """Return the page that says that the payment was made before."""
    words = _words(order["language"])
    return _page(
        order["language"],
        words["paid_title"],
        f"""{_summary(order, words)}<p>{escape(words["paid"])}</p>
        <p><a class="button main" href="{escape(order["return_url"])}">{escape(words["back"])}</a></p>""",
    )


def not_ours(language: str) -> str:
    """Return the page for a link that nobody signed."""
    words = _words(language)
    return _page(language, words["not_ours_title"], f"<p>{escape(words['not_ours'])}</p>")


def not_found(language: str) -> str:
    """Return the page for an address that leads nowhere."""
    words = _words(language)
    return _page(language, words["not_found_title"], f"<p>{escape(words['front'])}</p>")


def front(language: str) -> str:
    """Return the page that says what this is."""
    words = _words(language)
    return _page(language, words["title"], f"<p>{escape(words['front'])}</p>")


def amount(minor: int, currency: str, language: str) -> str:
    """Return an amount as the language writes it."""
    digits = _DIGITS.get(currency, 2)
    whole, part = divmod(minor, 10**digits)
    point, group = ("." if language == "en" else ","), _GROUPS.get(language, ",")
    number = f"{whole:,}".replace(",", group) + (f"{point}{part:0{digits}d}" if digits else "")
    return f"{currency} {number}" if language == "en" else f"{number} {currency}"


def _words(language: str) -> dict[str, str]:
    return WORDS.get(language[:2], WORDS["en"])


def _summary(order: dict[str, Any], words: dict[str, str]) -> str:
    merchant = f"<div><dt>{escape(words['merchant'])}</dt><dd>{escape(order['merchant'])}</dd></div>"
    if "profile" in order:
        return f"<dl>{merchant}</dl>"
    price = amount(order["amount_minor"], order["currency"], order["language"][:2])
    return f"""<dl>
        {merchant}
        <div><dt>{escape(words["amount"])}</dt><dd class="amount">{escape(price)}</dd></div>
        <div><dt>{escape(words["purpose"])}</dt><dd class="code">{escape(order["purpose"])}</dd></div>
        </dl>"""


def _seconds(words: dict[str, str]) -> str:
    return (
        f'<label class="seconds"><input type="number" name="seconds" value="10" min="1" max="600">'
        f" {escape(words['seconds'])}</label>"
    )


def _carried(form: dict[str, str]) -> str:
    return "".join(
        f'<input type="hidden" name="{name}" value="{escape(form.get(name, ""))}">' for name in ("order", "signature")
    )


def _page(language: str, title: str, content: str) -> str:
    known = language[:2] if language[:2] in WORDS else "en"
    return f"""<!doctype html>
<html lang="{known}">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{escape(title)}</title>
<link rel="stylesheet" href="/style.css">
</head>
<body><main>
<p class="banner">{escape(WORDS[known]["banner"])}</p>
<h1>{escape(title)}</h1>
{content}
</main></body>
</html>
"""
