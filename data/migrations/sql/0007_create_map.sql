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
COMMENT ON TABLE map.parcel_cell IS 'Overview of parcels below tile zoom 13: 128 x 128 cells a tile (EPSG:3857 grid)';
COMMENT ON COLUMN map.parcel_cell.register IS 'Register layer (use_surface, collective, ...)';
COMMENT ON COLUMN map.parcel_cell.z IS 'Tile zoom, 7 to 12';
COMMENT ON COLUMN map.parcel_cell.tile_x IS 'Tile column';
COMMENT ON COLUMN map.parcel_cell.tile_y IS 'Tile row, from the north';
COMMENT ON COLUMN map.parcel_cell.cell_x IS 'Cell column in the tile, 0 to 127';
COMMENT ON COLUMN map.parcel_cell.cell_y IS 'Cell row in the tile, from the north, 0 to 127';
COMMENT ON COLUMN map.parcel_cell.n IS 'Parcels whose box has its middle in the cell';
COMMENT ON COLUMN map.parcel_cell.area_m2 IS 'Their registered area together, square metres';
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

-- A change of parcels asks for new overview cells, at most once a minute: the job runs when the minute of the
-- change is over and late commits of it have come in.
CREATE FUNCTION map.ask_overview() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  minute timestamptz := date_trunc('minute', clock_timestamp());
BEGIN
  IF EXISTS (SELECT 1 FROM fresh
             WHERE layer IN ('use_surface', 'use_above', 'use_below', 'collective', 'contract', 'forest', 'parcels')) THEN
    INSERT INTO registry.job (kind, key, payload, run_at)
    VALUES ('build_overview', 'build_overview:' || extract(epoch FROM minute)::bigint, '{}',
            minute + interval '75 seconds')
    ON CONFLICT (key) DO NOTHING;
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION map.ask_overview() IS 'Trigger of map.change: asks for new overview cells after parcels changed';
CREATE TRIGGER ask_overview AFTER INSERT ON map.change REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION map.ask_overview();
