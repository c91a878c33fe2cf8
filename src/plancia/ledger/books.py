"""The books: what they should say, recomputed from the entries alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from plancia.kernel import transaction


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is not as it should be. `check` names the rule, `subject` what breaks it."""

    check: str
    subject: str
    found: str
    expected: str

    def __str__(self) -> str:
        return f"{self.check}: {self.subject}: {self.found}, expected {self.expected}"

    @property
    def explanation(self) -> str:
        """What such a difference means, and where to look."""
        return _explanations[self.check]


Check = Callable[[], Iterable[Difference]]
Function = TypeVar("Function", bound=Check)

_checks: dict[str, Check] = {}
_explanations: dict[str, str] = {}


def check(name: str, *, explains: str) -> Callable[[Function], Function]:
    """
    Register a function of a package above as part of the books' check. It asks as staff, and reads in sets.

    `explains` says to whoever reads a difference what it means, and where to look.
    """

    def register(function: Function) -> Function:
        _explanations[name] = explains
        if _checks.setdefault(name, function) is not function:
            raise ValueError(f"two checks are called {name}")
        return function

    return register


def checks() -> list[str]:
    """Return the names of all checks, the ledger's own first."""
    return [*_RULES, *sorted(_checks)]


def differences() -> list[Difference]:
    """Return everything that is wrong in the books; nothing is good. Asks as staff, of all organizations."""
    with transaction.as_staff():
        found = [difference for name in _RULES for difference in query(name, _RULES[name])]
        for name in sorted(_checks):
            found += _checks[name]()
    return found


def query(name: str, sql: str) -> list[Difference]:
    """Return the rows of a query (subject, found, expected) as differences: for checks that are one statement."""
    with transaction.connection().cursor() as cursor:
        cursor.execute(sql)
        return [Difference(name, str(subject), str(found), str(wanted)) for subject, found, wanted in cursor.fetchall()]


_RULES = {
    "postings balance": """
        select t.reference, sum(e.amount_minor) || ' ' || e.currency, '0 ' || e.currency
        from ledger_entry e join ledger_transaction t on t.id = e.transaction_id
        group by t.id, t.reference, e.currency having sum(e.amount_minor) <> 0 order by t.reference""",
    "postings are whole": """
        select t.reference, count(e.id) || ' entries', '2 or more'
        from ledger_transaction t left join ledger_entry e on e.transaction_id = t.id
        group by t.id, t.reference having count(e.id) < 2 order by t.reference""",
    "balances equal entries": """
        select a.code, a.balance_minor, coalesce(e.amount, 0)
        from ledger_account a
        left join (select account_id, sum(amount_minor) as amount from ledger_entry group by account_id) e
            on e.account_id = a.id
        where a.balance_minor is not null and a.balance_minor <> coalesce(e.amount, 0) order by a.code""",
    "floors hold": """
        select a.code, sum(e.amount_minor), '0 or less'
        from ledger_account a join ledger_entry e on e.account_id = a.id
        where a.is_floored group by a.id, a.code having sum(e.amount_minor) > 0 order by a.code""",
    "references are used once": """
        select reference, count(*) || ' postings', '1' from ledger_transaction
        group by reference having count(*) > 1 order by reference""",
    "entries fit their account": """
        select t.reference, e.currency || ' of ' || coalesce(e.organization_id::text, 'nobody'), a.code
        from ledger_entry e
        join ledger_account a on a.id = e.account_id join ledger_transaction t on t.id = e.transaction_id
        where a.currency <> e.currency or e.organization_id is distinct from t.organization_id
           or (a.organization_id is not null and a.organization_id is distinct from e.organization_id)
        order by t.reference""",
}

_explanations |= {
    "postings balance": "Money was made or lost: somebody wrote to the ledger past its rules.",
    "postings are whole": "A posting lost entries: look for a restore that stopped half-way.",
    "balances equal entries": "The balance that is kept is not that of the entries, which are the truth.",
    "floors hold": "A customer's account was overdrawn: more was taken from it than was on it.",
    "references are used once": "The same movement was booked twice; one of them is to be reversed.",
    "entries fit their account": "An entry is of another currency or customer than its account.",
}
