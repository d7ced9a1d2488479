"""Tables of reviews; the migration 0017 creates them."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Table,
    Text,
)

from data.tables import metadata

finding_answer = Table(
    "finding_answer",
    metadata,
    Column(
        "finding_id",
        BigInteger,
        ForeignKey("spatial.finding.finding_id"),
        primary_key=True,
        autoincrement=False,
        comment="Finding",
    ),
    Column(
        "survey_id", BigInteger, ForeignKey("spatial.survey.survey_id"), nullable=False, comment="Submission"
    ),
    Column("answer", Text, nullable=False, comment="let_pass (豁免、认可) or to_correct (要求改正)"),
    Column(
        "reason_code",
        Text,
        comment="Code of the reason (list REVIEW_WAIVER or REVIEW_RETURN); null where only words were given",
    ),
    Column("reason", Text, nullable=False, comment="Words with it, perhaps none"),
    Column("until", Date, comment="Last day a waiver holds; null without end"),
    Column("answered_by", Text, nullable=False, comment="Login of the reviewer"),
    Column("answered_at", DateTime(timezone=True), nullable=False, comment="Instant"),
    Index("finding_answer_survey_id_idx", "survey_id"),
    schema="spatial",
    comment="What reviewers answer to findings before they decide; an acceptance makes waivers of it",
)

survey_review = Table(
    "survey_review",
    metadata,
    Column("review_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key, rising"),
    Column(
        "survey_id", BigInteger, ForeignKey("spatial.survey.survey_id"), nullable=False, comment="Submission"
    ),
    Column(
        "run_id", BigInteger, ForeignKey("spatial.survey_run.run_id"), comment="Run whose findings were seen"
    ),
    Column("decision", Text, nullable=False, comment="accept or return"),
    Column(
        "takes_effect",
        Boolean,
        nullable=False,
        comment="false: an acceptance that waits for a second reviewer",
    ),
    Column("second_rules", ARRAY(Text), nullable=False, comment="Rules that asked for a second reviewer"),
    Column(
        "reason_codes",
        ARRAY(Text),
        nullable=False,
        comment="Codes of the reasons (list REVIEW_ACCEPT or REVIEW_RETURN)",
    ),
    Column("comment", Text, nullable=False, comment="Words with it, perhaps none"),
    Column("decided_by", Text, nullable=False, comment="Login of the reviewer"),
    Column("decided_at", DateTime(timezone=True), nullable=False, comment="Instant"),
    Index("survey_review_survey_id_idx", "survey_id", "review_id"),
    schema="spatial",
    comment="Every decision of a reviewer; the first of two acceptances has no effect yet",
)
