-- In which cases each PDQ value was seen.
SELECT DISTINCT s.pdq, b.case_number
FROM sighting s JOIN bundle b USING (bundle) SEMI JOIN looked USING (pdq)
ORDER BY 1, 2
