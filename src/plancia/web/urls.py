"""URLs of the customer's console, the shop window and the account pages."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from plancia.web.changes import views as changes
from plancia.web.forecast import views as forecast
from plancia.web.handover import urls as handover
from plancia.web.home import views as home
from plancia.web.invitations import accepting
from plancia.web.invoices import views as invoices
from plancia.web.leaving import urls as leaving
from plancia.web.mail import views as mail
from plancia.web.own import urls as own
from plancia.web.pieces import views as pieces
from plancia.web.preferences import views as preferences
from plancia.web.products import views as products
from plancia.web.search import views as search

organization: list[URLPattern | URLResolver] = [
    path("", home.organization, name="organization"),
    path("", include("plancia.web.billing_addresses.urls")),
    path("", include("plancia.web.invoices.urls")),
    path("search/", search.search, name="search"),
    path("products/", products.products, name="products"),
    path("products/type/<slug:type>/", products.products_of_type, name="products-of-type"),
    path("products/<sub>/", products.product, name="product"),
    path("products/<sub>/change/", changes.change, name="product-change"),
    path("products/<sub>/change/confirmation/", changes.confirm, name="product-change-confirmation"),
    path("products/<sub>/change/withdrawal/", changes.withdraw, name="product-change-withdrawal"),
    path(
        "products/<sub>/cancellation/withdrawal/",
        products.product_cancellation_withdrawal,
        name="product-cancellation-withdrawal",
    ),
    path("accounting/to-pay/", include("plancia.web.to_pay.urls")),
    path("", include("plancia.web.renewals.urls")),
    path("", include("plancia.web.forecast.urls")),
    path("accounting/invoices/", invoices.invoices, name="invoices"),
    path("accounting/invoices/<inv>/", invoices.invoice, name="invoice"),
    path("accounting/invoices/<inv>/pdf/", invoices.invoice_pdf, name="invoice-pdf"),
    path("", include("plancia.web.prepaid.urls")),
    path("", include("plancia.web.payment_methods.urls")),
    path("", include(leaving.organization)),
    path("", include("plancia.web.support.urls")),
    path("", include("plancia.web.members.urls")),
    path("", include(own.organization)),
    path("", include(handover.organization)),
    path("", include("plancia.web.mailboxes.urls")),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.start, name="home"),
    path("o/<org>/", include(organization)),
    path("", include("plancia.web.accounts.urls")),
    path("", include("plancia.web.profile.urls")),
    path("", include("plancia.web.federation.urls")),
    path("", include("plancia.web.shop.urls")),
    path("", include("plancia.web.help.urls")),
    path("", include(leaving)),
    path("invitations/<token>/", accepting.accept, name="invitation-accept"),
    path("invitations/<token>/other-account/", accepting.other_account, name="invitation-other-account"),
    path("calendar/<key>/renewals.ics", forecast.calendar, name="renewals-calendar"),
    path("", include("plancia.web.own.urls")),
    path("", include("plancia.web.handover.urls")),
    path("", include("plancia.web.feedback.urls")),
    path("", include("plancia.web.trust.urls")),
    path("language/", preferences.language, name="language"),
    path("theme/", preferences.theme, name="theme"),
    path("mail/", mail.kept_mail, name="kept-mail"),
    path("mail/<msg>/", mail.kept_message, name="kept-message"),
    path("kit/", pieces.kit, name="kit"),
]
