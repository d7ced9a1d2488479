-- Figures per day, county, kind, channel and item (月度对账单); a line that nobody has paid yet has no channel.
SELECT day, county_code, kind, channel, item_code, min(item) AS item,
       coalesce(sum(amount_fen) FILTER (WHERE figure = 'due'), 0)::bigint, coalesce(sum(amount_fen) FILTER (WHERE figure = 'paid'), 0)::bigint,
       coalesce(sum(amount_fen) FILTER (WHERE figure = 'arrived'), 0)::bigint, coalesce(sum(amount_fen) FILTER (WHERE figure = 'cleared'), 0)::bigint,
       coalesce(sum(amount_fen) FILTER (WHERE figure = 'confirmed'), 0)::bigint, coalesce(sum(amount_fen) FILTER (WHERE figure = 'refunded'), 0)::bigint,
       coalesce(sum(amount_fen) FILTER (WHERE figure = 'returned'), 0)::bigint, coalesce(sum(amount_fen) FILTER (WHERE figure = 'disputed'), 0)::bigint
FROM shown
WHERE figure = ANY (ARRAY['due', 'paid', 'arrived', 'cleared', 'confirmed', 'refunded', 'returned', 'disputed']) AND line_id IS NOT NULL
GROUP BY day, county_code, kind, channel, item_code ORDER BY day, county_code, kind, channel, item_code LIMIT %(limit)s
