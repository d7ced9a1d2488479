-- The daily head of the register: what was registered since the head before, hashed, chained and signed.
ALTER TABLE registry.rrr_end ADD COLUMN end_id bigint GENERATED ALWAYS AS IDENTITY;
COMMENT ON COLUMN registry.rrr_end.end_id IS 'Order of writing, rising';
ALTER TABLE registry.rrr_end ADD CONSTRAINT rrr_end_end_id_key UNIQUE (end_id);

CREATE TABLE registry.head (
  head_on date PRIMARY KEY,
  change_id bigint NOT NULL,
  version_id bigint NOT NULL,
  lineage_id bigint NOT NULL,
  rrr_id bigint NOT NULL,
  end_id bigint NOT NULL,
  n_rows bigint NOT NULL CHECK (n_rows >= 0),
  sha256 bytea NOT NULL CHECK (length(sha256) = 32),
  prev_sha256 bytea NOT NULL CHECK (length(prev_sha256) = 32),
  signature bytea NOT NULL,
  algorithm text NOT NULL,
  made_at timestamptz NOT NULL
);
COMMENT ON TABLE registry.head IS 'Signed hash of what the register wrote since the head before, chained, append-only';
COMMENT ON COLUMN registry.head.head_on IS 'Last day it covers (Asia/Shanghai); it covers all that was written until it was made';
COMMENT ON COLUMN registry.head.change_id IS 'Last row of map.change covered, 0 for none';
COMMENT ON COLUMN registry.head.version_id IS 'Last row of spatial.parcel_version covered, 0 for none';
COMMENT ON COLUMN registry.head.lineage_id IS 'Last row of spatial.lineage covered, 0 for none';
COMMENT ON COLUMN registry.head.rrr_id IS 'Last row of registry.rrr covered, 0 for none';
COMMENT ON COLUMN registry.head.end_id IS 'Last row of registry.rrr_end covered, 0 for none';
COMMENT ON COLUMN registry.head.n_rows IS 'Number of rows covered';
COMMENT ON COLUMN registry.head.sha256 IS 'SHA-256 over the head before, the day and the rows in order';
COMMENT ON COLUMN registry.head.prev_sha256 IS 'The head before, zeros for the first';
COMMENT ON COLUMN registry.head.signature IS 'Signature of sha256';
COMMENT ON COLUMN registry.head.algorithm IS 'Signature algorithm';
COMMENT ON COLUMN registry.head.made_at IS 'Instant';
SELECT ref.make_append_only('registry.head');

-- Writers under way are waited for, half a second at most, so that no key below the cut appears later. Shorter than
-- deadlock_timeout: it is this function that gives up, never a registration.
CREATE FUNCTION registry.cut_register(OUT change_id bigint, OUT version_id bigint, OUT lineage_id bigint,
                                      OUT rrr_id bigint, OUT end_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '500ms' AS $$
BEGIN
  LOCK TABLE map.change, spatial.parcel_version, spatial.lineage, registry.rrr, registry.rrr_end IN SHARE MODE;
  SELECT coalesce(max(c.change_id), 0) INTO change_id FROM map.change c;
  SELECT coalesce(max(v.version_id), 0) INTO version_id FROM spatial.parcel_version v;
  SELECT coalesce(max(l.lineage_id), 0) INTO lineage_id FROM spatial.lineage l;
  SELECT coalesce(max(r.rrr_id), 0) INTO rrr_id FROM registry.rrr r;
  SELECT coalesce(max(e.end_id), 0) INTO end_id FROM registry.rrr_end e;
END $$;
COMMENT ON FUNCTION registry.cut_register() IS 'Last keys of the register, with nothing below them still to come';
