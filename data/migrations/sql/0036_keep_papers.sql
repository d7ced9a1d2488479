-- The files of documents that a dispute or a person's county decision relies on; the content is in the archive.
CREATE TABLE money.dispute_document (
  document_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  dispute_no text NOT NULL REFERENCES money.dispute,
  purpose text NOT NULL CHECK (purpose IN ('claim', 'ruling')),
  file_name text NOT NULL CHECK (file_name <> ''),
  media_type text NOT NULL,
  size_bytes bigint NOT NULL CHECK (size_bytes > 0),
  sha256 bytea NOT NULL CHECK (length(sha256) = 32),
  added_by text NOT NULL,
  added_at timestamptz NOT NULL,
  CONSTRAINT dispute_document_once_key UNIQUE (dispute_no, purpose, sha256)
);
COMMENT ON TABLE money.dispute_document IS 'Files of the documents that the sides and the ruling of a dispute rely on, append-only';
COMMENT ON COLUMN money.dispute_document.document_id IS 'Our key';
COMMENT ON COLUMN money.dispute_document.dispute_no IS 'Dispute';
COMMENT ON COLUMN money.dispute_document.purpose IS 'claim: of one of the two counties; ruling: of the city';
COMMENT ON COLUMN money.dispute_document.file_name IS 'Name it came with, without folders';
COMMENT ON COLUMN money.dispute_document.media_type IS 'Media type by its first bytes';
COMMENT ON COLUMN money.dispute_document.size_bytes IS 'Size in bytes';
COMMENT ON COLUMN money.dispute_document.sha256 IS 'SHA-256 of the content, its name in the archive';
COMMENT ON COLUMN money.dispute_document.added_by IS 'Sign-in name';
COMMENT ON COLUMN money.dispute_document.added_at IS 'Instant';
SELECT ref.make_append_only('money.dispute_document');
ALTER TABLE money.dispute_document ENABLE ROW LEVEL SECURITY;
CREATE POLICY dispute_document_scope ON money.dispute_document USING (
  (SELECT current_setting('ningtu.scope', true)) = 'all'
  OR EXISTS (SELECT FROM money.dispute d WHERE d.dispute_no = dispute_document.dispute_no));

CREATE TABLE spatial.decision_document (
  document_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  decision_id bigint NOT NULL REFERENCES spatial.county_decision,
  file_name text NOT NULL CHECK (file_name <> ''),
  media_type text NOT NULL,
  size_bytes bigint NOT NULL CHECK (size_bytes > 0),
  sha256 bytea NOT NULL CHECK (length(sha256) = 32),
  added_by text NOT NULL,
  added_at timestamptz NOT NULL,
  CONSTRAINT decision_document_once_key UNIQUE (decision_id, sha256)
);
COMMENT ON TABLE spatial.decision_document IS 'Files of the documents by which people designated a county, append-only';
COMMENT ON COLUMN spatial.decision_document.document_id IS 'Our key';
COMMENT ON COLUMN spatial.decision_document.decision_id IS 'Decision made by people';
COMMENT ON COLUMN spatial.decision_document.file_name IS 'Name it came with, without folders';
COMMENT ON COLUMN spatial.decision_document.media_type IS 'Media type by its first bytes';
COMMENT ON COLUMN spatial.decision_document.size_bytes IS 'Size in bytes';
COMMENT ON COLUMN spatial.decision_document.sha256 IS 'SHA-256 of the content, its name in the archive';
COMMENT ON COLUMN spatial.decision_document.added_by IS 'Sign-in name';
COMMENT ON COLUMN spatial.decision_document.added_at IS 'Instant';
SELECT ref.make_append_only('spatial.decision_document');
