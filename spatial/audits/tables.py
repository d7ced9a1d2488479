"""Tables of kept audits; the migration 0026 creates them."""

from geoalchemy2 import Geometry
from sqlalchemy import BigInteger, Column, DateTime, Double, ForeignKey, Identity, Index, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from data.tables import metadata

_RUN = "spatial.audit_run.run_id"


def _count(name: str, comment: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False, comment=comment)


audit_run = Table(
    "audit_run",
    metadata,
    Column("run_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key, rising"),
    Column("job_id", BigInteger, unique=True, comment="Job that made it; null where a command did"),
    Column(
        "started_at",
        DateTime(timezone=True),
        nullable=False,
        comment="Instant of the start; what is in force on its day was asked",
    ),
    Column("seconds", Double, nullable=False, comment="How long it took, seconds"),
    _count("features", "Parcels and entries of rights that were asked"),
    Column("rule_set_sha256", Text, nullable=False, comment="Hash of the data and code of all rules, hex"),
    Column(
        "rules",
        JSONB,
        nullable=False,
        comment="By rule: how often it passed, found and was not run (sub-district and layer each once), what"
        " it counted, what is kept",
    ),
    _count("errors", "Findings kept that are errors"),
    _count("warnings", "Findings kept that are warnings"),
    _count("infos", "Findings kept that only inform"),
    _count("appeared", "Findings that the run before had not"),
    _count("gone", "Findings of the run before that this one had no more"),
    schema="spatial",
    comment="Runs of the audit of the register (夜间审计); a row is written with all its findings or not at"
    " all",
)

audit_count = Table(
    "audit_count",
    metadata,
    Column("run_id", BigInteger, ForeignKey(_RUN), primary_key=True, comment="Run"),
    Column("rule_id", Text, primary_key=True, comment="Rule"),
    Column(
        "county_code",
        Text,
        primary_key=True,
        comment="County in the code of the object, six digits; empty where it has none",
    ),
    _count("findings", "Findings of the run"),
    _count("appeared", "Of these, findings that the run before had not"),
    _count("gone", "Findings of the run before that this one had no more"),
    schema="spatial",
    comment="What a run of the audit kept, by rule and county",
)

audit_finding = Table(
    "audit_finding",
    metadata,
    Column("finding_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key, rising"),
    Column(
        "finding_key",
        Text,
        nullable=False,
        comment="Hash of rule, severity, message, objects and place (decimetre), hex: the same finding in"
        " another run",
    ),
    Column("rule_id", Text, nullable=False, comment="Rule"),
    Column("severity", Text, nullable=False, comment="error, warning or info"),
    Column(
        "object_id",
        Text,
        nullable=False,
        comment="Parcel (19 characters) or unit (28) that it is about",
    ),
    Column("other_id", Text, comment="Other parcel; null without"),
    Column(
        "county_code",
        Text,
        nullable=False,
        comment="County in the code of the object, six digits; empty where it has none",
    ),
    Column("message", Text, nullable=False, comment="Code of the text"),
    Column("params", JSONB, nullable=False, comment="Parameters of the text; no persons"),
    Column("measured", Double, comment="What was measured when last seen, in unit; null without"),
    Column("limit_value", Double, comment="Limit, in unit; null without"),
    Column("unit", Text, comment="Unit of measured and limit_value: m, m2 or deg; null without"),
    Column(
        "geom",
        Geometry("GEOMETRY", 4547, spatial_index=True),
        comment="Where, EPSG:4547 (E, N) metres; of an entry of rights a point in its parcel; null where none"
        " is known",
    ),
    Column("first_run_id", BigInteger, ForeignKey(_RUN), nullable=False, comment="Run that first saw it"),
    Column("last_run_id", BigInteger, ForeignKey(_RUN), nullable=False, comment="Run that last saw it"),
    Column(
        "gone_run_id",
        BigInteger,
        ForeignKey(_RUN),
        comment="First run that did not find it any more; null while it is there",
    ),
    Column(
        "first_seen_at",
        DateTime(timezone=True),
        nullable=False,
        comment="Instant of the run that first saw it",
    ),
    Column(
        "last_seen_at",
        DateTime(timezone=True),
        nullable=False,
        comment="Instant of the run that last saw it",
    ),
    Column(
        "gone_at",
        DateTime(timezone=True),
        comment="Instant of the run that did not find it any more; null while it is there",
    ),
    schema="spatial",
    comment="Findings of the audit: one row from the run that first saw it to the run that did not find it"
    " any more",
)
Index(
    "audit_finding_live_key",
    audit_finding.c.finding_key,
    unique=True,
    postgresql_where=text("gone_run_id IS NULL"),
)
Index("audit_finding_first_run_id_idx", audit_finding.c.first_run_id, audit_finding.c.finding_id)
Index(
    "audit_finding_gone_run_id_idx",
    audit_finding.c.gone_run_id,
    audit_finding.c.finding_id,
    postgresql_where=text("gone_run_id IS NOT NULL"),
)
