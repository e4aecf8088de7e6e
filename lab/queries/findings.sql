-- The findings of a bundle behind a number, in their order, at most so many.
SELECT finding, path, type, size, lower(hex(content)), kinds, notable, category, score
FROM sighting
WHERE bundle = $bundle AND finding > $after
ORDER BY finding LIMIT $most
