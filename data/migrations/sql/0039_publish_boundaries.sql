-- A draft of the county boundaries comes into force from a day on: one person proposes it with a document, another confirms.

-- Pieces are cut at lines of their own; what is published are the shapes that were read.
CREATE TABLE spatial.boundary_draft_county (
  draft_id integer NOT NULL REFERENCES spatial.boundary_draft,
  county_code text NOT NULL CHECK (county_code ~ '^[0-9]{6}$'),
  geom geometry(MultiPolygon, 4547) NOT NULL,
  PRIMARY KEY (draft_id, county_code)
);
COMMENT ON TABLE spatial.boundary_draft_county IS 'Counties of a draft as they were read, append-only';
COMMENT ON COLUMN spatial.boundary_draft_county.draft_id IS 'Draft';
COMMENT ON COLUMN spatial.boundary_draft_county.county_code IS 'Six-digit county code';
COMMENT ON COLUMN spatial.boundary_draft_county.geom IS 'Area, EPSG:4547 (E, N) metres, 1 mm grid';
CREATE INDEX idx_boundary_draft_county_geom ON spatial.boundary_draft_county USING gist (geom);
SELECT ref.make_append_only('spatial.boundary_draft_county');

CREATE TABLE spatial.boundary_publication (
  publication_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  draft_id integer NOT NULL REFERENCES spatial.boundary_draft,
  name text NOT NULL CHECK (name <> ''),
  valid_from date NOT NULL,
  accuracy_m numeric(8,2) NOT NULL CHECK (accuracy_m >= 0),
  basis_doc text NOT NULL CHECK (basis_doc <> ''),
  reason text NOT NULL CHECK (reason <> ''),
  source text NOT NULL CHECK (source <> ''),
  licence text NOT NULL CHECK (licence <> ''),
  notice_zh text NOT NULL CHECK (notice_zh <> ''),
  notice_en text NOT NULL CHECK (notice_en <> ''),
  legal boolean NOT NULL,
  proposed_by text NOT NULL,
  proposed_at timestamptz NOT NULL
);
COMMENT ON TABLE spatial.boundary_publication IS 'Drafts that a person proposed to bring into force, append-only';
COMMENT ON COLUMN spatial.boundary_publication.publication_id IS 'Our key';
COMMENT ON COLUMN spatial.boundary_publication.draft_id IS 'Draft';
COMMENT ON COLUMN spatial.boundary_publication.name IS 'Name of the boundary set it would become';
COMMENT ON COLUMN spatial.boundary_publication.valid_from IS 'First day in force';
COMMENT ON COLUMN spatial.boundary_publication.accuracy_m IS 'How far a true line may lie from the drawn one, metres';
COMMENT ON COLUMN spatial.boundary_publication.basis_doc IS 'Document by which the lines are changed';
COMMENT ON COLUMN spatial.boundary_publication.reason IS 'Words of who proposed';
COMMENT ON COLUMN spatial.boundary_publication.source IS 'Where the lines come from';
COMMENT ON COLUMN spatial.boundary_publication.licence IS 'Licence as the source states it';
COMMENT ON COLUMN spatial.boundary_publication.notice_zh IS 'Notice shown on each map, Chinese';
COMMENT ON COLUMN spatial.boundary_publication.notice_en IS 'Notice shown on each map, English';
COMMENT ON COLUMN spatial.boundary_publication.legal IS 'Whether the lines are legal boundaries';
COMMENT ON COLUMN spatial.boundary_publication.proposed_by IS 'Login';
COMMENT ON COLUMN spatial.boundary_publication.proposed_at IS 'Instant';
CREATE INDEX boundary_publication_draft_id_idx ON spatial.boundary_publication (draft_id);
SELECT ref.make_append_only('spatial.boundary_publication');

CREATE TABLE spatial.boundary_publication_end (
  publication_id integer PRIMARY KEY REFERENCES spatial.boundary_publication,
  outcome text NOT NULL CHECK (outcome IN ('confirmed', 'declined')),
  comment text NOT NULL,
  set_id integer REFERENCES spatial.boundary_set,
  ended_by text NOT NULL,
  ended_at timestamptz NOT NULL,
  CONSTRAINT boundary_publication_end_set_id_key UNIQUE (set_id),
  CONSTRAINT boundary_publication_end_confirmed_check CHECK ((outcome = 'confirmed') = (set_id IS NOT NULL))
);
COMMENT ON TABLE spatial.boundary_publication_end IS 'How publications ended: confirmed by a second person, or declined; append-only';
COMMENT ON COLUMN spatial.boundary_publication_end.publication_id IS 'Publication';
COMMENT ON COLUMN spatial.boundary_publication_end.outcome IS 'confirmed or declined';
COMMENT ON COLUMN spatial.boundary_publication_end.comment IS 'Words of who ended it';
COMMENT ON COLUMN spatial.boundary_publication_end.set_id IS 'Boundary set it became; null if declined';
COMMENT ON COLUMN spatial.boundary_publication_end.ended_by IS 'Login';
COMMENT ON COLUMN spatial.boundary_publication_end.ended_at IS 'Instant';
CREATE FUNCTION spatial.refuse_own_publication() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.outcome = 'confirmed' AND EXISTS (SELECT FROM spatial.boundary_publication p
     WHERE p.publication_id = NEW.publication_id AND p.proposed_by = NEW.ended_by) THEN
    RAISE EXCEPTION 'a second person confirms what a person proposed'
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'boundary_publication_second_person';
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION spatial.refuse_own_publication() IS 'Trigger of spatial.boundary_publication_end: the confirming person is another one';
CREATE TRIGGER boundary_publication_second_person BEFORE INSERT ON spatial.boundary_publication_end
  FOR EACH ROW EXECUTE FUNCTION spatial.refuse_own_publication();
SELECT ref.make_append_only('spatial.boundary_publication_end');

-- The map of a day shows the lines of that day; map.counties is today's.
CREATE VIEW map.counties_dated AS
SELECT b.county_code, b.name_zh, b.name_en, b.geom_3857,
       st_pointonsurface(b.geom_3857) AS label_3857, s.name AS boundary_set, s.valid
FROM spatial.county_boundary b JOIN spatial.boundary_set s USING (set_id)
WHERE b.in_city;
COMMENT ON VIEW map.counties_dated IS 'Counties of the city of every boundary set, EPSG:3857; filter valid @> day';
