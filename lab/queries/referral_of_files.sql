-- Files of one report, with their digests: those behind one, at most so many.
SELECT f.file, any_value(f.value), any_value(f.viewed), any_value(f.public),
       list_sort(coalesce(list(d.kind || ' ' || d.value) FILTER (d.kind IS NOT NULL), []))
FROM mark f LEFT JOIN mark d
  ON d.digest = f.digest AND d.report = f.report AND d.file = f.file
 AND d.kind IN ('md5', 'sha1', 'sha256', 'pdq')
WHERE f.kind = 'file' AND f.digest = $digest AND f.report = $report AND f.file > $after
GROUP BY f.file ORDER BY f.file LIMIT $most
