"""The prepaid account: balance, statement, topping up."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from plancia.billing import parties
from plancia.kit.guards import MemberRequest, guarded
from plancia.organizations.roles import Permission
from plancia.wallet import prepaid as prepaid_account
from plancia.wallet import queries as prepaid_queries
from plancia.web import asked


@guarded(Permission.SEE_BILLING)
def prepaid(request: MemberRequest, org: str) -> HttpResponse:
    """Show what stands on the account, what moved it, and how to top it up."""
    organization = request.access.organization
    return render(
        request,
        "prepaid/account.html",
        {
            "balance": prepaid_account.balance(organization),
            "page": prepaid_queries.statement(organization.pk, page=asked.page(request)),
            "seller": parties.seller(),
            "reference": organization.public_id,
        },
    )
