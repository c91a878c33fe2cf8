"""What every table of ours has: a UUIDv7 key, a prefix for the outside, and locking by name."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar, Self, TypeVar

from django.db import models

from plancia.kernel import ids

Model = TypeVar("Model", bound="Row")


class Rows(models.QuerySet[Model]):
    """A queryset that can lock."""

    def locked(self) -> Self:
        """
        Take the rows, in order of key, for this transaction.

        Keys never change, so the lock lets others refer to the rows: rows that point at a locked organization can
        still be written, and two transactions that wrote such rows do not wait for each other for ever.
        """
        return self.select_for_update(of=("self",), no_key=True).order_by("pk")

    def by_public_id(self, text: str) -> Self:
        """Return the row that `text` names; none where it is no such id."""
        key = ids.parse(self.model.prefix, text)
        return self.filter(pk=key) if key else self.none()


class Row(models.Model):
    """A row with a UUIDv7 key. `prefix` says how the key is shown outside: `org` gives `org_01k…`."""

    prefix: ClassVar[str]

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)

    objects: ClassVar[Any] = Rows.as_manager()

    class Meta:
        abstract = True

    @property
    def public_id(self) -> str:
        """The key as it is shown outside the database."""
        return ids.public(self.prefix, self.pk)

    def __str__(self) -> str:
        return self.public_id


Key = uuid.UUID
