-- Contents that leave in a list, each once: of findings by a notable set, with $models by a model
-- alone, and all that somebody graded; of one case, or of all. No case, no path.
SELECT lower(hex(s.content)), lower(hex(any_value(s.md5))), lower(hex(any_value(s.sha1))),
       lower(hex(any_value(s.sha256))), any_value(s.pdq), any_value(s.size),
       coalesce(any_value(nullif(s.type, '')), ''), max(s.category)
FROM sighting s JOIN bundle b USING (bundle)
WHERE s.content IS NOT NULL AND ($case IS NULL OR b.case_number = $case)
GROUP BY s.content
HAVING bool_or(s.finding IS NOT NULL
               AND (s.notable OR ($models AND list_contains(s.kinds, 'classifier'))))
    OR s.content IN (SELECT unnest($graded::BLOB[]))
ORDER BY 1
