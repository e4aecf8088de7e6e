-- Devices, by model and serial number, that were searched in more than one case.
WITH seen AS (
  SELECT DISTINCT d.model, d.serial, b.case_number AS number
  FROM device d JOIN bundle b USING (bundle) WHERE d.serial <> ''
),
spread AS (
  SELECT model, serial, count(*) AS cases FROM seen
  GROUP BY ALL HAVING count(*) BETWEEN 2 AND $most
)
SELECT l.number, r.number, model, serial, cases
FROM spread JOIN seen l USING (model, serial) JOIN seen r USING (model, serial)
WHERE l.number < r.number AND ($case IS NULL OR $case IN (l.number, r.number))
ORDER BY 1, 2, 3, 4
