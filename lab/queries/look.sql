-- Pictures of two cases that look alike and are not the same content: one row for each two cases
-- and contents. Rarity: in how many cases either is seen, or anything that looks like it. A picture
-- of which the other case has the very content links no more by its looks.
WITH seen AS (
  SELECT DISTINCT s.pdq, s.content, b.case_number AS number
  FROM sighting s JOIN bundle b USING (bundle) ANTI JOIN flood USING (pdq)
  WHERE s.pdq IS NOT NULL AND s.content IS NOT NULL AND s.outcome <> 'known'
),
near AS (
  SELECT a, b, bits FROM alike
  UNION ALL SELECT b, a, bits FROM alike
  UNION ALL SELECT DISTINCT pdq, pdq, 0 FROM seen
),
spread AS (
  SELECT near.a AS pdq, count(DISTINCT seen.number) AS cases
  FROM near JOIN seen ON seen.pdq = near.b GROUP BY near.a
)
SELECT l.number, r.number, lower(hex(l.content)), lower(hex(r.content)), near.bits,
       greatest(ls.cases, rs.cases)
FROM near
JOIN seen l ON l.pdq = near.a
JOIN seen r ON r.pdq = near.b AND l.number < r.number AND l.content <> r.content
JOIN spread ls ON ls.pdq = near.a JOIN spread rs ON rs.pdq = near.b
WHERE ls.cases <= $most AND rs.cases <= $most
  AND NOT EXISTS (SELECT 1 FROM seen x WHERE x.content = l.content AND x.number = r.number)
  AND NOT EXISTS (SELECT 1 FROM seen x WHERE x.content = r.content AND x.number = l.number)
ORDER BY near.bits, 1, 2, 3, 4
