-- Pictures of one case and of others that look alike, as look.sql has them of all: every place is
-- looked at by a number for its PDQ value alone, and only what few cases have is read whole (how they
-- are counted, exact_of_case.sql says). `beside`: the case's values, and what looks like those;
-- `near`: what looks like any of `beside`, by which it is told how rare that is.
WITH numbered AS (
  SELECT bundle, case_number AS number, dense_rank() OVER (ORDER BY case_number) AS n FROM bundle
),
own AS (
  SELECT DISTINCT s.pdq, s.pdq_key
  FROM sighting s JOIN numbered b USING (bundle) ANTI JOIN flood USING (pdq)
  WHERE b.number = $case AND s.pdq_key IS NOT NULL
),
pair AS (
  SELECT a, b, a_key, b_key, bits FROM alike
  UNION ALL SELECT b, a, b_key, a_key, bits FROM alike
),
beside AS (
  SELECT pdq, pdq_key FROM own
  UNION SELECT pair.b, pair.b_key FROM pair JOIN own ON own.pdq = pair.a
),
near AS (
  SELECT pair.a, pair.b, pair.b_key, pair.bits FROM pair JOIN beside ON beside.pdq = pair.a
  UNION ALL SELECT pdq, pdq, pdq_key, 0 FROM beside
),
wanted AS (SELECT DISTINCT b_key AS pdq_key FROM near),
everywhere AS (
  SELECT s.pdq_key FROM sighting s JOIN wanted USING (pdq_key) JOIN numbered b USING (bundle)
  GROUP BY s.pdq_key
  HAVING bit_count(bit_or(CAST(1 AS BIGINT) << CAST(b.n % 63 AS INTEGER))) > $most
),
rare AS (
  SELECT a, b, b_key, bits FROM near
  WHERE a NOT IN (SELECT n.a FROM near n JOIN everywhere e ON e.pdq_key = n.b_key)
),
picked AS (SELECT DISTINCT b_key AS pdq_key FROM rare),
place AS (
  SELECT b.bundle, b.number FROM numbered b
  WHERE b.bundle IN (SELECT s.bundle FROM sighting s JOIN picked USING (pdq_key))
),
seen AS (
  SELECT DISTINCT s.pdq, s.content, place.number
  FROM sighting s JOIN place USING (bundle) JOIN picked USING (pdq_key)
),
spread AS (
  SELECT rare.a AS pdq, count(DISTINCT seen.number) AS cases
  FROM rare JOIN seen ON seen.pdq = rare.b GROUP BY rare.a HAVING count(DISTINCT seen.number) <= $most
),
linked AS (
  SELECT l.number AS one, r.number AS other, l.content AS mine, r.content AS theirs, rare.bits,
         greatest(ls.cases, rs.cases) AS cases
  FROM rare
  JOIN seen l ON l.pdq = rare.a
  JOIN seen r ON r.pdq = rare.b AND l.number < r.number AND l.content <> r.content
  JOIN spread ls ON ls.pdq = rare.a JOIN spread rs ON rs.pdq = rare.b
  WHERE $case IN (l.number, r.number)
),
home AS (
  SELECT bundle, number FROM numbered
  WHERE number IN (SELECT one FROM linked UNION SELECT other FROM linked)
),
had AS (
  SELECT DISTINCT s.content, home.number
  FROM sighting s JOIN home USING (bundle) ANTI JOIN flood USING (pdq)
  WHERE s.pdq_key IS NOT NULL
    AND s.content IN (SELECT mine FROM linked UNION SELECT theirs FROM linked)
)
SELECT one, other, lower(hex(mine)), lower(hex(theirs)), bits, cases FROM linked
WHERE NOT EXISTS (SELECT 1 FROM had x WHERE x.content = linked.mine AND x.number = linked.other)
  AND NOT EXISTS (SELECT 1 FROM had x WHERE x.content = linked.theirs AND x.number = linked.one)
ORDER BY bits, 1, 2, 3, 4
