"""The door in front of Flask gives the route's answers, and takes nothing else."""

import pytest

from tests.web.map_city import fill, tile_at


@pytest.fixture(scope="module")
def app(module_db, tmp_path_factory):
    from api.app import create_app
    from data.settings import Settings

    fill(module_db)
    app = create_app(Settings(home=tmp_path_factory.mktemp("home"), secret_key="s"), db=module_db)
    yield app
    app.extensions["ningtu_tiles"].close()


@pytest.fixture
def both(app):
    """Return clients of the door and of Flask alone."""
    from werkzeug.test import Client

    door = app.wsgi_app
    return Client(door), Client(door._inner)


def here(layer="parcels", zoom=16, suffix=""):
    x, y = tile_at(zoom)
    return f"/tiles/{layer}/{zoom}/{x}/{y}.mvt{suffix}"


@pytest.mark.parametrize(
    "path", [here(), here(suffix="?at=2016-12-31"), here("counties", 9), "/tiles/parcels/16/1/1.mvt"]
)
@pytest.mark.parametrize("headers", [{}, {"Accept-Encoding": "gzip"}, {"Cache-Control": "no-cache"}])
def test_door_and_route_answer_alike(both, path, headers):
    first, second = (client.get(path, headers=headers) for client in both)
    assert (first.status_code, first.data) == (second.status_code, second.data)
    for name in ("ETag", "Cache-Control", "Content-Type", "Content-Encoding", "X-Content-Type-Options"):
        assert first.headers.get(name) == second.headers.get(name)
    tag = {"If-None-Match": first.headers["ETag"]}
    assert [client.get(path, headers=tag).status_code for client in both] == [304, 304]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (here("cases"), 401),
        (here(suffix="?filter=1"), 400),
        (here(suffix="?at=2016-13-41"), 400),
        ("/tiles/parcels/16/99999999/1.mvt", 404),
        ("/tiles/nothing/16/1/1.mvt", 404),
    ],
)
def test_what_is_not_plain_goes_on_to_flask(both, path, status):
    for client in both:
        answer = client.get(path)
        assert answer.status_code == status
        assert answer.mimetype == "application/problem+json"


def test_a_foreign_host_is_refused_at_the_door_too(both):
    for client in both:
        assert client.get(here(), headers={"Host": "evil.example"}).status_code == 400


def test_only_reading_is_answered(both):
    for client in both:
        assert client.post(here()).status_code in {403, 405}


def test_an_encoding_that_is_not_wanted_is_not_used(both):
    for client in both:
        answer = client.get(here(), headers={"Accept-Encoding": "gzip;q=0"})
        assert "Content-Encoding" not in answer.headers
