-- Outlines of the counties for a small map, GeoJSON lon/lat degrees (CGCS2000), generalised to 60 m.
SELECT county_code, name_zh, name_en,
       ST_AsGeoJSON(ST_Transform(ST_SimplifyPreserveTopology(geom_3857, 70), 4490), 5, 0) AS shape
FROM map.counties
ORDER BY county_code
