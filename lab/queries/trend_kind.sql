-- Findings by the kind of match: different contents, and the cases on which the figure rests.
SELECT kind AS what, count(DISTINCT content), count(DISTINCT case_number)
FROM (SELECT unnest(s.kinds) AS kind, s.content, b.case_number
      FROM sighting s JOIN bundle b USING (bundle)
      WHERE s.finding IS NOT NULL AND s.content IS NOT NULL)
GROUP BY 1 ORDER BY 1
