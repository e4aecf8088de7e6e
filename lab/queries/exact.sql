-- Contents that cases share: one row for each two cases and content, with the number of cases that
-- have it. Known files and what is no picture, video or finding link nothing, unless $all.
WITH seen AS (
  SELECT DISTINCT s.content, b.case_number AS number
  FROM sighting s JOIN bundle b USING (bundle)
  WHERE s.content IS NOT NULL AND s.outcome <> 'known'
    AND ($all OR s.finding IS NOT NULL OR s.type LIKE 'image/%' OR s.type LIKE 'video/%')
),
spread AS (
  SELECT content, count(*) AS cases FROM seen GROUP BY content HAVING count(*) BETWEEN 2 AND $most
)
SELECT l.number, r.number, lower(hex(l.content)), spread.cases
FROM spread JOIN seen l USING (content) JOIN seen r USING (content)
WHERE l.number < r.number
ORDER BY 1, 2, 3
