"""What the demo's customers asked support, and what its status page told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from plancia.accounts.models import User
from plancia.demo import cast
from plancia.demo.life import Life
from plancia.kernel.actors import Actor, ActorKind
from plancia.organizations.models import Organization
from plancia.support import access, answers, incidents, requests
from plancia.support.incidents import Kind, State


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of an organization: what is said in turn, the customer first; whether it is closed, and how old."""

    organization: str
    person: cast.Person
    subject: str
    said: Sequence[str]
    days_ago: float
    is_closed: bool = False


ASKED = (
    Asked(
        "Atelier Bernasconi Sagl",
        cast.CHIARA,
        "Fattura con il riferimento del mio cliente",
        (
            "Buongiorno, posso far comparire il numero d’ordine del mio cliente sulla fattura del suo sito?",
            "Buongiorno Chiara, sì: lo si scrive nella pagina del prodotto, sotto «Riferimento». Appare dalla prossima"
            " fattura in poi.",
            "Perfetto, grazie!",
        ),
        40,
        is_closed=True,
    ),
    Asked(
        "Müller & Söhne Schreinerei GmbH",
        cast.JONAS,
        "Neue Karte für die automatische Verlängerung",
        (
            "Guten Tag, unsere Firmenkarte läuft im Januar ab. Muss ich sie bei jedem Produkt einzeln ersetzen?",
            "Guten Tag Herr Müller, nein: Hinterlegen Sie die neue Karte unter Buchhaltung → Zahlungsarten und machen"
            " Sie sie zum Standard. Was keine eigene Zahlungsart hat, wird mit ihr bezahlt.",
        ),
        6,
    ),
    Asked(
        "Atelier Bernasconi Sagl",
        cast.CHIARA,
        "Un sito risponde lentamente",
        ("Da ieri sera il sito di un mio cliente risponde lentamente, soprattutto il negozio. Potete guardare?",),
        1.2,
    ),
    Asked(
        "Fondation des Amis du Lac",
        cast.AMELIE,
        "Reçu pour notre révision",
        ("Bonjour, notre réviseur demande toutes les factures de l’année en un seul fichier. Est-ce possible ?",),
        0.4,
    ),
)
READY = (
    ("Tutte le fatture in un file", "it", "Apra Contabilità → Fatture e prema «Tutte in un file»."),
    ("Toutes les factures", "fr", "Ouvrez Comptabilité → Factures, puis « Tout en un fichier »."),
    ("Where a payment is", "en", "Bank transfers arrive within one or two working days; the order page shows it."),
)


def plan(life: Life, people: Mapping[str, User], staff: Actor, *, end: datetime) -> None:
    """Plan what is asked and answered, the staff's leave to look, an incident that is over, and maintenance to come."""
    for asked in ASKED:
        _plan_conversation(life, asked, people[asked.person.email], staff, end - timedelta(days=asked.days_ago))
    life.plan(end - timedelta(days=50), _keep_answers)
    life.plan(end - timedelta(days=1), lambda at: _let_look(people[cast.CHIARA.email], at))
    _plan_incident(life, staff, end - timedelta(days=23))
    life.plan(end - timedelta(days=2), lambda at: _announce(staff, at))


def _plan_conversation(life: Life, asked: Asked, user: User, staff: Actor, start: datetime) -> None:
    author = Actor(ActorKind.USER, user.name, user_id=user.pk)

    def begin(at: datetime) -> None:
        request = requests.open_(
            organization_id=Organization.objects.get(name=asked.organization).pk,
            subject=asked.subject,
            text=asked.said[0],
            user_id=user.pk,
            email=user.email,
            language=user.language,
            actor=author,
            at=at,
        )
        for turn, text in enumerate(asked.said[1:], start=1):
            is_staff = turn % 2 == 1
            later = at + timedelta(hours=2 * turn)
            who = staff if is_staff else author
            requests.write(request_id=request.pk, text=text, is_staff=is_staff, actor=who, at=later)
        if asked.is_closed:
            requests.close(request_id=request.pk, actor=author, at=at + timedelta(hours=2 * len(asked.said)))

    life.plan(start, begin)


def _keep_answers(at: datetime) -> None:
    for title, language, text in READY:
        answers.keep(title=title, language=language, text=text, at=at)


def _let_look(user: User, at: datetime) -> None:
    organization = Organization.objects.get(name="Atelier Bernasconi Sagl")
    actor = Actor(ActorKind.USER, user.name, user_id=user.pk)
    access.grant(organization_id=organization.pk, hours=168, actor=actor, at=at)


def _plan_incident(life: Life, staff: Actor, start: datetime) -> None:
    def begin(at: datetime) -> None:
        incident = incidents.report(
            kind=Kind.INCIDENT,
            title="Incoming mail is delivered late",
            text="Some mail waits up to twenty minutes. Nothing is lost. We look for the cause.",
            types=["email-service", "personal-mail"],
            starts_at=at - timedelta(minutes=12),
            ends_at=None,
            actor=staff,
            at=at,
        )
        for minutes, state, text in (
            (35, State.IDENTIFIED, "A filter server answers slowly. We take it out of the cluster."),
            (70, State.RESOLVED, "All mail that waited is delivered."),
        ):
            later = at + timedelta(minutes=minutes)
            incidents.update(incident_id=incident.pk, state=state, text=text, actor=staff, at=later)

    life.plan(start, begin)


def _announce(staff: Actor, at: datetime) -> None:
    starts_at = (at + timedelta(days=7)).replace(hour=1, minute=0)
    incidents.report(
        kind=Kind.MAINTENANCE,
        title="New switches in Zürich 2",
        text="Two switches are replaced. Servers may be out of reach for up to five minutes.",
        types=["cloud-server", "vps"],
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=3),
        actor=staff,
        at=at,
    )
