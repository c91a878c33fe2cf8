"""A real Dovecot on loopback, made from the example of the documentation, that asks the test's database."""

from __future__ import annotations

import contextlib
import getpass
import imaplib
import os
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.waiting import until

EXAMPLE = Path(__file__).parents[2] / "docs/examples/dovecot"
PROGRAM = os.environ.get("PLANCIA_DOVECOT") or shutil.which("dovecot") or "/usr/sbin/dovecot"


@dataclass(frozen=True, slots=True)
class Dovecot:
    """Where it listens, and its log."""

    port: int
    log: Path

    def opens(self, address: str, password: str) -> bool:
        """Say whether a mail program gets in, and finds its inbox."""
        connection = imaplib.IMAP4("127.0.0.1", self.port, timeout=10)
        try:
            connection.login(address, password)
            return connection.select("INBOX")[0] == "OK"
        except imaplib.IMAP4.error as refused:
            assert "AUTHENTICATIONFAILED" in str(refused), f"{refused}\n{self.log.read_text()}"
            return False
        except OSError as failure:
            raise AssertionError(f"{failure}\n{self.log.read_text()}") from failure
        finally:
            with contextlib.suppress(OSError, imaplib.IMAP4.error):
                connection.logout()


@contextlib.contextmanager
def running(database_host: str, database: str) -> Iterator[Dovecot]:
    """Run one, and end it."""
    if not Path(PROGRAM).exists():
        pytest.fail(
            "There is no Dovecot: tools/setup dev installs it on Debian and Ubuntu, or name one: PLANCIA_DOVECOT"
        )
    # Not under the home of anybody: its processes change their user. Sockets want short paths.
    place = Path(tempfile.mkdtemp(prefix="dovecot-", dir="/tmp"))
    place.chmod(0o755)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    configuration = _configuration(place, port, database_host, database)
    server = subprocess.Popen([PROGRAM, "-F", "-c", configuration])
    try:
        log = place / "log"
        until(lambda: _listens(port) or server.poll() is not None, what="Dovecot listens", seconds=20)
        assert server.poll() is None, log.exists() and log.read_text()
        yield Dovecot(port, log)
    finally:
        server.terminate()
        server.wait(timeout=20)
        shutil.rmtree(place, ignore_errors=True)


def _configuration(place: Path, port: int, database_host: str, database: str) -> Path:
    is_root, me = os.geteuid() == 0, getpass.getuser()
    owner = "nobody" if is_root else me
    mail = place / "mail"
    mail.mkdir()
    if is_root:
        shutil.chown(mail, "nobody", "nogroup")
    sql = re.sub(
        r"^connect = .*$",
        f"connect = host={database_host} dbname={database} user=plancia_mail",
        (EXAMPLE / "dovecot-sql.conf.ext").read_text(),
        flags=re.MULTILINE,
    )
    (place / "sql.conf.ext").write_text(sql)
    changes = {
        "base_dir": place / "run",
        "state_dir": place / "state",
        "log_path": place / "log",
        "mail_location": f"maildir:{mail}/%u",
        "mail_uid": owner,
        "mail_gid": "nogroup" if is_root else str(os.getegid()),
        "ssl": "no",
    }
    text = (
        (EXAMPLE / "dovecot.conf").read_text().replace("/etc/dovecot/dovecot-sql.conf.ext", str(place / "sql.conf.ext"))
    )
    for key, value in changes.items():
        text, count = re.subn(rf"^{key} = .*$", f"{key} = {value}", text, flags=re.MULTILINE)
        assert count == 1, key
    users = (
        ""
        if is_root
        else f"default_internal_user = {me}\ndefault_login_user = {me}\ndefault_internal_group = {os.getegid()}\n"
    )
    # The database knows its clients by their user of the system: that of the tests.
    text += f"""
disable_plaintext_auth = no
auth_failure_delay = 0
first_valid_uid = 1
{users}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
# Nobody waits for having guessed wrong before: the tests guess a lot.
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service auth {{
  user = {"root" if is_root else me}
}}
"""
    (place / "dovecot.conf").write_text(text)
    return place / "dovecot.conf"


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False
