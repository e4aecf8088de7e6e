-- What speaks for looking at an exhibit, counted: contents that are in a notable set, that a model
-- ranks high and no set knows, that no other case has, that a camera says it took and no other case
-- has, and that are younger than a quarter of a year when the scan began. Every bundle has its row.
WITH seen AS (
  SELECT s.content, b.case_number, s.bundle, any_value(b.started) AS started,
         bool_or(s.notable) AS notable, max(s.score) AS score,
         bool_or(s.make <> '' AND s.taken <> '') AS camera, max(s.modified) AS modified,
         bool_or(s.type LIKE 'image/%' OR s.type LIKE 'video/%') AS media
  FROM sighting s JOIN bundle b USING (bundle)
  WHERE s.content IS NOT NULL AND s.outcome <> 'known'
  GROUP BY s.content, b.case_number, s.bundle
),
spread AS (SELECT content, count(DISTINCT case_number) AS cases FROM seen GROUP BY content),
counted AS (
  SELECT bundle,
         count(*) FILTER (notable) AS notable,
         count(*) FILTER (NOT notable AND score >= $high) AS ranked,
         count(*) FILTER (media AND cases = 1 AND NOT notable) AS fresh,
         count(*) FILTER (media AND cases = 1 AND camera) AS original,
         count(*) FILTER (media AND epoch(CAST(started AS TIMESTAMP)) - modified
                          BETWEEN 0 AND $recent) AS recent
  FROM seen JOIN spread USING (content) GROUP BY bundle
)
SELECT b.case_number, b.exhibit, b.bundle, coalesce(notable, 0), coalesce(ranked, 0),
       coalesce(fresh, 0), coalesce(original, 0), coalesce(recent, 0)
FROM bundle b LEFT JOIN counted USING (bundle)
ORDER BY 1, 2, 3
