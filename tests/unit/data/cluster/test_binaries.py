import os

import pytest

from data.cluster.binaries import BIN_SETTING, Binaries, find_binaries
from data.cluster.errors import PostgisAbsent


def programs(root, version, *, postgis=True):
    folder = root / "usr" / "lib" / "postgresql" / str(version) / "bin"
    folder.mkdir(parents=True)
    for name in ("initdb", "pg_ctl", "postgres"):
        (folder / name).write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {version}.4'\n")
        (folder / name).chmod(0o755)
    extension = root / "usr" / "share" / "postgresql" / str(version) / "extension"
    extension.mkdir(parents=True)
    if postgis:
        (extension / "postgis.control").write_text("")
    return folder


def test_the_folder_that_is_named_is_taken(tmp_path):
    folder = programs(tmp_path, 16)
    found = find_binaries({BIN_SETTING: str(folder)})
    assert (found.folder, found.version) == (folder, 16)
    assert found.program("initdb") == str(folder / "initdb")


def test_an_older_version_is_refused(tmp_path):
    with pytest.raises(PostgisAbsent):
        find_binaries({BIN_SETTING: str(programs(tmp_path, 14))})


def test_a_server_without_postgis_is_refused(tmp_path):
    with pytest.raises(PostgisAbsent):
        find_binaries({BIN_SETTING: str(programs(tmp_path, 15, postgis=False))})


def test_a_folder_without_programs_is_refused(tmp_path):
    with pytest.raises(PostgisAbsent):
        find_binaries({BIN_SETTING: str(tmp_path)})


def test_unpacked_programs_are_told_where_their_libraries_and_tables_are(tmp_path):
    folder = programs(tmp_path, 15)
    (tmp_path / "usr" / "lib" / "x86_64-linux-gnu").mkdir()
    (tmp_path / "usr" / "share" / "proj").mkdir()
    (tmp_path / "usr" / "share" / "proj" / "proj.db").write_text("")
    environment = find_binaries({BIN_SETTING: str(folder)}).environment
    assert environment["LD_LIBRARY_PATH"].split(os.pathsep)[0] == str(
        tmp_path / "usr" / "lib" / "x86_64-linux-gnu"
    )
    assert environment["PROJ_DATA"] == str(tmp_path / "usr" / "share" / "proj")


def test_has_tells_programs_from_other_files(tmp_path):
    folder = programs(tmp_path, 15)
    (folder / "notes").write_text("")
    binaries = Binaries(folder, 15)
    assert binaries.has("initdb")
    assert not binaries.has("notes")
    assert not binaries.has("pgbench")
