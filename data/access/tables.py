"""Tables of access and jobs, as migration 0001 makes them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from data.tables import metadata

_NOW = text("now()")


def _instant(name: str, comment: str, *, default: bool = True, nullable: bool = False) -> Column[object]:
    server_default = _NOW if default else None
    return Column(
        name, DateTime(timezone=True), nullable=nullable, server_default=server_default, comment=comment
    )


office = Table(
    "office",
    metadata,
    Column("office", Text, primary_key=True, comment="Slug, the key"),
    Column("name", Text, nullable=False, comment="Name in Chinese"),
    Column("name_en", Text, nullable=False, comment="Name in English"),
    Column("county_code", Text, comment="Six-digit county (GB/T 2260) it decides for; null for the city"),
    Column(
        "active",
        Boolean,
        nullable=False,
        server_default=text("true"),
        comment="Whether cases may be accepted there",
    ),
    CheckConstraint("office ~ '^[a-z][a-z0-9_]*$'", name="office"),
    CheckConstraint("county_code ~ '^[0-9]{6}$'", name="county_code"),
    schema="registry",
    comment="Registration offices (登记机构、办事窗口)",
)

app_user = Table(
    "app_user",
    metadata,
    Column("user_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key"),
    Column("login", Text, nullable=False, unique=True, comment="Sign-in name"),
    Column("name", Text, nullable=False, comment="Name shown"),
    Column("password_hash", Text, comment="argon2id; null when only API keys sign in"),
    Column("roles", ARRAY(Text), nullable=False, server_default=text("'{}'::text[]"), comment="Roles"),
    Column("office", Text, ForeignKey("registry.office.office"), comment="Office the user works at"),
    Column(
        "active",
        Boolean,
        nullable=False,
        server_default=text("true"),
        comment="Inactive users cannot sign in",
    ),
    Column(
        "must_change_password",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="A new password is asked for at sign-in",
    ),
    Column(
        "failed_sign_ins",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="Failed sign-ins since the last good one",
    ),
    _instant("locked_until", "No sign-in before this instant", default=False, nullable=True),
    _instant("created_at", "Instant of creation"),
    schema="registry",
    comment="Accounts of staff, surveyors and programs",
)

session = Table(
    "session",
    metadata,
    Column("token_sha256", LargeBinary, primary_key=True, comment="SHA-256 of the secret token"),
    Column(
        "user_id",
        BigInteger,
        ForeignKey("registry.app_user.user_id"),
        nullable=False,
        comment="Whose session",
    ),
    Column("kind", Text, nullable=False, comment="browser (cookie, CSRF) or bearer (program)"),
    Column("csrf", Text, nullable=False, comment="Token a browser must send back with each write"),
    _instant("created_at", "Instant of sign-in"),
    _instant("expires_at", "End", default=False),
    Index("session_user_id_idx", "user_id"),
    schema="registry",
    comment="Live sessions of browsers and bearer tokens; a row gone is a session ended",
)

api_key = Table(
    "api_key",
    metadata,
    Column("key_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key"),
    Column("key_sha256", LargeBinary, nullable=False, unique=True, comment="SHA-256 of the key"),
    Column("prefix", Text, nullable=False, comment="First characters, to recognise it"),
    Column(
        "user_id",
        BigInteger,
        ForeignKey("registry.app_user.user_id"),
        nullable=False,
        comment="Whose rights the key has",
    ),
    _instant("created_at", "Instant of creation"),
    _instant("expires_at", "End; null for none", default=False, nullable=True),
    _instant("revoked_at", "Instant of revocation", default=False, nullable=True),
    schema="registry",
    comment="Keys of programs (partners)",
)

audit = Table(
    "audit",
    metadata,
    Column("audit_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key"),
    Column(
        "at",
        DateTime(timezone=True),
        nullable=False,
        server_default=text("clock_timestamp()"),
        comment="Instant",
    ),
    Column("login", Text, nullable=False, comment="Who"),
    Column("office", Text, comment="Office of who"),
    Column("action", Text, nullable=False, comment="What was done, such as unit.read"),
    Column("subject", Text, nullable=False, comment="Code of the thing, such as a unit code"),
    Column(
        "detail",
        JSONB,
        nullable=False,
        server_default=text("'{}'::jsonb"),
        comment="Further facts, without personal data",
    ),
    Index("audit_subject_idx", "subject", "audit_id"),
    Index("audit_login_idx", "login", "audit_id"),
    schema="registry",
    comment="Who did or read what; append-only",
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("login", Text, primary_key=True, comment="Whose key"),
    Column("key", Text, primary_key=True, comment="Idempotency-Key header"),
    Column("request_sha256", LargeBinary, nullable=False, comment="SHA-256 of method, path and body"),
    Column("status", Integer, comment="HTTP status of the answer; null while the request runs"),
    Column("body", LargeBinary, comment="Body of the answer"),
    Column("headers", JSONB, comment="Content type and location of the answer"),
    _instant("created_at", "Instant of the first request"),
    schema="registry",
    comment="Answers of writes by Idempotency-Key",
)

job = Table(
    "job",
    metadata,
    Column("job_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key"),
    Column("kind", Text, nullable=False, comment="Which handler"),
    Column("key", Text, unique=True, comment="Business key: one job a key"),
    Column("payload", JSONB, nullable=False, comment="What the handler needs"),
    Column(
        "state",
        Text,
        nullable=False,
        server_default=text("'waiting'"),
        comment="waiting, running, done or failed",
    ),
    _instant("run_at", "Not before"),
    Column("attempts", Integer, nullable=False, server_default=text("0"), comment="Times begun"),
    _instant(
        "lease_until", "A running job past this instant is taken up again", default=False, nullable=True
    ),
    Column("worker", Text, comment="Who runs it"),
    Column("done", BigInteger, nullable=False, server_default=text("0"), comment="Steps done"),
    Column("total", BigInteger, comment="Steps in all; null when not known"),
    Column("error", Text, comment="Last error"),
    _instant("created_at", "Instant of writing"),
    _instant("finished_at", "Instant of the end", default=False, nullable=True),
    Column("step", Text, comment="What the handler does now, in its own words; done and total count in it"),
    Index("job_due_idx", "run_at", "job_id", postgresql_where=text("state IN ('waiting', 'running')")),
    schema="registry",
    comment="Background jobs and outbox: written with the fact, done at least once",
)

sandbox_clock = Table(
    "sandbox_clock",
    metadata,
    Column("one", Boolean, primary_key=True, server_default=text("true"), comment="Always true"),
    Column("offset_s", Double, nullable=False, comment="Seconds ahead of the machine's clock"),
    schema="registry",
    comment="Shift of the sandbox clock, one row",
)
