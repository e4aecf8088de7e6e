-- Contents that one case shares with others, as exact.sql has them of all: every place is looked at
-- by a number for its content alone, and only what few cases have is read whole. The cases that have
-- a content are counted twice: first as bits of a number, of which there are never more than cases,
-- so that what every case has falls out at once; then one by one.
WITH numbered AS (
  SELECT bundle, case_number AS number, dense_rank() OVER (ORDER BY case_number) AS n FROM bundle
),
wanted AS (
  SELECT DISTINCT s.content_key FROM sighting s JOIN numbered b USING (bundle)
  WHERE b.number = $case AND s.content_key IS NOT NULL
    AND ($all OR s.finding IS NOT NULL OR s.type LIKE 'image/%' OR s.type LIKE 'video/%')
),
rare AS (
  SELECT s.content_key
  FROM sighting s JOIN wanted USING (content_key) JOIN numbered b USING (bundle)
  WHERE ($all OR s.finding IS NOT NULL OR s.type LIKE 'image/%' OR s.type LIKE 'video/%')
  GROUP BY s.content_key
  HAVING min(b.n) <> max(b.n) AND bit_count(bit_or(CAST(1 AS BIGINT) << CAST(b.n % 63 AS INTEGER))) <= $most
),
place AS (
  SELECT b.bundle, b.number FROM numbered b
  WHERE b.bundle IN (SELECT s.bundle FROM sighting s JOIN rare USING (content_key))
),
seen AS (
  SELECT DISTINCT s.content, place.number
  FROM sighting s JOIN place USING (bundle) JOIN rare USING (content_key)
  WHERE ($all OR s.finding IS NOT NULL OR s.type LIKE 'image/%' OR s.type LIKE 'video/%')
),
spread AS (
  SELECT content, count(*) AS cases FROM seen GROUP BY content HAVING count(*) BETWEEN 2 AND $most
)
SELECT l.number, r.number, lower(hex(l.content)), spread.cases
FROM spread JOIN seen l USING (content) JOIN seen r USING (content)
WHERE l.number < r.number AND $case IN (l.number, r.number)
ORDER BY 1, 2, 3
