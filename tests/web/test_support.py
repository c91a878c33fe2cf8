"""Support, trust and status on the pages: who reads what, and what a browser is asked to keep."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from plancia.kernel import clock, transaction
from plancia.notices.models import Message
from plancia.organizations.roles import Role
from plancia.support.models import StatusSubscriber
from plancia.web.trust.cookies import COOKIES
from tests import people
from tests.knowledge import shelf
from tests.leaving.world import night
from tests.web.test_console import browser, queries
from tests.web.test_leaving import World


@pytest.fixture
def hosting(db) -> World:
    return World("web-hosting")


def ask(world: World, client: Client, **more: object) -> str:
    wish = {"subject": "Slow", "text": "Why?", "product": world.held[0].public_id, "page": "/x/", **more}
    return str(client.post(f"{world.home}support/new/", wish).url)


def test_a_request_goes_to_and_fro_with_its_product_page_and_files(hosting):
    client, nora = browser(hosting.ada), browser(people.person("nora@provider.example", "Nora", is_staff=True))
    page = client.get(f"{hosting.home}support/new/?page=/o/x/&product={hosting.held[0].public_id}").content.decode()
    assert "selected>web-hosting.example" in page and "/o/x/" in page

    place = ask(hosting, client, attached=SimpleUploadedFile("shot.png", b"\x89PNG\r\n\x1a\n."))
    number = place.rstrip("/").rsplit("/", 1)[-1]
    file = re.search(r"files/(sra_\w+)/", client.get(place).content.decode())[1]
    shot = client.get(f"{place}files/{file}/")
    assert "Slow" in nora.get("/staff/requests/").content.decode()
    nora.post("/staff/requests/answers/", {"title": "Cache", "language": "en", "text": "Empty the cache."})
    desk = nora.get(f"/staff/requests/{number}/").content.decode()
    canned = re.search(r'value="(cna_\w+)"', desk)[1]
    assert "web-hosting.example" in desk and "Aurora Srl" in desk
    assert "Empty the cache." in nora.get(f"/staff/requests/{number}/?canned={canned}").content.decode()
    nora.post(f"/staff/requests/{number}/move/", {"do": "take"})
    nora.post(f"/staff/requests/{number}/", {"text": "Empty the cache."})
    assert nora.get(f"/staff/requests/{number}/files/{file}/").status_code == 200

    assert (shot["Content-Disposition"], shot["X-Content-Type-Options"]) == (
        'attachment; filename="shot.png"',
        "nosniff",
    )
    assert "Empty the cache." in client.get(place).content.decode()
    assert client.post(place, {"text": ""}).status_code == 422
    client.post(f"{place}closing/")
    assert "Closed" in client.get(f"{hosting.home}support/").content.decode()
    assert client.post(f"{place}closing/").status_code == 409


def test_a_file_that_may_not_come_is_told_at_its_field(hosting):
    wish = {"subject": "S", "text": "T", "attached": SimpleUploadedFile("x.exe", b"MZ\0\0")}

    response = browser(hosting.ada).post(f"{hosting.home}support/new/", wish)

    assert response.status_code == 422 and "x.exe" in response.content.decode()


def test_an_article_answers_a_request_and_an_answer_becomes_an_article(hosting, tmp_path):
    shelf.load(shelf.build(tmp_path))
    client, nora = browser(hosting.ada), browser(people.person("nora@provider.example", "Nora", is_staff=True))
    place = ask(hosting, client, subject="How do I download an invoice?")
    desk = f"/staff/requests/{place.rstrip('/').rsplit('/', 1)[-1]}/"

    offered = nora.get(desk).content.decode()
    inserted = nora.get(f"{desk}?article=20").content.decode()
    kept = nora.get("/staff/requests/answers/?article=20&language=it").content.decode()
    nora.post(desk, {"text": "Press **Print**, and choose PDF."})
    link = re.search(r'href="(/staff/help/new/\?answer=srm_\w+)"', nora.get(desk).content.decode())[1]
    form = nora.get(link).content.decode()

    assert "?article=20#id_text" in offered and "?answer=" not in client.get(place).content.decode()
    assert "/help/en/20-download-an-invoice/</textarea>" in inserted and "](" not in inserted.split("<textarea")[1]
    assert 'value="Scaricare una fattura"' in kept and "/help/it/20-scaricare-una-fattura/</textarea>" in kept
    assert 'value="How do I download an invoice?"' in form and "Press **Print**, and choose PDF." in form


def test_members_read_their_own_requests_and_administrators_all(hosting):
    bo, cy = people.person("bo@aurora.example"), people.person("cy@aurora.example")
    for one in (bo, cy):
        people.member(hosting.aurora, one, Role.COLLABORATOR)
    place = ask(hosting, browser(bo), product="")
    there = f"/o/{people.borea(hosting.ada).public_id}/"

    assert browser(hosting.ada).get(place).status_code == 200
    assert browser(cy).get(place).status_code == 404
    assert "Slow" not in browser(cy).get(f"{hosting.home}support/").content.decode()
    assert browser(hosting.ada).get(place.replace(hosting.home, there)).status_code == 404


def test_a_customer_lets_staff_look_and_ends_it(hosting):
    client, page = browser(hosting.ada), f"{hosting.home}settings/support-access/"
    bo = people.person("bo@aurora.example")
    people.member(hosting.aurora, bo, Role.COLLABORATOR)

    client.post(page, {"hours": "24"})
    assert "Staff may look until" in client.get(page).content.decode()
    assert client.post(page, {"hours": "99999"}).status_code == 422
    client.post(page, {"revoke": "1"})
    assert "Staff may look until" not in client.get(page).content.decode()
    assert browser(bo).post(page, {"hours": "24"}).status_code == 403


def test_the_lists_cost_the_same_for_one_request_and_for_many(hosting):
    client, nora = browser(hosting.ada), browser(people.person("nora@provider.example", is_staff=True))
    ask(hosting, client)
    before = queries(client, f"{hosting.home}support/"), queries(nora, "/staff/requests/?show=all")
    for _ in range(12):
        ask(hosting, client)

    assert (queries(client, f"{hosting.home}support/"), queries(nora, "/staff/requests/?show=all")) == before
    assert max(before) <= 10


def test_trust_and_security_are_told_to_everybody(db):
    page = Client().get("/trust/").content.decode()
    told = Client().get("/.well-known/security.txt")

    assert all(word in page for word in ("ISO/IEC 27001", "CH-27001-0904", "PCI DSS", "HDS", "Lugano 1"))
    assert told["Content-Type"].startswith("text/plain")
    assert re.search(r"^Contact: mailto:\S+\nExpires: \d{4}-\d\d-\d\dT", told.content.decode())


def test_staff_tell_of_an_incident_and_everybody_reads_it(hosting):
    nora, reader = browser(people.person("nora@provider.example", "Nora", is_staff=True)), Client()
    assert "Everything works" in reader.get("/status/").content.decode()
    reader.post("/status/", {"email": "eve@x.example"})
    night(at=clock.now())
    with transaction.as_staff():
        text = Message.objects.get(recipients=["eve@x.example"]).text
    link = "/status/subscription/" + re.search(r"/status/subscription/(\S+)", text)[1]
    reader.get(link)

    wish = {"kind": "incident", "title": "Mail <b>late", "types": ["web-hosting"], "text": "We look."}
    place = nora.post("/staff/status/", wish).url
    number = place.rstrip("/").rsplit("/", 1)[-1]
    page = reader.get("/status/").content.decode()
    assert "Mail &lt;b&gt;late" in page and "Disturbed" in page
    feed = ElementTree.fromstring(reader.get("/status/feed/").content)
    assert [one.text for one in feed.iter("{http://www.w3.org/2005/Atom}summary")] == ["We look."]
    nora.post(place, {"state": "resolved", "text": "Done."})
    night(at=clock.now())
    assert nora.post(place, {"state": "resolved", "text": "Done."}).status_code == 409

    assert "Done." in reader.get(f"/status/{number}/").content.decode()
    with transaction.as_staff():
        assert Message.objects.filter(recipients=["eve@x.example"], subject__startswith="Mail").count() == 2
    reader.post(link)
    assert hosting.count(StatusSubscriber) == 0
    assert reader.get(link).status_code == 409


def test_we_set_the_cookies_that_the_page_lists_and_no_others(hosting):
    client = Client()
    client.get("/account/sign-in/")
    client.post("/language/", {"language": "it", "next": "/"})
    client.post("/theme/", {"theme": "dark", "next": "/"})
    client.post("/account/sign-in/", {"login": hosting.ada.email, "password": people.PASSWORD})
    client.get(hosting.home)

    assert set(client.cookies) == {cookie.name for cookie in COOKIES}


@pytest.mark.parametrize("language", ["it", "en", "fr", "de", "es"])
def test_the_guide_to_cookies_and_scripts_is_in_every_language(db, language):
    client = Client()
    client.cookies["language"] = language

    page = client.get("/cookies-and-javascript/").content.decode()

    assert all(name in page for name in ("Chrome", "Firefox", "Edge", "Safari", "sessionid"))
    assert "/cookies-and-javascript/" in client.get("/account/sign-in/").content.decode()


def test_cookies_that_are_off_are_told_with_the_guide(db):
    response = Client(enforce_csrf_checks=True).post("/account/sign-in/", {"login": "a@b.example", "password": "x"})

    assert response.status_code == 403
    assert "/cookies-and-javascript/" in response.content.decode()
