-- Devices and cameras of reports that a bundle has, by serial number: report, number, case.
WITH asked AS (SELECT DISTINCT digest, report, value FROM mark WHERE kind = 'device'),
had AS (
  SELECT lower(trim(serial)) AS serial, bundle FROM device WHERE serial <> ''
  UNION SELECT DISTINCT lower(trim(serial)), bundle FROM sighting WHERE serial <> ''
)
SELECT DISTINCT a.digest, a.report, a.value, b.case_number
FROM asked a JOIN had ON had.serial = a.value JOIN bundle b USING (bundle)
ORDER BY 1, 2, 3, 4
