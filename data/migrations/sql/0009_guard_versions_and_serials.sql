-- Closing the known range of a version must not carry another change with it, whoever writes.
CREATE OR REPLACE FUNCTION spatial.refuse_version_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND upper_inf(OLD.known) AND NOT upper_inf(NEW.known)
     AND lower(NEW.known) = lower(OLD.known)
     AND NEW.geom::bytea = OLD.geom::bytea  -- bytes: = of geometries is blind to some differences
     AND ROW(NEW.version_id, NEW.parcel_id, NEW.parcel_code, NEW.unit_code, NEW.county_code, NEW.layer,
         NEW.geom_sha256, NEW.official_area_m2, NEW.surveyed_area_m2, NEW.calculated_area_m2, NEW.land_use,
         NEW.address, NEW.valid, NEW.survey_id)
         IS NOT DISTINCT FROM
         ROW(OLD.version_id, OLD.parcel_id, OLD.parcel_code, OLD.unit_code, OLD.county_code, OLD.layer,
         OLD.geom_sha256, OLD.official_area_m2, OLD.surveyed_area_m2, OLD.calculated_area_m2, OLD.land_use,
         OLD.address, OLD.valid, OLD.survey_id) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'of a parcel version only the known range is closed, once'
    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'append_only';
END $$;

CREATE TRIGGER code_serial_never_truncated BEFORE TRUNCATE ON spatial.code_serial
  FOR EACH STATEMENT EXECUTE FUNCTION ref.refuse_change();
