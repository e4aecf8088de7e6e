-- Places whose path holds some words, whatever the case of their letters.
SELECT b.case_id, b.case_number, b.exhibit, s.path, s.finding, s.bundle, lower(hex(s.content))
FROM sighting s JOIN bundle b USING (bundle)
WHERE contains(lower(s.path), lower($words))
ORDER BY 2, 3, 4, 6 LIMIT $most
