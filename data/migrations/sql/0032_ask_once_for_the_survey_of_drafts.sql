-- A foreign key asks for each row, though all rows of a COPY have the same survey: half of the time of a large
-- upload. These triggers promise the same: nothing is written for a survey that is not there (which is locked as a
-- foreign key locks it), drafts never change to another, and a survey that has drafts stays.
ALTER TABLE spatial.survey_feature DROP CONSTRAINT survey_feature_survey_id_fkey;

CREATE FUNCTION spatial.need_survey_of_drafts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE wanted bigint;
BEGIN
  FOR wanted IN SELECT DISTINCT survey_id FROM fresh LOOP
    PERFORM 1 FROM spatial.survey WHERE survey_id = wanted FOR KEY SHARE;
    IF NOT FOUND THEN
      RAISE foreign_key_violation USING MESSAGE = format('draft parcels of survey %s, which is not there', wanted);
    END IF;
  END LOOP;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION spatial.need_survey_of_drafts() IS 'Trigger of spatial.survey_feature: the survey of new draft parcels is there and stays';
CREATE TRIGGER need_survey AFTER INSERT ON spatial.survey_feature REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION spatial.need_survey_of_drafts();

CREATE FUNCTION spatial.keep_survey_of_drafts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.survey_id IS DISTINCT FROM OLD.survey_id THEN
    RAISE restrict_violation USING MESSAGE = 'a draft parcel never goes to another survey';
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION spatial.keep_survey_of_drafts() IS 'Trigger of spatial.survey_feature: a draft parcel stays with its survey';
CREATE TRIGGER keep_survey BEFORE UPDATE OF survey_id ON spatial.survey_feature
  FOR EACH ROW EXECUTE FUNCTION spatial.keep_survey_of_drafts();

CREATE FUNCTION spatial.keep_survey_with_drafts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM spatial.survey_feature WHERE survey_id = OLD.survey_id)
     AND NOT EXISTS (SELECT 1 FROM spatial.survey WHERE survey_id = OLD.survey_id) THEN
    RAISE foreign_key_violation USING MESSAGE = format('survey %s has draft parcels', OLD.survey_id);
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION spatial.keep_survey_with_drafts() IS 'Trigger of spatial.survey: one that has draft parcels is never removed';
CREATE TRIGGER keep_with_drafts AFTER DELETE OR UPDATE OF survey_id ON spatial.survey
  FOR EACH ROW EXECUTE FUNCTION spatial.keep_survey_with_drafts();
