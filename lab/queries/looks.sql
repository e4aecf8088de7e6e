-- Every PDQ value of the store, once.
SELECT pdq FROM picture ORDER BY pdq
