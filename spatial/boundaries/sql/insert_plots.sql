-- Contracted plots of parcels.
INSERT INTO spatial.contract_plot (parcel_code, plot_code, survey_id, contract_area_m2, measured_area_m2, known_at)
SELECT DISTINCT ON (parcel_code, plot_code) parcel_code, plot_code, %(survey_id)s, contract, measured, %(now)s
FROM unnest(%(parcels)s::text[], %(plots)s::text[], %(contracts)s::numeric[], %(measures)s::numeric[])
  AS i (parcel_code, plot_code, contract, measured)
ORDER BY parcel_code, plot_code
