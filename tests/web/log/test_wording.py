"""Whatever a use case writes into the trail has words for the customer who reads it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.utils import translation

import plancia
from plancia.bank.states import PayoutState
from plancia.subscriptions import events
from plancia.wallet.states import RefundState
from plancia.web.log import wording

ACTION = re.compile(r"[a-z_]+\.[a-z_]+")
#: Names that are put together where they are recorded: by the source of their expression, what they can become.
MADE = {
    "f'payout.{payout.state}'": {f"payout.{one}" for one in ("refused", "rejected", "returned")},
    "f'refund.{refund.state}'": {f"refund.{one}" for one in ("done", "failed")},
    "f'{of}.product_granted'": {"member.product_granted", "team.product_granted"},
    "f'{of}.product_withdrawn'": {"member.product_withdrawn", "team.product_withdrawn"},
    "event.name": {
        one.name for one in (events.SubscriptionRestricted, events.SubscriptionSuspended, events.SubscriptionResumed)
    },
}
#: Given by a caller in the same file, to a function `_record`.
PASSED_ON = "action"


def recorded() -> Iterator[tuple[str, str]]:
    """Return each action that is recorded, or the expression that says which, and where."""
    for file in Path(plancia.__file__).parent.rglob("*.py"):
        text = file.read_text()
        if "trail" not in text or file.parent.name == "audit":
            continue
        for call in (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)):
            name, where = ast.unparse(call.func), f"{file.name}:{call.lineno}"
            if name in {"trail.record", "trail.entry"}:
                yield from ((one, where) for one in _alternatives(call.args[1]))
            elif name == "_record":
                said = [argument for argument in call.args if isinstance(argument, ast.Constant | ast.JoinedStr)]
                yield from ((one, where) for argument in said for one in _alternatives(argument) if "." in one)


def _alternatives(expression: ast.expr) -> list[str]:
    if isinstance(expression, ast.IfExp):
        return [*_alternatives(expression.body), *_alternatives(expression.orelse)]
    return [str(expression.value) if isinstance(expression, ast.Constant) else ast.unparse(expression)]


def actions() -> dict[str, str]:
    found: dict[str, str] = {}
    for said, where in recorded():
        if said != PASSED_ON:
            found |= dict.fromkeys(MADE.get(said, {said}), where)
    return found


def test_every_action_has_words_and_every_word_an_action():
    found = actions()

    assert {one: where for one, where in found.items() if one not in wording.ACTIONS} == {}
    assert set(wording.ACTIONS) - set(found) == set()
    assert len(found) > 90


def test_the_words_are_said_in_every_language(settings):
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            said = {action: str(words) for action, words in wording.ACTIONS.items()}
        assert not [action for action, words in said.items() if ACTION.fullmatch(words)]
        assert len(set(said.values())) == len(said), [
            one for one in said.values() if list(said.values()).count(one) > 1
        ]


def test_what_is_put_together_can_become_nothing_else():
    payouts = {f"payout.{one}" for one in PayoutState} & set(wording.ACTIONS)

    assert payouts == {"payout.released", "payout.paid", "payout.refused", "payout.rejected", "payout.returned"}
    assert {f"refund.{one}" for one in RefundState} - {"refund.pending"} <= set(wording.ACTIONS)
