"""
Signing: the keys that tokens are signed with, and their rotation.

A new key is published a day before it signs, and an old one a day after it has signed its last token, so that no app
meets a token whose key it cannot find.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime, timedelta

from allauth.idp.oidc.models import PrivateKey
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.db.models import Q

from plancia.federation.models import SigningKey
from plancia.kernel import transaction

AHEAD, AFTERWARDS = timedelta(days=1), timedelta(days=1)
#: A key signs so long before the timetable puts another in its place.
SIGNS_FOR = timedelta(days=90)


def keys(*, at: datetime) -> list[PrivateKey]:
    """Return the keys that are published: what signs now, what will, and what did until of late."""
    found = SigningKey.objects.filter(Q(expires_at=None) | Q(expires_at__gt=at)).order_by("issued_at", "pk")
    return [_opened(key) for key in found] or [_first(at)]


@transaction.atomic
def rotate(*, at: datetime) -> SigningKey:
    """Make a new key, which signs from tomorrow, and let the others expire once their last tokens have."""
    _one_at_a_time()
    others = SigningKey.objects.filter(expires_at=None)
    signs_from = at + AHEAD if others.exists() else at
    others.update(expires_at=signs_from + AFTERWARDS)
    return _make(issued_at=at, signs_from=signs_from)


def rotate_when_due(*, at: datetime) -> bool:
    """Rotate when the newest key has signed for long enough. Says whether it did."""
    newest = SigningKey.objects.order_by("-issued_at").first()
    if newest is None or at - newest.issued_at < SIGNS_FOR:
        return False
    rotate(at=at)
    return True


@transaction.atomic
def _first(at: datetime) -> PrivateKey:
    _one_at_a_time()
    key = SigningKey.objects.order_by("issued_at").first() or _make(issued_at=at, signs_from=at)
    return _opened(key)


def _opened(key: SigningKey) -> PrivateKey:
    pem = _cipher().decrypt(key.sealed.encode()).decode()
    return PrivateKey(pem=pem, issued_at=key.issued_at, not_before=key.signs_from, expires_at=key.expires_at)


def _make(*, issued_at: datetime, signs_from: datetime) -> SigningKey:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    made: SigningKey = SigningKey.objects.create(
        sealed=_cipher().encrypt(pem).decode(), issued_at=issued_at, signs_from=signs_from
    )
    return made


def _one_at_a_time() -> None:
    with transaction.connection().cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext('plancia.signing'))")


def _cipher() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"signing {settings.SECRET_KEY}".encode()).digest()))
