"""SQL of publications of drafts."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any, LiteralString

from psycopg import Connection, sql
from psycopg.rows import DictRow, TupleRow, class_row, dict_row
from shapely.geometry import MultiPolygon

from data.documents.attachments import Attachment
from spatial.counties.drafts.records import Publication, PublicationDocument, Terms

Conn = Connection[TupleRow]

_TERMS = tuple(field.name for field in fields(Terms))
_PUBLICATION = (
    "SELECT p.publication_id, p.draft_id, p.name, p.valid_from, p.accuracy_m::float8, p.basis_doc, p.reason,"
    " p.source, p.licence, p.notice_zh, p.notice_en, p.legal, p.proposed_by, p.proposed_at,"
    " coalesce(e.outcome, 'proposed') AS state, e.comment, e.ended_by, e.ended_at, e.set_id"
    " FROM spatial.boundary_publication p"
    " LEFT JOIN spatial.boundary_publication_end e USING (publication_id) "
)


def insert(conn: Conn, draft_id: int, terms: Terms, *, by: str, at: datetime) -> int:
    """Write a proposal; return its key."""
    row = conn.execute(
        "INSERT INTO spatial.boundary_publication (draft_id, name, valid_from, accuracy_m, basis_doc, reason,"
        " source, licence, notice_zh, notice_en, legal, proposed_by, proposed_at)"
        " VALUES (%(draft)s, %(name)s, %(valid_from)s, %(accuracy_m)s, %(basis_doc)s, %(reason)s,"
        " %(source)s, %(licence)s, %(notice_zh)s,"
        " %(notice_en)s, %(legal)s, %(by)s, %(at)s) RETURNING publication_id",
        {**asdict(terms), "draft": draft_id, "by": by, "at": at},
    ).fetchone()
    if row is None:
        raise RuntimeError("RETURNING gave no row")
    return int(row[0])


def end(conn: Conn, publication_id: int, ended: Mapping[str, object], *, by: str, at: datetime) -> None:
    """Write how a publication ended: outcome, comment, and the key of the set it became."""
    conn.execute(
        "INSERT INTO spatial.boundary_publication_end (publication_id, outcome, comment, set_id, ended_by,"
        " ended_at) VALUES (%(publication_id)s, %(outcome)s, %(comment)s, %(set_id)s, %(by)s, %(at)s)",
        {**ended, "publication_id": publication_id, "by": by, "at": at},
    )


def of_draft(conn: Conn, draft_id: int) -> list[Publication]:
    """Return the publications of a draft, newest first."""
    return _read(conn, "WHERE p.draft_id = %s ORDER BY p.publication_id DESC", draft_id)


def publication(conn: Conn, publication_id: int) -> Publication | None:
    """Return one."""
    found = _read(conn, "WHERE p.publication_id = %s", publication_id)
    return found[0] if found else None


def shapes(conn: Conn, draft_id: int) -> dict[str, MultiPolygon]:
    """Return the counties of a draft as they were read, EPSG:4547 (E, N) metres."""
    rows = conn.execute(
        "SELECT county_code, geom FROM spatial.boundary_draft_county WHERE draft_id = %s ORDER BY 1",
        [draft_id],
    ).fetchall()
    return dict(rows)


def documents(conn: Conn, publication_ids: Sequence[int]) -> list[PublicationDocument]:
    """Return the files of publications, oldest first."""
    with conn.cursor(row_factory=class_row(PublicationDocument)) as cur:
        return cur.execute(
            "SELECT document_id, publication_id, file_name, media_type, size_bytes, sha256,"
            " added_by, added_at FROM spatial.publication_document"
            " WHERE publication_id = ANY(%s) ORDER BY document_id",
            [list(publication_ids)],
        ).fetchall()


def add_document(
    conn: Conn, publication_id: int, file: Attachment, *, by: str, at: datetime
) -> PublicationDocument:
    """Write a file that is in the archive; one that stands already stays as it is."""
    conn.execute(
        "INSERT INTO spatial.publication_document (publication_id, file_name, media_type, size_bytes, sha256,"
        " added_by, added_at) VALUES (%s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT ON CONSTRAINT publication_document_once_key DO NOTHING",
        [publication_id, file.file_name, file.media_type, file.size_bytes, file.sha256, by, at],
    )
    return next(item for item in documents(conn, [publication_id]) if bytes(item.sha256) == file.sha256)


def note_change(conn: Conn) -> None:
    """Say that the county lines of the map changed everywhere."""
    conn.execute("SELECT map.note_change('counties', NULL, 'changed', NULL, NULL)")


def _read(conn: Conn, where: LiteralString, value: object) -> list[Publication]:
    with conn.cursor(row_factory=dict_row) as cur:
        return [_made(row) for row in cur.execute(sql.SQL(_PUBLICATION + where), [value]).fetchall()]


def _made(row: DictRow) -> Publication:
    terms: dict[str, Any] = {name: row.pop(name) for name in _TERMS}
    return Publication(terms=Terms(**terms), **row)
