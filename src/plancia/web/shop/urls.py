"""URLs of the shop, of checkout, and of an organization's orders."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from plancia.web.shop import basket, checkout, discounts, domains, orders, quotes, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("shop/", views.window, name="shop"),
    path("shop/currency/", views.currency, name="shop-currency"),
    path("shop/prices/", views.prices, name="shop-prices"),
    path("shop/categories/<slug:category>/", views.window, name="shop-category"),
    path("shop/domains/", domains.domains, name="shop-domains"),
    path("shop/cart/", basket.cart, name="cart"),
    path("shop/cart/lines/", basket.add, name="cart-lines"),
    path("shop/cart/lines/<line>/", basket.change, name="cart-line"),
    path("shop/cart/lines/<line>/removal/", basket.remove, name="cart-line-removal"),
    path("shop/cart/lines/<line>/offer/", discounts.choose, name="cart-line-offer"),
    path("shop/cart/lines/<line>/offer/mending/", discounts.mend, name="cart-line-mending"),
    path("shop/cart/quote/", quotes.make, name="cart-quote"),
    path("shop/quotes/<str:token>/", quotes.quote, name="quote"),
    path("shop/quotes/<str:token>/pdf/", quotes.pdf, name="quote-pdf"),
    path("shop/quotes/<str:token>/cart/", quotes.take, name="quote-cart"),
    path("shop/checkout/", checkout.checkout, name="checkout"),
    path("shop/<slug:type>/", views.product_type, name="shop-type"),
    path("shop/<slug:type>/price/", views.price, name="shop-price"),
    path("o/<org>/orders/", orders.orders, name="orders"),
    path("o/<org>/orders/<ord>/", orders.order, name="order"),
    path("o/<org>/orders/<ord>/payment/", orders.pay, name="order-payment"),
    path("o/<org>/orders/<ord>/cancellation/", orders.cancel, name="order-cancellation"),
    path("o/<org>/orders/<ord>/again/", orders.again, name="order-again"),
    path("o/<org>/orders/<ord>/pro-forma/", orders.pro_forma, name="order-pro-forma"),
]
