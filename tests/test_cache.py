"""The folder of compiled programs: private, or not used."""

from __future__ import annotations

import stat

import pytest

from numeric.cache import is_private, private_directory


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


def test_it_is_made_for_its_owner_alone(home):
    found = private_directory()
    assert found == home / "derivations" / "xla"
    assert stat.S_IMODE(found.stat().st_mode) == 0o700


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702])
def test_it_is_not_used_where_others_may_write(home, mode):
    found = private_directory()
    found.chmod(mode)
    assert private_directory() is None


def test_a_link_is_not_followed(home, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (home / "derivations").mkdir(mode=0o700)
    (home / "derivations" / "xla").symlink_to(elsewhere, target_is_directory=True)
    assert private_directory() is None


def test_it_is_not_used_where_someone_else_owns_it(home, monkeypatch):
    found = private_directory()
    monkeypatch.setattr("os.getuid", lambda: found.stat().st_uid + 1)
    assert not is_private(found)


def test_there_may_be_no_place_for_it(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert private_directory() is None
