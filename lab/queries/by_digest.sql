-- Places of what has a digest, whichever of the five it is: case, exhibit, path, finding, bundle, content.
SELECT b.case_id, b.case_number, b.exhibit, s.path, s.finding, s.bundle, lower(hex(s.content))
FROM sighting s JOIN bundle b USING (bundle)
WHERE unhex($digest) IN (s.content, s.md5, s.sha1, s.sha256, s.pdq)
ORDER BY 2, 3, 4, 6 LIMIT $most
