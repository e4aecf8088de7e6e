-- Bundles that are in the tables, with the case and the exhibit that each is filed under; of one case,
-- or of all.
SELECT bundle, case_number, exhibit FROM bundle
WHERE $case IS NULL OR case_number = $case
ORDER BY case_number, exhibit, bundle
