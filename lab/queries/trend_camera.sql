-- Findings by camera: different contents, and the cases on which the figure rests.
SELECT trim(s.make || ' ' || s.model) AS what, count(DISTINCT s.content), count(DISTINCT b.case_number)
FROM sighting s JOIN bundle b USING (bundle)
WHERE s.finding IS NOT NULL AND s.content IS NOT NULL
GROUP BY 1 HAVING what <> '' ORDER BY 1
