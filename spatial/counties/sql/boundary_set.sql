-- Boundary sets with the versions of the engine that measures.
SELECT set_id, name, lower(valid) AS valid_from, upper(valid) AS valid_to, accuracy_m::float8, source, source_doc,
       licence, notice_zh, notice_en, legal, sha256,
       jsonb_build_object('postgis', postgis_lib_version(), 'geos', postgis_geos_version(),
                          'proj', split_part(postgis_proj_version(), ' ', 1)) AS engine
FROM spatial.boundary_set
