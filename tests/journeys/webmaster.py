"""Prints a webmaster who administers three companies, one of them without products. Run inside a provider."""

from __future__ import annotations

import json

import django

django.setup()

from plancia.kernel import clock  # noqa: E402
from plancia.organizations.roles import Role  # noqa: E402
from tests import people  # noqa: E402
from tests.web import shapes  # noqa: E402


def main() -> None:
    elena = people.person("elena@aurora.example", "Elena", "Fontana", language="it")
    chiara = people.person("chiara@studio.example", "Chiara", "Bernasconi", language="it")
    companies = {}
    for name, number in (("Aurora Srl", 20), ("Borea AG", 3), ("Cirro Sagl", 0)):
        organization = people.company(elena, name, country="CH", city="Lugano", postcode="6900", street="Via Nassa")
        people.member(organization, chiara, Role.ADMINISTRATOR, has_billing=True)
        shapes.products(organization, number, at=clock.now())
        companies[name] = organization.public_id
    print(json.dumps({"email": chiara.email, "password": people.PASSWORD, "companies": companies}))


if __name__ == "__main__":
    main()
