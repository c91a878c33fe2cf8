"""URLs of the mailboxes of a product, below its organization."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from plancia.web.mailboxes import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("products/<sub>/mailboxes/", views.mailboxes, name="mailboxes"),
    path("products/<sub>/mailboxes/domain/", views.prove_domain, name="mailbox-domain"),
    path("products/<sub>/mailboxes/new/", views.new_mailbox, name="mailbox-new"),
    path("products/<sub>/mailboxes/<mbx>/password/", views.mailbox_password, name="mailbox-password"),
    path("products/<sub>/mailboxes/<mbx>/user/", views.mailbox_user, name="mailbox-user"),
    path("products/<sub>/mailboxes/<mbx>/closing/", views.mailbox_closing, name="mailbox-closing"),
]
