-- Places of pictures that have one of some PDQ values; the value comes last.
SELECT b.case_id, b.case_number, b.exhibit, s.path, s.finding, s.bundle, lower(hex(s.content)), s.pdq
FROM sighting s JOIN bundle b USING (bundle)
WHERE s.pdq IN (SELECT unnest($looks))
ORDER BY 2, 3, 4, 6 LIMIT $most
