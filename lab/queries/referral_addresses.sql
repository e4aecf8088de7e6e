-- E-mail addresses of reports that stand in the path of a file, alone or before the ending of a name
-- (a mailbox's): report, address, case.
WITH asked AS (SELECT DISTINCT digest, report, value FROM mark WHERE kind = 'email'),
named AS (
  SELECT DISTINCT bundle,
         unnest(regexp_extract_all(lower(path), '[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+')) AS word
  FROM sighting WHERE contains(path, '@')
),
had AS (
  SELECT bundle, word FROM named
  UNION SELECT bundle, regexp_replace(word, '\.[^.]*$', '') FROM named
)
SELECT DISTINCT a.digest, a.report, a.value, b.case_number
FROM asked a JOIN had ON had.word = a.value JOIN bundle b USING (bundle)
ORDER BY 1, 2, 3, 4
