-- The files of the documents by which county boundaries change; the content is in the archive.
CREATE TABLE spatial.publication_document (
  document_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  publication_id integer NOT NULL REFERENCES spatial.boundary_publication,
  file_name text NOT NULL CHECK (file_name <> ''),
  media_type text NOT NULL,
  size_bytes bigint NOT NULL CHECK (size_bytes > 0),
  sha256 bytea NOT NULL CHECK (length(sha256) = 32),
  added_by text NOT NULL,
  added_at timestamptz NOT NULL,
  CONSTRAINT publication_document_once_key UNIQUE (publication_id, sha256)
);
COMMENT ON TABLE spatial.publication_document IS 'Files of the documents by which county boundaries change, append-only';
COMMENT ON COLUMN spatial.publication_document.document_id IS 'Our key';
COMMENT ON COLUMN spatial.publication_document.publication_id IS 'Publication of a draft';
COMMENT ON COLUMN spatial.publication_document.file_name IS 'Name it came with, without folders';
COMMENT ON COLUMN spatial.publication_document.media_type IS 'Media type by its first bytes';
COMMENT ON COLUMN spatial.publication_document.size_bytes IS 'Size in bytes';
COMMENT ON COLUMN spatial.publication_document.sha256 IS 'SHA-256 of the content, its name in the archive';
COMMENT ON COLUMN spatial.publication_document.added_by IS 'Sign-in name';
COMMENT ON COLUMN spatial.publication_document.added_at IS 'Instant';
SELECT ref.make_append_only('spatial.publication_document');
