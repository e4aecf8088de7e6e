-- What reports share: kind, value, and the reports that have it. What more than $most have links none.
-- An IP address links those that used it one after the other within $within seconds.
WITH plain AS (
  SELECT DISTINCT kind, value, digest, report FROM mark
  WHERE kind IN ('email', 'phone', 'account', 'device', 'md5', 'sha1', 'sha256')
  UNION SELECT 'report', report, digest, report FROM mark
),
used AS (
  SELECT value, digest, report, instant,
         lag(digest) OVER w AS digest_before, lag(report) OVER w AS report_before,
         lag(instant) OVER w AS before
  FROM (SELECT DISTINCT value, digest, report, instant FROM mark
        WHERE kind = 'ip' AND instant IS NOT NULL)
  WINDOW w AS (PARTITION BY value ORDER BY instant, digest, report)
),
widely AS (
  SELECT value FROM mark WHERE kind = 'ip'
  GROUP BY value HAVING count(DISTINCT (digest, report)) > $most
)
SELECT kind, value, list_sort(list(DISTINCT [digest, report])) FROM plain
GROUP BY kind, value HAVING count(DISTINCT (digest, report)) BETWEEN 2 AND $most
UNION ALL
SELECT DISTINCT 'ip', value, [[digest_before, report_before], [digest, report]] FROM used
ANTI JOIN widely USING (value)
WHERE (digest, report) <> (digest_before, report_before) AND instant - before <= $within
ORDER BY 1, 2, 3
