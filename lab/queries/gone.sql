-- Which of some contents no bundle has.
SELECT content FROM (SELECT unnest($contents) AS content)
WHERE content NOT IN (SELECT s.content FROM sighting s WHERE s.content IS NOT NULL)
