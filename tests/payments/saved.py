"""Saved cards, as the rehearsal gateway names them: by how they behave."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.test import override_settings

from plancia.kernel import tenancy, transaction
from plancia.kernel.actors import SYSTEM
from plancia.organizations.models import Organization
from plancia.payments import profiles
from plancia.payments.gateways.protocol import Means
from plancia.payments.models import Profile
from plancia.payments.rehearsal import Server, cards


@contextmanager
def gateway() -> Iterator[Server]:
    """The rehearsal gateway on a port of its own; nobody takes its callbacks."""
    with Server(("127.0.0.1", 0), secret="between us") as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        with override_settings(
            BASE_URL="http://127.0.0.1:9",
            REHEARSAL_GATEWAY_URL=f"http://127.0.0.1:{server.server_port}",
            REHEARSAL_GATEWAY_SECRET="between us",
        ):
            yield server
        server.shutdown()


def card(organization: Organization, *, at: datetime, behaviour: str = "save", is_default: bool = False) -> Profile:
    """Save a card that works, or behaves as it is told to, as the web and the gateway's callback do."""
    with tenancy.within(organization.pk):
        started = profiles.start(organization_id=organization.pk, actor=SYSTEM, at=at)
    told = cards.new(behaviour)
    means = Means(
        told["reference"], told["label"], told["last_digits"], datetime.fromisoformat(told["expires_on"]).date()
    )
    with transaction.as_staff():
        saved = profiles.save(profile_id=started.pk, means=means, at=at)
        if is_default:
            return profiles.make_default(profile_id=saved.pk, actor=SYSTEM, at=at)
    return saved
