-- All that one report says but its files and their digests, at most so many.
SELECT kind, value, more, instant, file FROM mark
WHERE digest = $digest AND report = $report
  AND kind NOT IN ('report', 'file', 'md5', 'sha1', 'sha256', 'pdq')
ORDER BY kind, value, instant LIMIT $most
