-- What is known of a content: size, type, digests, looks, how often and in how many cases it was seen.
SELECT any_value(s.size), any_value(s.type), lower(hex(any_value(s.md5))),
       lower(hex(any_value(s.sha1))), lower(hex(any_value(s.sha256))), lower(hex(any_value(s.pdq))),
       bool_or(s.notable), max(s.category), max(s.score),
       max(trim(s.make || ' ' || s.model || ' ' || s.serial)), count(*),
       count(DISTINCT b.case_number)
FROM sighting s JOIN bundle b USING (bundle)
WHERE s.content = unhex($content)
