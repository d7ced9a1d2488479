"""Files kept under their hash."""

import hashlib
from threading import Event, Thread

import pytest

from spatial.survey.kept_files import kept

BYTES = b"the same bytes"
DIGEST = hashlib.sha256(BYTES).hexdigest()


@pytest.fixture
def sent(tmp_path):
    path = tmp_path / "sent.txt"
    path.write_bytes(BYTES)
    return path


def shown(folder):
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith(".lock"))


def test_a_file_stays_under_its_hash(sent, tmp_path):
    with kept(sent, tmp_path / "files", DIGEST):
        pass
    assert (tmp_path / "files" / DIGEST).read_bytes() == BYTES
    assert shown(tmp_path / "files") == [DIGEST]


def test_a_file_goes_again_when_what_follows_fails_but_not_one_kept_before(sent, tmp_path):
    folder = tmp_path / "files"
    with pytest.raises(RuntimeError), kept(sent, folder, DIGEST):
        raise RuntimeError
    assert shown(folder) == []
    with kept(sent, folder, DIGEST):
        pass
    with pytest.raises(RuntimeError), kept(sent, folder, DIGEST):
        raise RuntimeError
    assert shown(folder) == [DIGEST]


def test_who_fails_does_not_take_the_file_of_somebody_who_sends_the_same(sent, tmp_path):
    folder, there, done = tmp_path / "files", Event(), Event()

    def another():
        with kept(sent, folder, DIGEST):
            there.set()
        done.set()

    def fail():
        Thread(target=another, daemon=True).start()
        # Let in, it would rely on the file that is there now.
        there.wait(0.3)
        raise RuntimeError

    with pytest.raises(RuntimeError), kept(sent, folder, DIGEST):
        fail()
    assert done.wait(10)
    assert (folder / DIGEST).read_bytes() == BYTES
