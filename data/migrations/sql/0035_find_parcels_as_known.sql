-- Versions that were replaced, by place: tiles of what the register knew on an earlier day need them.
CREATE INDEX idx_parcel_version_geom_3857_replaced ON spatial.parcel_version USING gist (geom_3857)
  WHERE NOT upper_inf(known);
