-- Computers, volumes, accounts and phones that are named in more than one case.
WITH seen AS (
  SELECT DISTINCT m.kind, m.name, b.case_number AS number FROM mark m JOIN bundle b USING (bundle)
),
spread AS (
  SELECT kind, name, count(*) AS cases FROM seen
  GROUP BY ALL HAVING count(*) BETWEEN 2 AND $most
)
SELECT l.number, r.number, kind, name, cases
FROM spread JOIN seen l USING (kind, name) JOIN seen r USING (kind, name)
WHERE l.number < r.number AND ($case IS NULL OR $case IN (l.number, r.number))
ORDER BY 1, 2, 3, 4
