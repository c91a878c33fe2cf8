from __future__ import annotations

import os
from pathlib import Path

import pytest

from plancia.ops import home


def test_the_data_directory_can_be_named(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    monkeypatch.setenv("PLANCIA_HOME", str(place / "here"))

    assert home.prepare() == place / "here"
    assert (place / "here").stat().st_mode & 0o777 == 0o755


def test_the_umask_keeps_nobody_out(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    monkeypatch.setenv("PLANCIA_HOME", str(place / "deep" / "here"))
    before = os.umask(0o077)

    home.prepare()
    os.umask(before)

    assert (place / "deep").stat().st_mode & 0o777 == 0o755


def test_a_file_in_its_place_is_refused(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    (place / "file").write_text("mine")
    monkeypatch.setenv("PLANCIA_HOME", str(place / "file" / "here"))

    with pytest.raises(home.Unusable, match="PLANCIA_HOME"):
        home.prepare()

    assert (place / "file").read_text() == "mine"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the database as somebody else")
def test_root_is_told_where_the_database_could_not_go(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    (place / "closed").mkdir(mode=0o700)
    monkeypatch.setenv("PLANCIA_HOME", str(place / "closed" / "here"))

    with pytest.raises(home.Unusable, match="may not enter"):
        home.prepare()


def test_a_secret_is_made_once_and_kept_from_others(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    monkeypatch.setenv("PLANCIA_HOME", str(place))
    made = iter(["first", "second"])

    first = home.secret("key", make=lambda: next(made))
    second = home.secret("key", make=lambda: next(made))

    assert first == second == "first"
    assert (place / "secrets" / "key").stat().st_mode & 0o777 == 0o600
    assert (place / "secrets").stat().st_mode & 0o777 == 0o700
