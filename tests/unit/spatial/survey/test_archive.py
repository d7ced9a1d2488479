import stat
import zipfile
from dataclasses import replace

import pytest

from spatial.survey.readers.archive import unpack
from spatial.survey.readers.limits import UPLOAD
from spatial.survey.readers.records import Unreadable


def archive(tmp_path, *entries, compression=zipfile.ZIP_DEFLATED):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, data in entries:
            file.writestr(name, data)
    return path


def reason(tmp_path, path, limits=UPLOAD):
    target = tmp_path / "out"
    target.mkdir()
    with pytest.raises(Unreadable) as refused:
        unpack(path, target, limits)
    assert list(target.iterdir()) == []
    return refused.value.code, refused.value.reason


@pytest.mark.parametrize("name", ["../a.txt", "/etc/a.txt", "a/../../b.txt", "..\\a.txt", "C:\\a.txt"])
def test_paths_that_lead_out_are_refused(tmp_path, name):
    assert reason(tmp_path, archive(tmp_path, (name, b"x"))) == ("archive_unsafe", "archive_path")


def test_a_link_is_refused(tmp_path):
    link = zipfile.ZipInfo("a.txt")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert reason(tmp_path, archive(tmp_path, (link, b"/etc/passwd"))) == ("archive_unsafe", "archive_link")


def test_an_archive_in_the_archive_is_refused(tmp_path):
    assert reason(tmp_path, archive(tmp_path, ("b.zip", b"PK"), ("a.txt", b"x")))[1] == "archive_nested"


def test_a_bomb_is_refused_by_its_directory(tmp_path):
    assert reason(tmp_path, archive(tmp_path, ("a.txt", b"\0" * 5_000_000)))[1] == "archive_ratio"


def test_too_many_entries_and_too_much_in_all_are_refused(tmp_path):
    path = archive(tmp_path, ("a.txt", b"x" * 100), ("b.txt", b"y" * 100), compression=zipfile.ZIP_STORED)
    assert reason(tmp_path, path, replace(UPLOAD, entries=1))[1] == "archive_entries"
    (tmp_path / "out").rmdir()
    assert reason(tmp_path, path, replace(UPLOAD, unpacked_bytes=150))[1] == "archive_total"


def test_an_archive_without_anything_usable_is_unreadable(tmp_path):
    assert reason(tmp_path, archive(tmp_path, ("a.exe", b"x"))) == ("unreadable_file", "archive_nothing")


def test_members_are_unpacked_under_names_of_ours(tmp_path):
    target = tmp_path / "out"
    target.mkdir()
    groups = unpack(archive(tmp_path, ("x/宗地.SHP", b"1"), ("x/宗地.dbf", b"2")), target, UPLOAD)
    assert {stem: sorted(files) for stem, files in groups.items()} == {"x/宗地": [".dbf", ".shp"]}
    assert sorted(path.name for path in target.iterdir()) == ["member_0.dbf", "member_0.shp"]
