"""The people of the demo, and who of them may be signed in as."""

from __future__ import annotations

from typing import NamedTuple

#: One password for all, printed at the start and in the README.
PASSWORD = "plancia-demo"  # noqa: S105  (no secret: everybody is told)


class SignIn(NamedTuple):
    """Somebody to sign in as, and what there is to see."""

    who: str
    email: str
    password: str
    sees: str


class Person(NamedTuple):
    """A person of the demo with an account of her own."""

    email: str
    first_name: str
    last_name: str
    language: str
    is_staff: bool = False


CHIARA = Person("chiara@demo.example", "Chiara", "Bernasconi", "it")
ELENA = Person("elena@demo.example", "Elena", "Fontana", "it")
LUCA = Person("luca@demo.example", "Luca", "Ferri", "it")
JONAS = Person("jonas@demo.example", "Jonas", "Müller", "de")
AMELIE = Person("amelie@demo.example", "Amélie", "Rochat", "fr")
NORA = Person("staff@demo.example", "Nora", "Keller", "en", is_staff=True)

PEOPLE = (CHIARA, ELENA, LUCA, JONAS, AMELIE, NORA)

SIGN_INS = [
    SignIn("the webmaster", CHIARA.email, PASSWORD, "owns her studio, administers three clients"),
    SignIn("an owner", ELENA.email, PASSWORD, "Aurora Srl: products, invoices, prepaid account"),
    SignIn("a collaborator", LUCA.email, PASSWORD, "some of Aurora's products, no billing"),
    SignIn("the provider's staff", NORA.email, PASSWORD, "the back office"),
]
