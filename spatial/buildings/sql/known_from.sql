-- The instant of the load, or just after all that is known of the staged codes.
SELECT greatest(coalesce(%(now)s::timestamptz, now()),
  (SELECT max(lower(v.known)) + interval '1 microsecond'
   FROM incoming_building i JOIN spatial.building_version v USING (building_code) WHERE upper_inf(v.known)),
  (SELECT max(lower(v.known)) + interval '1 microsecond'
   FROM incoming_unit i JOIN spatial.building_unit_version v USING (unit_code) WHERE upper_inf(v.known)))
