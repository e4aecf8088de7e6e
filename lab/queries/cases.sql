-- Each bundle with what it holds: contents (once each), sightings, those without content, findings.
SELECT b.case_number, b.exhibit, b.bundle, b.examiner, b.started, b.partial, b.signer, b.principal,
       count(DISTINCT s.content), count(s.bundle),
       count(s.bundle) FILTER (s.content IS NULL), any_value(b.findings), b.imported
FROM bundle b LEFT JOIN sighting s USING (bundle)
GROUP BY ALL ORDER BY 1, 2, b.started, b.bundle
