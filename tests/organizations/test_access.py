from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from plancia.kernel import ids
from plancia.organizations.access import Access, GrantedRight
from plancia.organizations.models import Organization
from plancia.organizations.roles import GRANTS, Permission, Right, Role, granted

PRODUCTS = [ids.new() for _ in range(3)]
TYPES = ["web-hosting", "domain"]

granted_rights = st.lists(
    st.one_of(
        st.builds(GrantedRight, st.sampled_from(Right), product_id=st.sampled_from(PRODUCTS)),
        st.builds(GrantedRight, st.sampled_from(Right), product_type=st.sampled_from(TYPES)),
    ),
    max_size=4,
).map(tuple)


def access(role: Role, *, has_billing: bool = False, product_rights: tuple[GrantedRight, ...] = ()) -> Access:
    return Access(
        organization=Organization(),
        membership_id=ids.new(),
        user_id=ids.new(),
        role=role,
        has_billing=has_billing,
        product_rights=product_rights,
    )


@given(role=st.sampled_from(Role), has_billing=st.booleans(), rights=granted_rights)
def test_nobody_gets_more_than_the_table_whatever_is_granted(
    role: Role, has_billing: bool, rights: tuple[GrantedRight, ...]
):
    mine = access(role, has_billing=has_billing, product_rights=rights)

    assert {permission for permission in Permission if mine.may(permission)} == granted(role, has_billing=has_billing)
    assert {permission for permission in Permission if mine.may(permission)} <= GRANTS[Role.OWNER]


@given(
    role=st.sampled_from([Role.COLLABORATOR, Role.EXTERNAL]),
    rights=granted_rights,
    product_id=st.sampled_from(PRODUCTS),
    product_type=st.sampled_from(TYPES),
    right=st.sampled_from(Right),
)
def test_a_product_is_within_reach_only_by_a_grant_of_that_strength(
    role: Role, rights: tuple[GrantedRight, ...], product_id: UUID, product_type: str, right: Right
):
    mine = access(role, product_rights=rights)

    strongest = [
        one.right
        for one in rights
        if one.product_id == product_id or (not one.product_id and one.product_type == product_type)
    ]
    ranks = list(Right)
    expected = any(ranks.index(one) >= ranks.index(right) for one in strongest)
    assert mine.may_product(product_id, product_type, right) is expected


@given(rights=granted_rights, product_id=st.sampled_from(PRODUCTS), product_type=st.sampled_from(TYPES))
def test_what_the_filter_shows_is_what_may_be_viewed(
    rights: tuple[GrantedRight, ...], product_id: UUID, product_type: str
):
    mine = access(Role.COLLABORATOR, product_rights=rights)

    keys, types = mine.visible_product_filter()

    assert (product_id in keys or product_type in types) is mine.may_product(product_id, product_type, Right.VIEW)


def test_owners_and_administrators_reach_every_product():
    for role in (Role.OWNER, Role.ADMINISTRATOR):
        assert access(role).may_product(PRODUCTS[0], "anything", Right.MANAGE)
