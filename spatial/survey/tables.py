"""Tables of survey results; the migrations 0004, 0015 and 0019 create them."""

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    Column,
    Computed,
    Date,
    DateTime,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from data.tables import metadata
from spatial.native_types import Xid8

survey = Table(
    "survey",
    metadata,
    Column("survey_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key"),
    Column("project_code", Text, nullable=False, comment="Project code of the sender"),
    Column(
        "version",
        Text,
        nullable=False,
        comment="Version of the project's file; a corrected file is a new version",
    ),
    Column(
        "layer",
        Text,
        ForeignKey("spatial.parcel_layer.layer"),
        nullable=False,
        comment="Layer of the register it goes to",
    ),
    Column(
        "kind", Text, nullable=False, comment="new, resurvey, correction or initial_load; decides severities"
    ),
    Column(
        "scope",
        Text,
        nullable=False,
        comment="complete: live parcels inside that are absent from the file end",
    ),
    Column("effective_on", Date, nullable=False, comment="First day the parcels are in force"),
    Column("status", Text, nullable=False, comment="State, from received to registered"),
    Column("file_name", Text, nullable=False, comment="File name as sent, text only"),
    Column(
        "file_sha256", Text, nullable=False, comment="SHA-256 of the file, hex; the stored file has this name"
    ),
    Column("file_bytes", BigInteger, nullable=False, comment="Size of the file, bytes"),
    Column(
        "source",
        JSONB,
        nullable=False,
        comment="How it was read: driver, layer, EPSG code, encoding, remarks; before it is read, how the"
        " sender wants it read",
    ),
    Column("feature_count", Integer, nullable=False, comment="Features in the file; 0 before it is read"),
    Column("problem", JSONB, comment="Why the check failed"),
    Column("job_id", BigInteger, ForeignKey("registry.job.job_id"), comment="Job that checks it"),
    Column("submitted_by", Text, nullable=False, comment="Login of the sender"),
    Column("created_at", DateTime(timezone=True), nullable=False, comment="Instant of receipt"),
    Column("decided_by", Text, comment="Login of the reviewer"),
    Column("decided_at", DateTime(timezone=True), comment="Instant of the decision"),
    Column("comment", Text, comment="Reviewer's comment"),
    Column("registered_at", DateTime(timezone=True), comment="Instant of registration"),
    Column(
        "replaces_id",
        BigInteger,
        ForeignKey("spatial.survey.survey_id"),
        comment="Submission of the version before it, as the sender says; null for none",
    ),
    UniqueConstraint("project_code", "version", name="survey_project_version_key"),
    Index("survey_submitted_by_idx", "submitted_by", "survey_id"),
    Index("survey_status_idx", "status", "survey_id"),
    Index("survey_replaces_id_idx", "replaces_id", postgresql_where=text("replaces_id IS NOT NULL")),
    schema="spatial",
    comment="Survey submissions (多测合一成果): one file of parcels of one layer",
)

survey_feature = Table(
    "survey_feature",
    metadata,
    # Triggers do what a foreign key to `survey` would, once a statement.
    Column("survey_id", BigInteger, primary_key=True, comment="Submission"),
    Column("feature_no", Integer, primary_key=True, comment="Number in the file, from 1"),
    Column("parcel_code", Text, comment="Parcel code as written (should be 19 characters)"),
    Column("unit_code", Text, comment="Unit code as written (should be 28 characters)"),
    Column(
        "geom",
        Geometry("MULTIPOLYGON", 4547, spatial_index=False),
        comment="Shape, EPSG:4547 (E, N) metres, 1 mm grid, perhaps invalid; null with a fault",
    ),
    Column("fault", Text, comment="Why there is no shape"),
    Column("declared_area_m2", Double, comment="Area as declared, square metres"),
    Column("resolution_m2", Double, comment="Half of the last decimal of the declared area, square metres"),
    Column("land_use", Text, comment="Land use as written"),
    Column("address", Text, comment="Location as written"),
    Column("attributes", JSONB, nullable=False, comment="All attributes of the file"),
    Column(
        "change",
        Text,
        comment="Against the register at the last check: new, changed, attributes, split, merged or"
        " unchanged",
    ),
    schema="spatial",
    comment="Draft parcels as uploaded; accepted fixes move them, survey_fix keeps what they replaced",
)

survey_extent = Table(
    "survey_extent",
    metadata,
    Column(
        "survey_id",
        BigInteger,
        ForeignKey("spatial.survey.survey_id"),
        primary_key=True,
        comment="Submission",
    ),
    Column("group_no", Integer, primary_key=True, comment="Number of the group, from 1"),
    Column(
        "feature_nos",
        ARRAY(Integer),
        nullable=False,
        comment="Numbers of its features; one without a shape is in no group",
    ),
    Column(
        "extent",
        Geometry("POLYGON", 4547, spatial_index=True),
        nullable=False,
        comment="Box around their shapes, or wider, EPSG:4547 (E, N) metres",
    ),
    schema="spatial",
    comment="Boxes around groups of neighbouring draft parcels, by which tiles and cards find them",
)

survey_subdistrict = Table(
    "survey_subdistrict",
    metadata,
    Column(
        "survey_id",
        BigInteger,
        ForeignKey("spatial.survey.survey_id"),
        primary_key=True,
        comment="Submission",
    ),
    Column("district_code", Text, primary_key=True, comment="Sub-district code, twelve digits"),
    Column("name", Text, comment="Name as written"),
    Column(
        "geom",
        Geometry("MULTIPOLYGON", 4547, spatial_index=True),
        nullable=False,
        comment="Area, EPSG:4547 (E, N) metres, 1 mm grid",
    ),
    schema="spatial",
    comment="Sub-districts that came with a file (its layer subdistricts)",
)

survey_object = Table(
    "survey_object",
    metadata,
    Column(
        "survey_id",
        BigInteger,
        ForeignKey("spatial.survey.survey_id"),
        primary_key=True,
        comment="Submission",
    ),
    Column(
        "kind",
        Text,
        primary_key=True,
        comment="Table of the register standard: JZD, JZX, ZRZ, LJZ, C, H, DK or XB; FHT outlines of flats",
    ),
    Column("object_no", Integer, primary_key=True, comment="Row of the table, from 1"),
    Column(
        "geom",
        Geometry("GEOMETRY", 4547, spatial_index=False),
        comment="Shape, EPSG:4547 (E, N) metres, 1 mm grid, perhaps invalid; null without",
    ),
    Column("attributes", JSONB, nullable=False, comment="All attributes of the row as written"),
    schema="spatial",
    comment="Objects beside the parcels as uploaded, never repaired",
)

survey_run = Table(
    "survey_run",
    metadata,
    Column("run_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key, rising"),
    Column(
        "survey_id", BigInteger, ForeignKey("spatial.survey.survey_id"), nullable=False, comment="Submission"
    ),
    Column("rule_set_sha256", Text, nullable=False, comment="SHA-256 of the rules' data and code, hex"),
    Column("tolerance_m", Double, nullable=False, comment="Coordinate grid of the checks, metres"),
    Column("base_revision", BigInteger, comment="Last change of the register that was seen"),
    Column("started_at", DateTime(timezone=True), nullable=False, comment="Instant of the start"),
    Column("seconds", Double, nullable=False, comment="Duration, seconds"),
    Column(
        "counts", JSONB, nullable=False, comment="Features, errors, warnings, infos, rules passed and not run"
    ),
    Column(
        "rules",
        JSONB,
        nullable=False,
        comment="Result of each rule: passed, found or not_run with the reason",
    ),
    Column(
        "changes", JSONB, nullable=False, comment="Changes against the register with areas in square metres"
    ),
    Index("survey_run_survey_id_idx", "survey_id", "run_id"),
    schema="spatial",
    comment="Runs of the checks; none is replaced",
)

finding = Table(
    "finding",
    metadata,
    Column("finding_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key"),
    Column("run_id", BigInteger, ForeignKey("spatial.survey_run.run_id"), nullable=False, comment="Run"),
    Column(
        "survey_id", BigInteger, ForeignKey("spatial.survey.survey_id"), nullable=False, comment="Submission"
    ),
    Column("rule_id", Text, nullable=False, comment="Rule of the catalogue"),
    Column("severity", Text, nullable=False, comment="error (错误), warning (警告) or info (提示)"),
    Column("object_id", Text, nullable=False, comment="Code of the parcel, or # and its number in the file"),
    Column("other_id", Text, comment="Code of the other object"),
    Column("feature_no", Integer, comment="Number of the feature, from 1"),
    Column("measured", Double, comment="Measured value, in unit"),
    Column("limit_value", Double, comment="Limit, in unit"),
    Column("unit", Text, comment="m, m2 or deg"),
    Column("message", Text, nullable=False, comment="Code of the text"),
    Column("params", JSONB, nullable=False, comment="Values of the text"),
    Column("geom", Geometry("GEOMETRY", 4547, spatial_index=True), comment="Place, EPSG:4547 (E, N) metres"),
    Column(
        "geom_3857",
        Geometry("GEOMETRY", 3857, spatial_index=True),
        Computed("st_transform(geom, 3857)", persisted=True),
        comment="Place for tiles, EPSG:3857 metres",
    ),
    Column(
        "fix",
        Geometry("GEOMETRY", 4547, spatial_index=True),
        comment="Proposed shape of the object, EPSG:4547 (E, N) metres",
    ),
    Index("finding_run_id_idx", "run_id", "finding_id"),
    schema="spatial",
    comment="What the rules found in a run (质检问题)",
)

finding_waiver = Table(
    "finding_waiver",
    metadata,
    Column("waiver_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key"),
    Column(
        "finding_id", BigInteger, ForeignKey("spatial.finding.finding_id"), nullable=False, comment="Finding"
    ),
    Column("reason", Text, nullable=False, comment="Reason"),
    Column("until", Date, comment="Last day it holds; null without end"),
    Column("decided_by", Text, nullable=False, comment="Login of the reviewer"),
    Column("decided_at", DateTime(timezone=True), nullable=False, comment="Instant"),
    Column(
        "reason_code",
        Text,
        comment="Code of the reason (list REVIEW_WAIVER); null where only words were given",
    ),
    Index("finding_waiver_finding_id_idx", "finding_id"),
    Index("finding_waiver_decided_at_idx", "decided_at"),
    schema="spatial",
    comment="Findings that a reviewer let pass, and why",
)

survey_event = Table(
    "survey_event",
    metadata,
    Column("event_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key, rising"),
    Column(
        "survey_id", BigInteger, ForeignKey("spatial.survey.survey_id"), nullable=False, comment="Submission"
    ),
    Column("at", DateTime(timezone=True), nullable=False, comment="Instant"),
    Column("status", Text, nullable=False, comment="State reached"),
    Column("login", Text, nullable=False, comment="Who"),
    Column("comment", Text, comment="Words with it"),
    Column(
        "tx",
        Xid8(),
        nullable=False,
        server_default=text("pg_current_xact_id()"),
        comment="Transaction, so that readers miss no late commit",
    ),
    Index("survey_event_survey_id_idx", "survey_id", "event_id"),
    Index("survey_event_tx_idx", "tx"),
    schema="spatial",
    comment="Course of a submission: every change of its state",
)

survey_fix = Table(
    "survey_fix",
    metadata,
    Column("survey_id", BigInteger, primary_key=True, comment="Submission"),
    Column("draft_no", Integer, primary_key=True, comment="Draft that the fixes made, from 2"),
    Column("feature_no", Integer, primary_key=True, comment="Number of the parcel in the file, from 1"),
    Column(
        "run_id",
        BigInteger,
        ForeignKey("spatial.survey_run.run_id"),
        nullable=False,
        comment="Run whose findings were fixed",
    ),
    Column("finding_ids", ARRAY(BigInteger), nullable=False, comment="Findings fixed"),
    Column("codes", ARRAY(Text), nullable=False, comment="What was done, one for each finding"),
    Column(
        "geom_before",
        Geometry("MULTIPOLYGON", 4547, spatial_index=False),
        nullable=False,
        comment="Shape of the draft before, EPSG:4547 (E, N) metres, perhaps invalid",
    ),
    Column(
        "geom_after",
        Geometry("MULTIPOLYGON", 4547, spatial_index=False),
        nullable=False,
        comment="Shape from this draft on, EPSG:4547 (E, N) metres, 1 mm grid",
    ),
    Column("moved_m", Double, nullable=False, comment="How far the boundary moved at most, metres"),
    Column("area_delta_m2", Double, nullable=False, comment="Area after less area before, square metres"),
    Column("made_by", Text, nullable=False, comment="Login of the sender"),
    Column("made_at", DateTime(timezone=True), nullable=False, comment="Instant"),
    ForeignKeyConstraint(
        ["survey_id", "feature_no"],
        ["spatial.survey_feature.survey_id", "spatial.survey_feature.feature_no"],
    ),
    schema="spatial",
    comment="Fixes that the sender accepted: the shape before and after, by draft of the submission"
    " (the file is draft 1)",
)

neighbour_proposal = Table(
    "neighbour_proposal",
    metadata,
    Column("proposal_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key"),
    Column(
        "survey_id", BigInteger, ForeignKey("spatial.survey.survey_id"), nullable=False, comment="Submission"
    ),
    Column(
        "finding_id",
        BigInteger,
        ForeignKey("spatial.finding.finding_id"),
        nullable=False,
        unique=True,
        comment="Finding it answers",
    ),
    Column(
        "parcel_code",
        Text,
        ForeignKey("spatial.parcel.parcel_code"),
        nullable=False,
        comment="Registered neighbour, nineteen characters",
    ),
    Column("code", Text, nullable=False, comment="What would be done"),
    Column(
        "geom",
        Geometry("MULTIPOLYGON", 4547, spatial_index=False),
        nullable=False,
        comment="Shape proposed for the neighbour, EPSG:4547 (E, N) metres, 1 mm grid",
    ),
    Column("moved_m", Double, nullable=False, comment="How far its boundary would move at most, metres"),
    Column("area_delta_m2", Double, nullable=False, comment="Its area then less its area now, square metres"),
    Column("made_by", Text, nullable=False, comment="Login of the sender"),
    Column("made_at", DateTime(timezone=True), nullable=False, comment="Instant"),
    Index("neighbour_proposal_survey_id_idx", "survey_id", "proposal_id"),
    schema="spatial",
    comment="What a sender proposes for a registered neighbour; it changes nothing by itself",
)
