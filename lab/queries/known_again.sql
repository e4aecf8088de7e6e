-- Contents of findings that a set or a model told, each once, with the digests that a hash set is
-- made of; no case, no path.
SELECT any_value(s.md5), any_value(s.sha1), any_value(s.sha256), any_value(s.pdq),
       any_value(s.size), max(s.category)
FROM sighting s
WHERE s.finding IS NOT NULL AND s.content IS NOT NULL
  AND ($models OR s.notable) AND (s.notable OR list_contains(s.kinds, 'classifier'))
GROUP BY s.content ORDER BY s.content
