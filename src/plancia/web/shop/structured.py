"""
Structured data: what a page sells, for machines that read it. Data, no script: nothing of it is executed.

Source: schema.org; JSON-LD 1.1; HTML, section 4.12.1, data blocks.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from plancia.billing import parties
from plancia.catalog.models import ProductType
from plancia.shop.window import PlanCard

# As Django's json_script does: nothing in the data can end the element.
_ESCAPES = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}


def product(request: HttpRequest, found: ProductType, cards: Sequence[PlanCard], currency: str) -> SafeString:
    """Return the plans of a type as offers, with their net prices."""
    address = request.build_absolute_uri(reverse("shop-type", kwargs={"type": found.code}))
    offers = [
        {
            "@type": "Offer",
            "name": f"{found.name} {card.name}",
            "url": f"{address}?plan={card.code}&months={offer.months}",
            "price": str(offer.amount.decimal),
            "priceCurrency": currency,
            "availability": "https://schema.org/InStock",
            "priceSpecification": {
                "@type": "UnitPriceSpecification",
                "price": str(offer.amount.decimal),
                "priceCurrency": currency,
                "valueAddedTaxIncluded": False,
                "billingDuration": offer.months,
                "unitCode": "MON",
            },
        }
        for card in cards
        for offer in card.offers
    ]
    return _block(
        {
            "@context": "https://schema.org",
            "@type": "Product",
            "name": found.name,
            "description": found.summary,
            "category": found.category.name,
            "url": address,
            "brand": {"@type": "Brand", "name": parties.seller().name},
            "offers": offers,
        }
    )


def categories(request: HttpRequest, names: Sequence[tuple[str, str]]) -> SafeString:
    """Return the categories of the shop as a list of pages."""
    return _block(
        {
            "@context": "https://schema.org",
            "@type": "ItemList",
            "itemListElement": [
                {"@type": "ListItem", "position": place, "name": name, "url": request.build_absolute_uri(path)}
                for place, (name, path) in enumerate(names, start=1)
            ],
        }
    )


def _block(data: dict[str, object]) -> SafeString:
    text = json.dumps(data, ensure_ascii=False).translate(_ESCAPES)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(text))  # noqa: S308  (escaped above)
