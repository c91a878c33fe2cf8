"""
Accounts: opened on first use, under the headings that the packages above declare in their `chart.py`.

A code is the heading, then what tells its accounts apart, then the currency: `prepaid:org_01k…:CHF`, `revenue:EUR`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from plancia.kernel import ids, transaction
from plancia.ledger.models import Account, Kind

_headings: dict[str, Heading] = {}


@dataclass(frozen=True, slots=True)
class Heading:
    """A line of the chart of accounts: the nature of all accounts whose code begins with `name`."""

    name: str
    kind: Kind
    is_of_organization: bool
    tracks_balance: bool
    is_floored: bool

    def code(self, *parts: str) -> str:
        """Return the code of an account under this heading. The last part is the currency."""
        return ":".join((self.name, *parts))


def heading(
    name: str,
    *,
    kind: Kind,
    is_of_organization: bool = False,
    tracks_balance: bool = False,
    is_floored: bool = False,
) -> Heading:
    """
    Declare a line of the chart of accounts. `is_of_organization`: the code's second part is its public id.

    Raises: ValueError, when the name is taken by another nature.
    """
    declared = Heading(name, kind, is_of_organization, tracks_balance, is_floored)
    if _headings.setdefault(name, declared) != declared:
        raise ValueError(f"two headings are called {name}")
    return declared


def headings() -> list[Heading]:
    """Return the chart of accounts, by name."""
    return [_headings[name] for name in sorted(_headings)]


def currency_of(code: str) -> str:
    """Return the currency that an account's code ends in."""
    return code.rpartition(":")[2]


def open_account(
    *,
    code: str,
    kind: str,
    currency: str,
    organization_id: UUID | None = None,
    tracks_balance: bool = False,
    is_floored: bool = False,
) -> Account:
    """Open an account, or return the one that has the code. Twice at once opens one."""
    return _open(
        [
            Account(
                code=code,
                kind=Kind(kind),
                currency=currency,
                organization_id=organization_id,
                balance_minor=0 if tracks_balance or is_floored else None,
                is_floored=is_floored,
            )
        ]
    )[code]


def open_missing(wanted: Iterable[tuple[str, UUID | None]]) -> dict[str, Account]:
    """
    Return the accounts with these codes, opened under their headings where they are missing.

    With each code comes the organization that its posting is for.

    Raises: LookupError, when nobody declared a code's heading.
    """
    organizations = dict(wanted)
    found = _find(list(organizations))
    missing = sorted(organizations.keys() - found.keys())
    # Without a savepoint where all are there, as almost always: each would cost two trips to the database.
    return found | _open([_under_heading(code, organizations[code]) for code in missing]) if missing else found


def _find(codes: list[str]) -> dict[str, Account]:
    # By hand: on the way of every posting, the ORM would take longer over its query than the database.
    with transaction.connection().cursor() as cursor:
        cursor.execute(_FIND, [codes])
        return {row[1]: Account(*row) for row in cursor.fetchall()}


_FIND = """
    select id, code, kind, currency, organization_id, balance_minor, is_floored
    from ledger_account where code = any(%s)
"""


def _under_heading(code: str, organization_id: UUID | None) -> Account:
    name, *parts = code.split(":")
    if name not in _headings:
        raise LookupError(f"no heading for the account {code}")
    line = _headings[name]
    if line.is_of_organization and ids.parse(parts[0].rpartition("_")[0], parts[0]) != organization_id:
        raise LookupError(f"{code} is not an account of organization {organization_id}")
    return Account(
        code=code,
        kind=line.kind,
        currency=parts[-1],
        organization_id=organization_id if line.is_of_organization else None,
        balance_minor=0 if line.tracks_balance else None,
        is_floored=line.is_floored,
    )


@transaction.atomic
def _open(accounts: list[Account]) -> dict[str, Account]:
    # In order of code, so that two who open the same accounts wait for each other in turn.
    Account.objects.bulk_create(accounts, ignore_conflicts=True)
    return {account.code: account for account in Account.objects.filter(code__in=[one.code for one in accounts])}
