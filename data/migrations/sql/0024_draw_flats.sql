-- Outlines of flats, one a floor, and whose the walls around them are: what a floor plan (分户图) draws.

ALTER TABLE spatial.building_unit_version
  ADD COLUMN outline geometry(GeometryCollection, 4547),
  ADD COLUMN outline_floors smallint[],
  ADD COLUMN party_walls text CHECK (party_walls ~ '^[OSB?]{4}$'),
  ADD CONSTRAINT building_unit_version_outline_check CHECK (
    num_nulls(outline, outline_floors) = 2
    OR num_nulls(outline, outline_floors) = 0 AND cardinality(outline_floors) > 0
       AND ST_NumGeometries(outline) = cardinality(outline_floors));
COMMENT ON COLUMN spatial.building_unit_version.outline IS 'Outlines on its floors, each a polygon or multipolygon, EPSG:4547 (E, N) metres, 1 mm grid; null when not surveyed';
COMMENT ON COLUMN spatial.building_unit_version.outline_floors IS 'Floor of each outline, in their order, ascending, negative underground';
COMMENT ON COLUMN spatial.building_unit_version.party_walls IS 'Whose the east, south, west and north wall is (墙体归属): O own, S shared, B borrowed, ? not stated';
COMMENT ON COLUMN spatial.survey_object.kind IS 'Table of the register standard: JZD, JZX, ZRZ, LJZ, C, H, DK or XB; FHT outlines of flats';
