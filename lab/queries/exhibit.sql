-- What a bundle says of itself: case, exhibit, examiner, start, whether it ended early, who signed.
SELECT case_id, case_number, exhibit, examiner, started, partial, signer, principal, findings,
       imported
FROM bundle WHERE bundle = $bundle
