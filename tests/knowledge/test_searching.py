from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plancia.knowledge import asking, searching
from tests.knowledge import shelf

ARTICLES = {
    10: (
        "en",
        "Change your password",
        "Open the profile and press Save. Mail programs ask for the new password.",
        ["secret"],
    ),
    20: ("en", "Download an invoice", "Invoices are PDF files with a payment part.", []),
    30: ("en", "Pay with the prepaid account", "The balance pays invoices. You may withdraw what is left.", ["wallet"]),
    40: ("en", "Invite a colleague", "Members get a role. The invitation expires.", []),
    50: ("en", "Use a promo code", "Choose the payment method, type the code, press Apply.", []),
    60: ("it", "Ricaricare il conto prepagato", "Premi Accreditare il conto e scegli l’importo.", []),
    70: ("it", "Cambiare la frequenza di fatturazione", "Da annuale a mensile, senza perdere nulla: è più facile.", []),
    80: ("de", "Passwort ändern", "Öffnen Sie das Profil. Für Mailprogramme gilt das neue Passwort.", []),
    90: ("fr", "Résilier un produit", "La résiliation est confirmée par e-mail. Les sauvegardes sont détruites.", []),
    110: ("es", "Cambiar la contraseña", "Abra el perfil y pulse Guardar.", []),
}


@pytest.fixture
def articles(tmp_path, db):
    root = shelf.build(tmp_path)
    for path in root.glob("*/*"):
        path.unlink()
    shelf.put(root, "synonyms.toml", 'en = [\n    ["invoice", "bill"],\n    ["promo code", "voucher"],\n]\n')
    for number, (language, title, body, keywords) in ARTICLES.items():
        types = 'product_types = ["web-hosting"]\n' if number == 20 else ""
        shelf.put(root, f"{number}/article.toml", f'number = {number}\ncategory = "money"\n{types}')
        words = shelf.text(title, body + "\n").replace("updated", f"keywords = {keywords}\nupdated".replace("'", '"'))
        shelf.put(root, f"{number}/{language}.md", words)
    shelf.load(root)


def found(text: str, language: str = "en") -> list[int]:
    return [hit.number for hit in searching.find(text, language)]


@pytest.mark.parametrize(
    ("text", "language", "number"),
    [
        ("change password", "en", 10),
        ("how do I change my password?", "en", 10),
        ("passw", "en", 10),
        ("pasword", "en", 10),
        ("CHANGING PASSWORDS", "en", 10),
        ("secret", "en", 10),
        ("bill", "en", 20),
        ("where are my bills", "en", 20),
        ("web hosting", "en", 20),
        ("withdraw", "en", 30),
        ("prepiad acount", "en", 30),
        ("voucher", "en", 50),
        ("use promotional code", "en", 50),
        ("conto prepagato", "it", 60),
        ("ricarica conti prepagati", "it", 60),
        ("ricaricre il conto", "it", 60),
        ("piu facile", "it", 70),
        ("PIÙ FACILE", "it", 70),
        ("passwort aendern", "de", 80),
        ("passwörter", "de", 80),
        ("resilier produits", "fr", 90),
        ("résiliations", "fr", 90),
        ("contrasena", "es", 110),
        ("cambiar contraseñas", "es", 110),
    ],
)
def test_what_is_typed_finds_the_article(articles, text, language, number):
    assert found(text, language)[:1] == [number]


def test_what_nobody_wrote_about_finds_nothing(articles):
    assert found("xylophone quartz") == []
    assert found("") == found("   ") == found("?!") == found("🦆") == []
    assert found("the and of") == []


def test_an_article_of_the_fallback_language_follows_where_there_is_none(articles):
    hits = searching.find("invoice", "it")

    assert (hits[0].number, hits[0].language) == (20, "en")
    assert {hit.language for hit in hits} == {"en"}


def test_what_was_looked_for_is_marked_and_nothing_else_is(articles):
    (hit,) = searching.find("payment part", "en")[:1]

    assert hit.number == 20
    assert "<mark>payment</mark>" in hit.extract
    assert searching._marked("<b>\x02a\x03</b>\x02") == "&lt;b&gt;<mark>a</mark>&lt;/b&gt;"


@pytest.mark.parametrize(
    "text",
    [
        "password & | ! <-> (",
        "'; drop table knowledge_article; --",
        "password:* | !invoice",
        "\\'",
        "%%s %(x)s {0}",
        "password\x00invoice",
        "‮password‬ كلمة السر סיסמה",
        "password " * 400,
        "a" * 2_000,
        "e-mail@example.com/../%2e",
        "'password'",
        "ﬁ ﷽ 𝓅𝒶𝓈𝓈𝓌ℴ𝓇𝒹",
    ],
)
def test_operators_and_odd_letters_are_words_or_nothing(articles, text):
    started = time.perf_counter()
    for language in ("en", "it", "xx"):
        searching.find(text, language)
    assert time.perf_counter() - started < 3


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=80))
def test_no_text_breaks_the_search(articles, text):
    searching.find(text, "en")


def test_votes_decide_between_equals(tmp_path, db):
    from plancia.kernel import transaction
    from plancia.knowledge.models import Translation

    root = shelf.build(tmp_path, articles=5)
    shelf.load(root)
    assert found("part")[0] == 30
    with transaction.as_staff():
        Translation.objects.filter(article__number=50).update(helpful=40)

    assert found("part")[0] == 50


def test_plain_is_what_people_mean():
    assert asking.plain("  Größe: «Été» — ŒUVRE, ﬁne! ") == "grosse ete oeuvre fine"
    assert len(asking.plain("ab " * 5_000)) <= asking.LONGEST
