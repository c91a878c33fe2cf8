"""The mail that comes: a small SMTP server for one address, behind the provider's own."""

from __future__ import annotations

import asyncio
import logging
import threading
from email.utils import parseaddr
from typing import Any

from aiosmtpd.controller import Controller
from django.conf import settings
from django.db import connections

from plancia.kernel import clock
from plancia.support import incoming
from plancia.support.incoming import Outcome

logger = logging.getLogger(__name__)

_ANSWERS = {
    Outcome.UNKNOWN_SENDER: "550 5.7.1 Write from the address that you sign in with, or use the console",
    Outcome.EMPTY: "550 5.6.0 There is no text in this mail",
    Outcome.REFUSED: "550 5.6.0 This mail cannot be taken",
}


class Receiver:
    """Takes mail for the address of support, with or without a request in it, and for nobody else."""

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802  (aiosmtpd's name)
        """Accept what is for us."""
        ours = parseaddr(settings.SUPPORT_ADDRESS)[1].lower()
        local, _at, host = address.lower().rpartition("@")
        if f"{local.partition('+')[0]}@{host}" != ours:
            return "550 5.1.1 No such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  (aiosmtpd's name)
        """Take one mail, outside the loop, as the database blocks."""
        outcome = await asyncio.to_thread(
            _take, envelope.original_content or envelope.content, envelope.rcpt_tos[0], envelope.mail_from or ""
        )
        logger.info("mail: %s", outcome)
        return _ANSWERS.get(outcome, "250 OK")


def server(host: str, port: int) -> Controller:
    """Return the server, not yet started."""
    return Controller(Receiver(), hostname=host, port=port, data_size_limit=incoming.LARGEST_BYTES)


def run(host: str, port: int) -> None:
    """Take mail until asked to stop."""
    controller = server(host, port)
    controller.start()
    try:
        threading.Event().wait()
    finally:
        controller.stop()


def _take(content: bytes, recipient: str, sender: str) -> Outcome:
    try:
        return incoming.receive(content, recipient=recipient, sender=sender, at=clock.now())
    finally:
        connections.close_all()
