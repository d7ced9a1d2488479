"""Triggers keep draft parcels and their survey together as a foreign key would, also against one another."""

import threading

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

SURVEY = """
INSERT INTO spatial.survey (project_code, version, layer, kind, scope, effective_on, status, file_name,
                            file_sha256, file_bytes, source, feature_count, submitted_by, created_at)
VALUES ('P', left(gen_random_uuid()::text, 30), 'use_surface', 'new', 'partial', '2026-01-01', 'received',
        'a', repeat('0', 64), 1, '{}', 1, 'tester', now())
RETURNING survey_id
"""
DRAFT = "INSERT INTO spatial.survey_feature (survey_id, feature_no, attributes) VALUES (%s, %s, '{}')"
REMOVE = "DELETE FROM spatial.survey WHERE survey_id = %s"
BROKEN = psycopg.errors.ForeignKeyViolation


@pytest.fixture
def god_url(superuser_url, module_db_url):
    return make_conninfo(superuser_url, dbname=conninfo_to_dict(module_db_url)["dbname"])


@pytest.fixture
def god(god_url):
    """The superuser: no privilege stands before the triggers."""
    with psycopg.connect(god_url, autocommit=True) as conn:
        yield conn


@pytest.fixture
def survey_id(god):
    return god.execute(SURVEY).fetchone()[0]


def test_no_draft_without_its_survey(god, survey_id):
    rows = (
        "INSERT INTO spatial.survey_feature (survey_id, feature_no, attributes)"
        " SELECT s, 1, '{}' FROM unnest(%s) AS s"
    )
    with pytest.raises(BROKEN, match="999999"):
        god.execute(rows, [[survey_id, 999_999]])
    god.execute(rows, [[survey_id]])
    of_it = "SELECT count(*) FROM spatial.survey_feature WHERE survey_id = %s"
    assert god.execute(of_it, [survey_id]).fetchone() == (1,)


def test_a_draft_never_goes_to_another_survey(god, survey_id):
    other = god.execute(SURVEY).fetchone()[0]
    god.execute(DRAFT, [survey_id, 1])
    with pytest.raises(psycopg.errors.RestrictViolation):
        god.execute(
            "UPDATE spatial.survey_feature SET survey_id = %s WHERE survey_id = %s", [other, survey_id]
        )


def test_a_survey_with_drafts_stays(god, survey_id):
    god.execute(DRAFT, [survey_id, 1])
    with pytest.raises(BROKEN, match="has draft parcels"):
        god.execute(REMOVE, [survey_id])
    god.execute("DELETE FROM spatial.survey_feature WHERE survey_id = %s", [survey_id])
    god.execute(REMOVE, [survey_id])


@pytest.mark.parametrize(
    ("first", "then"), [((DRAFT, [1]), (REMOVE, [])), ((REMOVE, []), (DRAFT, [1]))], ids=["draft", "remove"]
)
def test_who_comes_second_waits_and_is_refused(god, god_url, survey_id, first, then):
    found = []

    def second():
        with psycopg.connect(god_url) as conn:
            try:
                conn.execute(then[0], [survey_id, *then[1]])
            except psycopg.Error as error:
                found.append(type(error))

    thread = threading.Thread(target=second)
    with psycopg.connect(god_url) as conn:
        conn.execute(first[0], [survey_id, *first[1]])
        thread.start()
        waits = (
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        while god.execute(waits).fetchone() != (1,):
            assert thread.is_alive(), "nobody waited"
    thread.join()
    assert found == [BROKEN]
