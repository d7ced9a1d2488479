-- What the map needs beside the views of the rooms: overview cells and the record of their building.
CREATE TABLE map.parcel_cell (
  register text NOT NULL,
  z smallint NOT NULL,
  tile_x integer NOT NULL,
  tile_y integer NOT NULL,
  cell_x smallint NOT NULL CHECK (cell_x BETWEEN 0 AND 127),
  cell_y smallint NOT NULL CHECK (cell_y BETWEEN 0 AND 127),
  n integer NOT NULL,
  area_m2 double precision NOT NULL,
  land_use text,
  PRIMARY KEY (z, tile_x, tile_y, register, cell_x, cell_y)
);
COMMENT ON TABLE map.parcel_cell IS 'Overview of parcels below tile zoom 13: 128 x 128 cells a tile (EPSG:3857 grid), rebuilt as a whole';
COMMENT ON COLUMN map.parcel_cell.register IS 'Register layer (use_surface, collective, ...)';
COMMENT ON COLUMN map.parcel_cell.z IS 'Tile zoom, 7 to 12';
COMMENT ON COLUMN map.parcel_cell.tile_x IS 'Tile column';
COMMENT ON COLUMN map.parcel_cell.tile_y IS 'Tile row, from the north';
COMMENT ON COLUMN map.parcel_cell.cell_x IS 'Cell column in the tile, 0 to 127';
COMMENT ON COLUMN map.parcel_cell.cell_y IS 'Cell row in the tile, from the north, 0 to 127';
COMMENT ON COLUMN map.parcel_cell.n IS 'Parcels whose box has its middle in the cell';
COMMENT ON COLUMN map.parcel_cell.area_m2 IS 'Their calculated area together, square metres (EPSG:4547 plane)';
COMMENT ON COLUMN map.parcel_cell.land_use IS 'Land use with the largest area in the cell';

CREATE TABLE map.overview_build (
  build_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  built_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  day date NOT NULL,
  cells integer NOT NULL,
  parcels bigint NOT NULL
);
COMMENT ON TABLE map.overview_build IS 'Each building of the overview cells';
COMMENT ON COLUMN map.overview_build.build_id IS 'Our key';
COMMENT ON COLUMN map.overview_build.built_at IS 'Instant of the end';
COMMENT ON COLUMN map.overview_build.day IS 'Day whose parcels are shown (Asia/Shanghai)';
COMMENT ON COLUMN map.overview_build.cells IS 'Cells written';
COMMENT ON COLUMN map.overview_build.parcels IS 'Parcels counted at the deepest zoom';
