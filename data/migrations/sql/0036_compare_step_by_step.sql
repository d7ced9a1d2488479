-- A comparison of a draft takes minutes in a large city: it goes on in steps, tells how far it is, and can be stopped.
ALTER TABLE spatial.boundary_draft
  ADD COLUMN candidates integer CHECK (candidates >= 0),
  ADD COLUMN checked integer NOT NULL DEFAULT 0 CHECK (checked >= 0),
  ADD COLUMN upto_version bigint NOT NULL DEFAULT 0,
  DROP CONSTRAINT boundary_draft_state_check,
  ADD CONSTRAINT boundary_draft_state_check CHECK (state IN ('draft', 'comparing', 'compared', 'cancelled'));
COMMENT ON COLUMN spatial.boundary_draft.state IS 'draft, comparing, compared with a boundary set in force, or cancelled before it was';
COMMENT ON COLUMN spatial.boundary_draft.candidates IS 'Live parcels on ground that changes its county; null before the ground is known';
COMMENT ON COLUMN spatial.boundary_draft.checked IS 'How many of them were looked at';
COMMENT ON COLUMN spatial.boundary_draft.upto_version IS 'Parcel version up to which they were looked at';
