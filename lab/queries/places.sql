-- Where a content was seen: case, exhibit, path, number of the finding, digest of the bundle.
SELECT b.case_number, b.exhibit, s.path, s.finding, s.bundle
FROM sighting s JOIN bundle b USING (bundle)
WHERE s.content = unhex($content)
ORDER BY 1, 2, 3, 5
