"""SQL of accepted fixes and of proposals to neighbours."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import shapely
from psycopg import Connection
from psycopg.rows import TupleRow, dict_row

from spatial.survey.drafts.store import move
from spatial.survey.fixes.records import Accepted, Proposal

Conn = Connection[TupleRow]


def findings(conn: Conn, survey_id: int, finding_ids: Sequence[int]) -> list[dict[str, Any]]:
    """Fetch findings of a submission with what fixes need of them, by key."""
    with conn.cursor(row_factory=dict_row) as cur:
        return cur.execute(
            "SELECT finding_id, run_id, object_id, other_id, feature_no, params, geom, fix"
            " FROM spatial.finding WHERE survey_id = %s AND finding_id = ANY(%s) ORDER BY finding_id",
            [survey_id, list(finding_ids)],
        ).fetchall()


def answered(conn: Conn, survey_id: int) -> dict[int, int | None]:
    """Fetch the findings answered already: the draft that fixed each, None where it is a proposal."""
    rows = conn.execute(
        "SELECT unnest(finding_ids), draft_no FROM spatial.survey_fix WHERE survey_id = %(id)s"
        " UNION ALL SELECT finding_id, NULL FROM spatial.neighbour_proposal WHERE survey_id = %(id)s",
        {"id": survey_id},
    ).fetchall()
    return {int(finding_id): draft_no for finding_id, draft_no in rows}


def last_draft(conn: Conn, survey_id: int) -> int:
    """Return the number of the present draft; the file as sent is the first."""
    row = conn.execute(
        "SELECT coalesce(max(draft_no), 1) FROM spatial.survey_fix WHERE survey_id = %s", [survey_id]
    ).fetchone()
    return 1 if row is None else int(row[0])


def insert_fixes(
    conn: Conn, survey_id: int, draft_no: int, accepted: Sequence[Accepted], *, login: str, now: datetime
) -> None:
    """Write what fixes replaced, and move the draft parcels."""
    with conn.cursor() as cur:
        cur.executemany(
            "INSERT INTO spatial.survey_fix (survey_id, draft_no, feature_no, run_id, finding_ids, codes,"
            " geom_before, geom_after, moved_m, area_delta_m2, made_by, made_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (
                    survey_id,
                    draft_no,
                    one.feature_no,
                    one.run_id,
                    one.finding_ids,
                    one.codes,
                    shapely.set_srid(one.before, 4547),
                    shapely.set_srid(one.after, 4547),
                    one.moved_m,
                    one.area_delta_m2,
                    login,
                    now,
                )
                for one in accepted
            ],
        )
    move(conn, survey_id, [(one.feature_no, one.after) for one in accepted])


def insert_proposals(
    conn: Conn, survey_id: int, proposals: Sequence[Proposal], *, login: str, now: datetime
) -> None:
    """Write proposals to registered neighbours."""
    with conn.cursor() as cur:
        cur.executemany(
            "INSERT INTO spatial.neighbour_proposal (survey_id, finding_id, parcel_code, code, geom, moved_m,"
            " area_delta_m2, made_by, made_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (
                    survey_id,
                    one.finding_id,
                    one.parcel_code,
                    one.code,
                    shapely.set_srid(one.geom, 4547),
                    one.moved_m,
                    one.area_delta_m2,
                    login,
                    now,
                )
                for one in proposals
            ],
        )


def drafts(conn: Conn, survey_id: int) -> list[Mapping[str, Any]]:
    """Fetch the fixes of a submission without shapes, first draft first."""
    with conn.cursor(row_factory=dict_row) as cur:
        return list(
            cur.execute(
                "SELECT draft_no, feature_no, finding_ids, codes, moved_m, area_delta_m2, made_by, made_at"
                " FROM spatial.survey_fix WHERE survey_id = %s ORDER BY draft_no, feature_no",
                [survey_id],
            )
        )


def proposals(conn: Conn, survey_id: int) -> list[Mapping[str, Any]]:
    """Fetch the proposals of a submission with their shapes, EPSG:4547, oldest first."""
    with conn.cursor(row_factory=dict_row) as cur:
        return list(
            cur.execute(
                "SELECT proposal_id, finding_id, parcel_code, code, moved_m, area_delta_m2, made_by, made_at,"
                " geom FROM spatial.neighbour_proposal WHERE survey_id = %s ORDER BY proposal_id",
                [survey_id],
            )
        )
