-- A visit of an index page computes a box distance for each entry of it; with the shape in the entry a page holds a few.
-- Measured: 146 lines to a page without, 16 with.
DROP INDEX spatial.idx_county_line_geom;
CREATE INDEX idx_county_line_geom ON spatial.county_line USING gist (geom) INCLUDE (geom);
DROP INDEX spatial.idx_county_piece_geom;
CREATE INDEX idx_county_piece_geom ON spatial.county_piece USING gist (geom) INCLUDE (geom);
