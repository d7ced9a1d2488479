"""Tables of faults of the register; the migration 0017 creates them."""

from geoalchemy2 import Geometry
from sqlalchemy import ARRAY, BigInteger, Column, DateTime, ForeignKey, Identity, Index, Table, Text

from data.tables import metadata

register_fault = Table(
    "register_fault",
    metadata,
    Column("fault_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key, rising"),
    Column(
        "survey_id",
        BigInteger,
        ForeignKey("spatial.survey.survey_id"),
        comment="Submission at which it was met; null without",
    ),
    Column(
        "finding_id",
        BigInteger,
        ForeignKey("spatial.finding.finding_id"),
        comment="Finding that shows it; null without",
    ),
    Column("rule_id", Text, comment="Rule of that finding; null without"),
    Column(
        "parcel_codes",
        ARRAY(Text),
        nullable=False,
        comment="Registered parcels it is about, 19 characters each; perhaps none",
    ),
    Column(
        "place",
        Geometry("POINT", 4547, spatial_index=True),
        nullable=False,
        comment="Where, EPSG:4547 (E, N) metres",
    ),
    Column(
        "county_code",
        Text,
        comment="County whose register it is, six digits; null where none can be told",
    ),
    Column("description", Text, nullable=False, comment="What is wrong, in the words of who reports it"),
    Column("state", Text, nullable=False, comment="open, confirmed, rejected or mended"),
    Column("reported_by", Text, nullable=False, comment="Login of who reports it"),
    Column("reported_at", DateTime(timezone=True), nullable=False, comment="Instant of the report"),
    Column(
        "mended_by_survey_id",
        BigInteger,
        ForeignKey("spatial.survey.survey_id"),
        comment="Registered submission that mended it; null while none has or by other means",
    ),
    Index("register_fault_state_idx", "state", "fault_id"),
    Index("register_fault_reported_by_idx", "reported_by", "fault_id"),
    schema="spatial",
    comment="Faults of the register that surveyors report (底图错误): each its own case against the register",
)

register_fault_event = Table(
    "register_fault_event",
    metadata,
    Column("event_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key, rising"),
    Column(
        "fault_id",
        BigInteger,
        ForeignKey("spatial.register_fault.fault_id"),
        nullable=False,
        comment="Fault",
    ),
    Column("at", DateTime(timezone=True), nullable=False, comment="Instant"),
    Column("state", Text, nullable=False, comment="State reached"),
    Column("login", Text, nullable=False, comment="Who"),
    Column("comment", Text, nullable=False, comment="Words with it"),
    Index("register_fault_event_fault_id_idx", "fault_id", "event_id"),
    schema="spatial",
    comment="Course of a fault of the register: every change of its state",
)
