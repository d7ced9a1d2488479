-- The instant of the end, or just after all that is known of what ends.
SELECT greatest(%(now)s::timestamptz,
  (SELECT max(lower(known)) + interval '1 microsecond' FROM spatial.building_version
   WHERE building_code = ANY(%(buildings)s) AND upper_inf(known)),
  (SELECT max(lower(known)) + interval '1 microsecond' FROM spatial.building_unit_version
   WHERE unit_code = ANY(%(units)s) AND upper_inf(known)))
