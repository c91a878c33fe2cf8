"""Staff and people: finding, securing, looking in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from plancia.accounts.models import User
from plancia.audit.models import Entry
from plancia.kernel import clock, transaction
from plancia.kernel.actors import Actor, ActorKind
from plancia.notices.models import Message
from plancia.organizations import looking_in
from plancia.organizations.models import LookIn, Organization
from plancia.organizations.roles import Role
from plancia.outbox import delivery
from plancia.support import access
from tests import people, racing
from tests.web import shapes
from tests.web.members.test_members_pages import browser
from tests.web.test_console import queries as cost

REASON = "Ticket 4711: the renewal page looks empty"


@pytest.fixture
def aurora(db) -> Organization:
    return people.aurora(people.person("ada@aurora.example", "Ada", "Bianchi"))


@pytest.fixture
def nora(db) -> Client:
    return browser(people.person("nora@provider.example", "Nora", "Keller", is_staff=True, staff_roles=["support"]))


def told() -> list[Message]:
    """Tell all facts; return the mails that were written down."""
    with transaction.as_staff():
        delivery.tell_untold(at=clock.now() + timedelta(minutes=5))
        return list(Message.objects.order_by("written_at", "pk"))


def log(organization: Organization) -> list[tuple[str, str]]:
    with transaction.as_staff():
        entries = Entry.objects.filter(organization_id=organization.pk, action__startswith="staff.").order_by(
            "at", "pk"
        )
        return [(one.action, str(one.details.get("reason", ""))) for one in entries]


def let_in(organization: Organization, hours: int = 24) -> None:
    with transaction.as_staff():
        actor = Actor(ActorKind.USER, "Ada Bianchi")
        access.grant(organization_id=organization.pk, hours=hours, actor=actor, at=clock.now())


def test_a_look_has_a_reason_a_banner_an_entry_and_no_hands(aurora, nora):
    let_in(aurora)
    home, look = f"/o/{aurora.public_id}/", f"/staff/organizations/{aurora.public_id}/look/"
    before = nora.get(home).status_code

    vague = nora.post(look, {"reason": "why"})
    begun = nora.post(look, {"reason": REASON})
    page = nora.get(home).content.decode()
    members = nora.get(f"{home}settings/members/")
    touched = nora.post(f"{home}settings/teams/", {"name": "Mine"})
    other = people.borea(people.person("ben@borea.example"))
    elsewhere = nora.get(f"/o/{other.public_id}/").status_code
    nora.post("/staff/look/end/")

    assert (before, vague.status_code, begun.url) == (404, 422, home)
    assert "You look at a customer’s console" in page
    assert "Ticket 4711" in page
    assert (members.status_code, touched.status_code, elsewhere) == (200, 403, 404)
    assert nora.get(home).status_code == 404
    assert log(aurora) == [("staff.looked_in", REASON), ("staff.look_ended", "")]
    owner = browser(aurora.memberships.using("staff").get().user)
    assert "Ticket 4711" in owner.get(f"{home}settings/log/").content.decode()


def test_a_look_ends_by_itself_and_is_for_who_has_the_duty(aurora, nora):
    home, look = f"/o/{aurora.public_id}/", f"/staff/organizations/{aurora.public_id}/look/"
    clerk = browser(people.person("olga@provider.example", is_staff=True, staff_roles=["billing"]))
    let_in(aurora)

    nora.post(look, {"reason": REASON})
    soon = nora.get(home).status_code
    with clock.at(clock.now() + timedelta(minutes=31)):
        late = nora.get(home).status_code

    assert (soon, late) == (200, 404)
    assert (clerk.post(look, {"reason": REASON}).status_code, clerk.get(home).status_code) == (403, 404)


def test_support_looks_only_where_the_customer_lets_it_and_for_as_long(aurora, nora):
    home, look = f"/o/{aurora.public_id}/", f"/staff/organizations/{aurora.public_id}/look/"
    page = nora.get(look).content.decode()
    refused = nora.post(look, {"reason": REASON})
    let_in(aurora, hours=1)
    shown = nora.get(look).content.decode()
    nora.post(look, {"reason": REASON})
    seen = nora.get(home).status_code
    browser(aurora.memberships.using("staff").get().user).post(f"{home}settings/support-access/", {"revoke": "1"})

    assert "has not let staff look" in page and "Ask for it" in page
    assert refused.status_code == 422
    assert "Ada Bianchi lets us look" in shown
    assert (seen, nora.get(home).status_code) == (200, 404)
    assert nora.post(look, {"reason": REASON}).status_code == 422


def test_a_look_ends_with_the_leave_it_rests_on(aurora, nora):
    nora_ = people.User.objects.using("staff").get(email="nora@provider.example")
    at, words = clock.now(), {"user": nora_, "membership_id": None, "reason": REASON}
    with transaction.as_staff():
        actor = Actor(ActorKind.STAFF, "Nora Keller")
        soon = at + timedelta(minutes=5)
        look = looking_in.begin(organization_id=aurora.pk, allowed_until=soon, actor=actor, at=at, **words)

        assert look.ends_at == soon
        assert looking_in.entrance(nora_.pk, aurora.public_id, at=soon - timedelta(seconds=1)) is not None
        assert looking_in.entrance(nora_.pk, aurora.public_id, at=soon) is None


def test_administrators_of_the_staff_look_unasked_and_the_log_says_so(aurora):
    boss = browser(people.person("boss@provider.example", "Bea", "Frei", is_staff=True, staff_roles=["admin"]))
    home, look = f"/o/{aurora.public_id}/", f"/staff/organizations/{aurora.public_id}/look/"

    page = boss.get(look).content.decode()
    boss.post(look, {"reason": REASON})

    assert "looked without leave" in page
    assert boss.get(home).status_code == 200
    assert log(aurora) == [("staff.looked_unasked", REASON)]


def test_a_look_shows_what_a_member_sees(aurora, nora):
    let_in(aurora)
    at = clock.now()
    shapes.catalogue(at)
    (product,) = shapes.products(aurora, 1, at=at)
    luca = people.member(aurora, people.person("luca@aurora.example"), Role.COLLABORATOR)
    home = f"/o/{aurora.public_id}/"

    nora.post(f"/staff/organizations/{aurora.public_id}/look/", {"reason": REASON, "member": luca.public_id})

    assert product.public_id not in nora.get(f"{home}products/").content.decode()
    assert nora.get(f"{home}accounting/invoices/").status_code == 403
    assert LookIn.objects.using("staff").get().membership_id == luca.pk


def test_the_web_begins_no_look_and_sees_nobody_elses(aurora, nora):
    from django.db.utils import ProgrammingError

    from plancia.kernel import tenancy

    ada = aurora.memberships.using("staff").get().user
    nora.post(f"/staff/organizations/{aurora.public_id}/look/", {"reason": REASON})

    with transaction.atomic():
        tenancy.enter_user(ada.pk)
        assert not LookIn.objects.exists()
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        tenancy.enter_user(ada.pk)
        tenancy.enter(aurora.pk)
        LookIn.objects.create(organization=aurora, user=ada, reason=REASON, started_at=clock.now(), ends_at=clock.now())


def test_sessions_are_ended_and_passwords_required_and_the_customer_reads_why(aurora, nora):
    ada = aurora.memberships.using("staff").get().user
    hers = browser(ada)
    page = f"/staff/users/{ada.public_id}/"
    hers.get("/")

    shown = nora.get(page).content.decode()
    vague = nora.post(f"{page}password/", {"reason": "x"})
    nora.post(f"{page}password/", {"reason": REASON})

    assert "Aurora Srl" in shown
    assert vague.status_code == 422
    ada.refresh_from_db()
    assert not ada.has_usable_password()
    assert hers.get(f"/o/{aurora.public_id}/").status_code == 302
    assert log(aurora) == [("staff.password_required", REASON)]
    assert nora.post(f"{page}sessions/end/", {"reason": REASON}).status_code == 302
    mails = [mail for mail in told() if "Our staff" in mail.subject]
    assert [(mail.subject, mail.recipients) for mail in mails] == [
        ("Our staff ask you for a new password", [ada.email]),
        ("Our staff ended all your sessions", [ada.email]),
    ]
    assert all("Ticket 4711" in mail.text for mail in mails)
    assert "/account/password/forgotten/" in mails[0].text and "192.0.2" not in mails[0].text
    # The way back in.
    Client().post("/account/password/forgotten/", {"email": ada.email})
    assert [mail for mail in told() if "/account/password/new/" in mail.text]


def test_accounts_of_staff_are_not_secured_here_and_roles_are_said_by_administrators(db, nora):
    olga = people.person("olga@provider.example", is_staff=True, staff_roles=["billing"])
    page = f"/staff/users/{olga.public_id}/"
    boss = browser(people.person("boss@provider.example", is_staff=True))

    secured = nora.post(f"{page}password/", {"reason": REASON})
    forbidden = nora.post(f"{page}roles/", {"roles": ["admin"]})
    boss.post(f"{page}roles/", {"roles": ["billing", "catalogue"]})

    assert (secured.status_code, forbidden.status_code) == (409, 403)
    olga.refresh_from_db()
    assert olga.staff_roles == ["billing", "catalogue"]
    (mail,) = told()
    assert (mail.subject, mail.recipients) == ("Roles in the back office changed", [olga.email])
    assert "billing → billing, catalogue" in mail.text
    assert "Ada Bianchi · billing → billing, catalogue" in boss.get(page).content.decode()


def test_there_is_always_a_staff_administrator_even_when_two_step_down_at_once(db):
    bosses = [people.person(f"boss{number}@provider.example", is_staff=True) for number in (1, 2)]

    browsers = [browser(boss) for boss in bosses]

    def step_down(number: int) -> int:
        page = f"/staff/users/{bosses[number].public_id}/roles/"
        return browsers[number].post(page, {"roles": ["support"]}).status_code

    assert racing.at_once(2, step_down) == ["302", "422"]
    with transaction.as_staff():
        assert User.objects.filter(staff_roles__contains=["admin"]).count() == 1


@pytest.mark.parametrize("word", ["ada@aurora", "Bianchi", "aurora srl"])
def test_a_user_is_found_by_anything(aurora, nora, word):
    people.person("eve@example.com", "Eve", "Other")

    page = nora.get("/staff/users/", {"q": word}).content.decode()

    assert "ada@aurora.example" in page
    assert "eve@example.com" not in page


def test_an_organization_is_found_by_anything(aurora, nora):
    at = clock.now()
    shapes.catalogue(at)
    (product,) = shapes.products(aurora, 1, at=at)
    shapes.invoices(aurora, [product], at=at)
    people.borea(people.person("ben@borea.example"))
    with transaction.as_staff():
        from plancia.billing.models import Invoice

        number = Invoice.objects.get().number

    for word in (aurora.public_id, product.name, number, "ada@aurora.example", "Aurora"):
        page = nora.get("/staff/organizations/", {"q": word}).content.decode()
        assert ("Aurora Srl" in page, "Borea AG" in page) == (True, False), word


def test_the_list_of_users_costs_the_same_for_few_and_for_many(aurora, nora):
    few = cost(nora, "/staff/users/")
    for number in range(40):
        people.person(f"u{number}@example.com")

    assert cost(nora, "/staff/users/") == few <= 8
