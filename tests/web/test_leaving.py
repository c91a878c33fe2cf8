"""Cancelling on the pages: every type by one flow, and who may."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from plancia.catalog.models import Plan
from plancia.kernel import clock, transaction
from plancia.kernel.actors import SYSTEM
from plancia.leaving.models import CancellationRequest, Declaration
from plancia.notices.models import Message
from plancia.organizations import granting
from plancia.organizations.granting import Grant, Subject
from plancia.organizations.models import Organization
from plancia.organizations.roles import Right, Role
from plancia.outbox import facts
from plancia.provisioning import manual
from plancia.provisioning.models import ManualTask, RehearsedService, Resource
from plancia.subscriptions import activation
from plancia.subscriptions.models import Cancellation, Subscription
from plancia.support.models import Feedback
from tests import people
from tests.leaving.world import night
from tests.web import shapes
from tests.web.test_console import browser, queries


class World:
    def __init__(self, *codes: str) -> None:
        self.at = clock.now()
        shapes.catalogue(self.at - timedelta(days=900))
        self.ada = people.person("ada@aurora.example", "Ada", "Rossi")
        self.aurora = people.aurora(self.ada)
        self.home = f"/o/{self.aurora.public_id}/"
        self.held = [self.take(plan) for plan in self._plans(codes)]
        self.work()

    def work(self) -> None:
        """Let drivers and people do what is wanted of them."""
        night(at=clock.now())
        with transaction.as_staff(), facts.told_by_caller():
            tasks = list(ManualTask.objects.filter(done_at=None))
        for task in tasks:
            manual.finish(task_id=task.pk, actor=SYSTEM, at=clock.now())
        night(at=clock.now())

    def _plans(self, codes: tuple[str, ...]) -> list[Plan]:
        """The first plan of each type, or of those named."""
        found = Plan.objects.select_related("product_type").order_by("product_type__code", "position", "pk")
        firsts = {plan.product_type.code: plan for plan in reversed(list(found))}
        return [plan for code, plan in sorted(firsts.items()) if not codes or code in codes]

    def take(self, plan: Plan, name: str = "") -> Subscription:
        price = plan.prices.filter(currency="EUR", valid_until=None).order_by("-months").first()
        with transaction.as_staff(), facts.told_by_caller():
            return activation.take(
                organization_id=self.aurora.pk,
                plan=plan,
                price=price,
                months=price.months,
                quantity=1,
                choices={},
                name=name or f"{plan.product_type.code}.example",
                at=self.at,
            )

    def link(self, *, containing: str = "Confirm") -> str:
        """The path in the newest mail that asks to confirm."""
        return self.links(containing=containing)[-1]

    def links(self, *, containing: str = "Confirm") -> list[str]:
        """The paths in the mails that ask to confirm, the oldest first."""
        with transaction.as_staff():
            found = Message.objects.filter(subject__contains=containing).order_by("written_at", "pk")
            texts = list(found.values_list("text", flat=True))
        return ["/" + re.search(r"https?://[^/]+/(cancellation/\S+)", text)[1] for text in texts]

    def count(self, model) -> int:
        with transaction.as_staff():
            return int(model.objects.count())


@pytest.fixture
def hosting(db) -> World:
    return World("web-hosting")


def test_every_type_of_the_catalogue_is_cancelled_by_the_same_steps(db):
    world = World()
    client = browser(world.ada)
    assert len(world.held) == 20

    for held in world.held:
        page = client.get(f"{world.home}cancellations/types/").content.decode()
        assert f'href="{world.home}cancellations/types/{held.product_type}/"' in page
        page = client.get(f"{world.home}cancellations/types/{held.product_type}/").content.decode()
        assert f'value="{held.public_id}"' in page
        page = client.get(f"{world.home}cancellations/new/", {"sub": held.public_id}).content.decode()
        assert held.name in page
        # What a person makes, she alone can list.
        assert ("We cannot list" in page) == (held.product_type in ("custom-brand", "nas"))
        response = client.post(f"{world.home}cancellations/new/", {"sub": held.public_id, "when": "now"})
        assert response.status_code == 302, held.product_type
    night(at=world.at)
    links = world.links()
    assert len(links) == 20
    for place, link in enumerate(links):
        assert Client().get(link).status_code == 200
        assert world.count(Cancellation) == place
        assert Client().post(link).status_code == 200

    world.work()
    assert world.count(RehearsedService) == 0
    with transaction.as_staff():
        assert set(Subscription.objects.values_list("state", flat=True)) == {"terminated"}
        assert not Resource.objects.filter(removed_at=None).exists()
    page = client.get(f"{world.home}cancellations/").content.decode()
    assert page.count("table__main") == 20


def test_what_a_person_removes_is_listed_as_proof(db):
    world = World("nas")
    client, nora = browser(world.ada), browser(people.person("nora@x.example", is_staff=True, staff_roles=["admin"]))
    place = client.post(f"{world.home}cancellations/new/", {"sub": world.held[0].public_id, "when": "now"}).url
    night(at=world.at)
    Client().post(world.link())
    night(at=clock.now())

    task = re.search(r"/staff/tasks/\w+/completion/", nora.get("/staff/provisioning/").content.decode())[0]
    nora.post(task, {"contents": "Backup: every Sunday\nTwo disks"})
    night(at=clock.now())

    page = client.get(place).content.decode()
    assert "Deleted on" in page and "every Sunday" in page and "Two disks" in page


def test_the_link_says_what_it_does_and_is_used_once(hosting):
    client, stranger = browser(hosting.ada), Client()
    client.post(f"{hosting.home}cancellations/new/", {"sub": hosting.held[0].public_id, "when": "end_of_term"})
    night(at=hosting.at)
    link = hosting.link()

    assert "web-hosting.example" in stranger.get(link).content.decode()
    assert hosting.count(Cancellation) == 0
    assert "Received on" in stranger.post(link).content.decode()

    assert hosting.count(Cancellation) == 1
    assert [stranger.get(link).status_code, stranger.post(link).status_code] == [410, 410]
    assert stranger.get(link[:-3] + "/").status_code == 410


def test_an_unconfirmed_one_is_shown_sent_again_and_taken_back(hosting):
    client = browser(hosting.ada)
    held = hosting.held[0].public_id
    place = client.post(f"{hosting.home}cancellations/new/", {"sub": held, "when": "now"}).url

    assert "Nothing is cancelled yet" in client.get(place).content.decode()
    assert "A cancellation waits" in client.get(f"{hosting.home}products/{held}/").content.decode()
    assert "disabled" in client.get(f"{hosting.home}cancellations/types/web-hosting/").content.decode()
    assert client.post(f"{place}reminder/").status_code == 302
    again = client.post(f"{hosting.home}cancellations/new/", {"sub": held, "when": "now"})
    assert again.status_code == 422 and "waits to be confirmed already" in again.content.decode()
    assert client.post(f"{place}withdrawal/").status_code == 302
    assert "taken back" in client.get(place).content.decode()
    assert client.post(f"{place}withdrawal/").status_code == 409


def test_what_was_confirmed_can_be_kept_after_all(hosting):
    client = browser(hosting.ada)
    held = hosting.held[0].public_id
    place = client.post(f"{hosting.home}cancellations/new/", {"sub": held, "when": "end_of_term"}).url
    night(at=hosting.at)
    Client().post(hosting.link())

    client.post(f"{hosting.home}products/{held}/cancellation/withdrawal/")

    assert "Kept after all" in client.get(place).content.decode()


def test_without_a_time_or_a_product_it_is_asked_again(hosting):
    client = browser(hosting.ada)
    page = f"{hosting.home}cancellations/new/"

    assert client.post(page, {"sub": hosting.held[0].public_id, "when": "never"}).status_code == 422
    assert client.get(page).url == f"{hosting.home}cancellations/types/"
    assert client.get(page, {"sub": ["sub_nonsense", "\0"]}).url == f"{hosting.home}cancellations/types/"
    assert hosting.count(CancellationRequest) == 0


def test_who_may_not_manage_a_product_cancels_none(hosting):
    bo, cy = people.person("bo@aurora.example"), people.person("cy@aurora.example")
    people.member(hosting.aurora, bo, Role.COLLABORATOR)
    joined = people.member(hosting.aurora, cy, Role.COLLABORATOR, has_billing=True)
    page, wish = f"{hosting.home}cancellations/new/", {"sub": hosting.held[0].public_id, "when": "now"}

    assert browser(bo).post(page, wish).status_code == 403
    assert browser(cy).post(page, wish).status_code == 404
    with transaction.as_staff():
        wanted = {Subject(product_type="web-hosting"): Grant(Right.MANAGE)}
        granting.settle(holder=joined, wanted=wanted, actor=SYSTEM, at=hosting.at)
    assert browser(cy).post(page, wish).status_code == 302


def test_a_cancellation_of_another_organization_does_not_exist(hosting):
    client = browser(hosting.ada)
    held = hosting.held[0].public_id
    place = client.post(f"{hosting.home}cancellations/new/", {"sub": held, "when": "now"}).url
    there = f"/o/{people.borea(hosting.ada).public_id}/"

    assert client.get(place.replace(hosting.home, there)).status_code == 404
    assert client.post(place.replace(hosting.home, there) + "withdrawal/").status_code == 404
    assert client.get(f"{there}cancellations/new/", {"sub": held}).status_code == 404
    assert client.post(f"{there}cancellations/look/", {"sub": held}).status_code == 404


def test_looking_again_asks_the_driver(hosting):
    client = browser(hosting.ada)
    with transaction.as_staff():
        RehearsedService.objects.update(contents=[{"kind": "database", "name": "made since"}])
    page = f"{hosting.home}cancellations/new/?sub={hosting.held[0].public_id}"

    assert "made since" not in client.get(page).content.decode()
    client.post(f"{hosting.home}cancellations/look/", {"sub": hosting.held[0].public_id})
    night(at=clock.now())

    assert "made since" in client.get(page).content.decode()


def test_the_pages_cost_the_same_for_one_and_for_fifty(hosting):
    client = browser(hosting.ada)
    plan = Plan.objects.select_related("product_type").get(pk=hosting.held[0].plan_id)
    pages = [
        f"{hosting.home}cancellations/",
        f"{hosting.home}cancellations/types/web-hosting/",
    ]
    client.post(f"{hosting.home}cancellations/new/", {"sub": hosting.held[0].public_id, "when": "now"})
    costs = {page: queries(client, page) for page in pages}
    one = queries(client, f"{hosting.home}cancellations/new/?sub={hosting.held[0].public_id}")

    more = [hosting.take(plan, f"site{number}.example") for number in range(49)]
    for held in more[:20]:
        client.post(f"{hosting.home}cancellations/new/", {"sub": held.public_id, "when": "now"})
    many = queries(client, f"{hosting.home}cancellations/new/?" + "&".join(f"sub={held.public_id}" for held in more))

    assert {page: queries(client, page) for page in pages} == costs
    assert many == one and max(one, *costs.values()) <= 10


def test_the_public_form_answers_with_a_receipt_and_tells_nothing(hosting):
    stranger = Client()
    wish = {"kind": "ordinary", "name": "Ada Rossi", "email": "eve@example.com", "product": "web-hosting.example"}

    page = stranger.post("/cancel/", wish).content.decode()
    night(at=clock.now())

    assert "dcl_" in page and "<time" in page
    assert hosting.count(Declaration) == 1
    assert hosting.count(CancellationRequest) == 0
    assert stranger.post("/cancel/", {**wish, "email": "nonsense"}).status_code == 422
    assert [stranger.post("/cancel/", wish).status_code for _ in range(12)][-1] == 429


def test_feedback_is_kept_with_its_page_and_only_a_member_speaks_for_an_organization(hosting):
    page = f"{hosting.home}products/"

    assert browser(hosting.ada).post("/feedback/", {"comment": "Nice", "next": page}).url == page
    assert Client().post("/feedback/", {"comment": "Hm", "next": page}).status_code == 302
    assert Client().post("/feedback/", {"comment": " "}).status_code == 422
    assert f"/feedback/?page={page}" in browser(hosting.ada).get(page).content.decode()

    with transaction.as_staff():
        said = dict(Feedback.objects.values_list("comment", "organization_id"))
    assert said == {"Nice": hosting.aurora.pk, "Hm": None}


def test_staff_see_why_people_leave_and_deal_with_declarations(hosting):
    nora = people.person("nora@provider.example", is_staff=True, staff_roles=["admin"])
    client = browser(nora)
    Client().post("/cancel/", {"kind": "extraordinary", "name": "A", "email": "a@b.example", "product": "my site"})
    held = hosting.held[0].public_id
    browser(hosting.ada).post(
        f"{hosting.home}cancellations/new/", {"sub": held, "when": "now", "cause": "outages", "comment": "Too slow"}
    )

    page = client.get("/staff/feedback/").content.decode()
    assert "Too slow" in page and "It does not work reliably" in page and "sparkline" in page
    page = client.get("/staff/declarations/").content.decode()
    number = re.search(r"declarations/(dcl_\w+)/", page)[1]
    client.post(f"/staff/declarations/{number}/settlement/", {"product": ""})
    assert "Dealt with" in client.get("/staff/declarations/").content.decode()


def test_a_consumer_withdraws_on_the_page(hosting):
    with transaction.as_staff():
        Organization.objects.filter(pk=hosting.aurora.pk).update(kind="person")
    client, held = browser(hosting.ada), hosting.held[0].public_id
    page = f"{hosting.home}products/{held}/withdrawal/"

    assert page in client.get(f"{hosting.home}products/{held}/").content.decode()
    assert "Confirm the withdrawal" in client.get(page).content.decode()
    assert client.post(page, {"name": "", "email": ""}).status_code == 422
    assert "is confirmed" in client.post(page, {"name": "Ada", "email": "ada@x.example"}).content.decode()
    assert client.post(page, {"name": "Ada", "email": "ada@x.example"}).status_code == 422


def test_an_organization_is_emptied_and_deleted_on_one_page(hosting):
    client, page = browser(hosting.ada), f"{hosting.home}settings/organization/deletion/"
    bo = people.person("bo@aurora.example")
    people.member(hosting.aurora, bo, Role.COLLABORATOR)

    assert "What stands in the way" in client.get(page).content.decode()
    assert client.post(page, {"do": "stop", "password": "guess"}).status_code == 422
    assert client.post(page, {"do": "delete", "name": "Aurora Srl", "password": people.PASSWORD}).status_code == 422
    client.post(page, {"do": "stop", "password": people.PASSWORD})
    client.post(page, {"do": "members"})
    night(at=clock.now())
    assert "It cannot be undone" in client.get(page).content.decode()
    assert client.post(page, {"do": "delete", "name": "Aurora Srl", "password": "guess"}).status_code == 422
    place = client.post(page, {"do": "delete", "name": "Aurora Srl", "password": people.PASSWORD}).url

    assert "Certificate of deletion" in Client().get(place).content.decode()
    assert Client().get(f"{place}pdf/").content.startswith(b"%PDF")
    assert Client().get(place[:-4] + "/").status_code == 404
    assert client.get(hosting.home).status_code == 404
    assert client.get("/").status_code == 200
    assert browser(bo).get(page).status_code == 404
