-- The highest serial of each authority, kind and year.
INSERT INTO registry.certificate_serial (authority, kind, year, last_serial)
SELECT authority, kind, year, max(serial) FROM registry.certificate GROUP BY authority, kind, year
ON CONFLICT (authority, kind, year)
DO UPDATE SET last_serial = greatest(registry.certificate_serial.last_serial, excluded.last_serial)
