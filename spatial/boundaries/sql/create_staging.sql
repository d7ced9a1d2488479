-- Tables of one registration of boundaries; they live until the transaction ends.
CREATE TEMP TABLE IF NOT EXISTS incoming_point (
  parcel_code text NOT NULL, seq integer NOT NULL, geom geometry(Point, 4547) NOT NULL, point_no text,
  marker_type text, point_type text, accuracy_class smallint, PRIMARY KEY (parcel_code, seq)
) ON COMMIT DROP;
CREATE TEMP TABLE IF NOT EXISTS incoming_line (
  parcel_code text NOT NULL, line_no integer NOT NULL, start_mm bigint[] NOT NULL, end_mm bigint[] NOT NULL,
  length_m numeric(12,3), category text, position text, nature text, agreement_no text, dispute_no text,
  PRIMARY KEY (parcel_code, line_no)
) ON COMMIT DROP;
TRUNCATE incoming_point, incoming_line;
