-- Files of reports that a bundle has, by any digest: report, file, case, content.
WITH asked AS (
  SELECT digest, report, file, kind, unhex(value) AS value FROM mark
  WHERE kind IN ('md5', 'sha1', 'sha256', 'pdq')
),
hit AS (
  SELECT a.digest, a.report, a.file, s.bundle, s.content
  FROM asked a JOIN sighting s ON s.md5 = a.value WHERE a.kind = 'md5'
  UNION SELECT a.digest, a.report, a.file, s.bundle, s.content
  FROM asked a JOIN sighting s ON s.sha1 = a.value WHERE a.kind = 'sha1'
  UNION SELECT a.digest, a.report, a.file, s.bundle, s.content
  FROM asked a JOIN sighting s ON s.sha256 = a.value WHERE a.kind = 'sha256'
  UNION SELECT a.digest, a.report, a.file, s.bundle, s.content
  FROM asked a JOIN sighting s ON s.pdq = a.value WHERE a.kind = 'pdq'
)
SELECT DISTINCT h.digest, h.report, h.file, b.case_number, lower(hex(h.content))
FROM hit h JOIN bundle b USING (bundle)
WHERE ($digest IS NULL OR (h.digest = $digest AND h.report = $report))
ORDER BY 1, 2, 3, 4, 5
