-- Pieces of a part of the new versions.
INSERT INTO spatial.parcel_piece (version_id, piece_no, layer_no, piece, valid)
SELECT m.version_id, q.piece_no, l.layer_no, q.geom::polygon, daterange(%(valid_from)s, %(valid_to)s)
FROM incoming_piece q
JOIN made m USING (n)
JOIN incoming i USING (n)
JOIN spatial.parcel_layer l USING (layer)
WHERE q.n >= %(first)s AND q.n < %(beyond)s
ORDER BY q.n, q.piece_no
