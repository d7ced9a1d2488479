import os
import socket

import pytest

from api.cli.ports import holder_of, is_taken, next_free


@pytest.fixture
def taken():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


def test_a_taken_port_is_told_with_who_has_it(taken):
    assert is_taken("127.0.0.1", taken)
    holder = holder_of(taken)
    assert holder is not None
    assert holder.pid == os.getpid()
    assert "python" in holder.command


def test_another_port_is_free(taken):
    other = next_free("127.0.0.1", taken)
    assert other > taken
    assert not is_taken("127.0.0.1", other)
    assert holder_of(other) is None


def test_a_host_of_another_machine_is_not_taken_but_wrong():
    with pytest.raises(OSError, match="assign"):
        is_taken("192.0.2.1", 8000)
