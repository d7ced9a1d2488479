"""Requests that never reach the application, over a real socket."""

import json
import socket
import threading

import pytest

from api.server import bind, make_server
from api.server_refusals import refusal
from data.settings import Settings


@pytest.fixture(scope="module")
def address():
    def app(environ, start_response):
        start_response("204 No Content", [])
        return []

    listening = bind("127.0.0.1", 0)
    address = listening.getsockname()
    server = make_server(app, Settings(max_upload_mib=1), listening)
    threading.Thread(target=server.run, daemon=True).start()
    yield address
    server.close()


def ask(address, head):
    with socket.create_connection(address, timeout=30) as client:
        client.sendall(head)
        answer = b""
        while chunk := client.recv(65_536):
            answer += chunk
    head, _, body = answer.partition(b"\r\n\r\n")
    return head, body


@pytest.mark.parametrize(
    ("head", "status", "code"),
    [
        (b"POST /api/v1/checks HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n", 413, "too_large"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\n", 400, "bad_request"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400, "bad_request"),
    ],
)
def test_a_refusal_of_the_server_is_a_problem_like_every_other(address, head, status, code):
    first, body = ask(address, head)
    assert first.startswith(b"HTTP/1.1 %d " % status)
    assert b"Content-Type: application/problem+json" in first
    shown = json.loads(body)
    assert (shown["status"], shown["code"]) == (status, code)
    assert {"type", "title", "detail"} <= set(shown)
    assert "{" not in shown["detail"]


def test_an_honest_request_goes_through(address):
    first, _ = ask(address, b"GET / HTTP/1.0\r\nHost: a\r\n\r\n")
    assert first.startswith(b"HTTP/1.0 204")


@pytest.mark.parametrize(
    ("status", "code"), [(431, "bad_request"), (500, "internal_error"), (501, "bad_request")]
)
def test_every_status_of_the_server_has_words(status, code):
    shown = json.loads(refusal(status, limit_mib=64))
    assert (shown["status"], shown["code"]) == (status, code)
    assert "{" not in shown["detail"]
