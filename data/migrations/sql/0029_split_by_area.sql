-- Fees of a parcel in several counties may be split by area: the decision says by which parts.
ALTER TABLE spatial.county_decision
  ADD COLUMN shares jsonb,
  ADD CONSTRAINT county_decision_shares_check CHECK (
    shares IS NULL OR (rule = 'R3' AND NOT by_person AND county_code IS NULL AND jsonb_array_length(shares) > 1));
COMMENT ON COLUMN spatial.county_decision.shares IS 'Parts by which fees are split, where the policy of the day says so: county_code, ratio_ppm, area_mm2; null without a split';
