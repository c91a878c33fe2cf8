"""The timetable: every periodic job, on one page. Times are UTC; a sixth field counts seconds."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from procrastinate import App, JobContext
from procrastinate.exceptions import ConnectorException

from plancia.ops import working
from plancia.outbox import rounds
from plancia.outbox.rounds import Round

logger = logging.getLogger(__name__)

QUEUE = "timetable"
RESCUE = "rescue-stalled-jobs"


@dataclass(frozen=True, slots=True)
class Entry:
    """A job that comes round: what it is for, when, and which use case it calls."""

    name: str
    cron: str
    use_case: str
    purpose: str

    def resolve(self) -> Callable[[], object]:
        """Return the use case."""
        module, function = self.use_case.split(":")
        found: Callable[[], object] = getattr(importlib.import_module(module), function)
        return found


TIMETABLE = (
    Entry("tell-facts", "* * * * *", "plancia.outbox.jobs:tell_untold", "tell facts whose own job was lost"),
    Entry("reconcile", "* * * * * */5", "plancia.provisioning.jobs:reconcile", "bring resources to what is wanted"),
    Entry("send-notices", "* * * * * */10", "plancia.notices.jobs:send_unsent", "send the mail that is written down"),
    Entry("ask-gateways", "* * * * * */5", "plancia.payments.jobs:ask_gateways", "charge saved cards and accounts"),
    Entry("ask-refunds", "* * * * * */10", "plancia.wallet.jobs:ask_refunds", "send money back through gateways"),
    Entry("top-up", "* * * * *", "plancia.wallet.jobs:top_up_automatically", "add money where the balance is low"),
    Entry(
        "forget-profiles",
        "25 * * * *",
        "plancia.payments.jobs:forget_profiles",
        "let gateways forget what was given up",
    ),
    Entry("tell-expiring-cards", "5 6 * * *", "plancia.payments.jobs:tell_expiring", "warn of cards that end soon"),
    Entry("expire-orders", "*/10 * * * *", "plancia.shop.jobs:expire_orders", "end orders that nobody paid"),
    Entry(
        "end-selections", "20 2 * * *", "plancia.subscriptions.jobs:end_selections", "end what was chosen and not paid"
    ),
    Entry("offer-renewals", "15 1 * * *", "plancia.subscriptions.jobs:offer_renewals", "invoice what ends soon"),
    Entry("collect-renewals", "15 * * * *", "plancia.subscriptions.jobs:collect_renewals", "pay what renews itself"),
    Entry(
        "warn-of-shortages",
        "0 7 * * *",
        "plancia.subscriptions.jobs:warn_of_shortages",
        "warn of renewals that prepaid accounts will not cover",
    ),
    Entry("remind", "30 7 * * *", "plancia.subscriptions.jobs:remind", "remind of invoices that are not paid"),
    Entry("apply-changes", "*/5 * * * *", "plancia.subscriptions.jobs:apply_changes", "begin what was changed in time"),
    Entry("enforce-payment", "45 * * * *", "plancia.subscriptions.jobs:enforce_payment", "suspend what stays unpaid"),
    Entry("check-vat-numbers", "* * * * *", "plancia.billing.jobs:check_vat_numbers", "ask VIES about VAT numbers"),
    Entry("chase-cancellations", "5 * * * *", "plancia.leaving.jobs:chase_cancellations", "remind of unconfirmed ones"),
    Entry("count-words", "50 2 * * *", "plancia.knowledge.jobs:count_words", "count the words of the help centre anew"),
    Entry("forget-questions", "20 3 * * *", "plancia.knowledge.jobs:forget_questions", "forget what nobody asks again"),
    Entry("render-archives", "* * * * * */10", "plancia.billing.jobs:render_archives", "make archives of documents"),
    Entry("rotate-signing-keys", "50 2 * * *", "plancia.federation.jobs:rotate_keys", "sign with another key"),
    Entry(
        "forget-codes",
        "20 3 * * *",
        "plancia.federation.jobs:forget_codes",
        "delete codes and tokens of old",
    ),
    Entry("close-accounts", "10 2 * * *", "plancia.leaving.jobs:close_accounts", "close accounts, as wished"),
    Entry("forget-attempts", "35 * * * *", "plancia.ops.tidying:forget_attempts", "forget wrong guesses of old"),
    Entry("erase-past", "30 3 * * *", "plancia.leaving.jobs:erase_past", "erase what is past its time"),
    Entry("watch-timetable", "*/10 * * * *", "plancia.ops.watching:watch", "raise the alarm for jobs that were missed"),
    Entry("forget-jobs", "40 3 * * *", "plancia.ops.tidying:forget_jobs", "delete jobs that ended a month ago"),
)


def register(app: App) -> None:
    """Put the periodic jobs on procrastinate's timetable. Called once, when Django is ready."""
    rounds.declare([Round(entry.name, entry.cron, entry.purpose) for entry in TIMETABLE])
    for entry in TIMETABLE:
        # One waiting and one running of each at most; a run that takes longer than its interval skips the next.
        task = app.task(name=f"timetable.{entry.name}", queue=QUEUE, lock=entry.name, queueing_lock=entry.name)
        app.periodic(cron=entry.cron)(task(_run(entry)))
    # Without a lock: a rescue that was killed itself must not keep the next one from running.
    rescue = app.task(name=f"timetable.{RESCUE}", queue=QUEUE, queueing_lock=RESCUE, pass_context=True)
    app.periodic(cron="* * * * * */15")(rescue(rescue_stalled_jobs))


async def rescue_stalled_jobs(context: JobContext, timestamp: int) -> None:
    """Give jobs back whose worker has died. A killed worker leaves them “doing”, for ever otherwise."""
    jobs = context.app.job_manager
    for job in await jobs.get_stalled_jobs(seconds_since_heartbeat=working.STALLED_SECONDS):
        # Each by itself: one that cannot be put back, as its like is waiting already, must not keep the others.
        try:
            await jobs.retry_job(job)
            logger.warning("gave back %s, whose worker died", job.call_string)
        except ConnectorException:
            await jobs.finish_job(job, status=_failed(), delete_job=True)


def _run(entry: Entry) -> Callable[..., Any]:
    def run(timestamp: int) -> None:
        entry.resolve()()

    run.__doc__ = entry.purpose
    return run


def _failed() -> Any:
    from procrastinate.jobs import Status

    return Status.FAILED
