-- Bodies of cameras, by make, model and serial number as pictures say them, in more than one case.
WITH seen AS (
  SELECT DISTINCT s.make, s.model, s.serial, b.case_number AS number
  FROM sighting s JOIN bundle b USING (bundle) WHERE s.serial <> ''
),
spread AS (
  SELECT make, model, serial, count(*) AS cases FROM seen
  GROUP BY ALL HAVING count(*) BETWEEN 2 AND $most
)
SELECT l.number, r.number, make, model, serial, cases
FROM spread JOIN seen l USING (make, model, serial) JOIN seen r USING (make, model, serial)
WHERE l.number < r.number AND ($case IS NULL OR $case IN (l.number, r.number))
ORDER BY 1, 2, 3, 4, 5
