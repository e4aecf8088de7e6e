-- Pairs of PDQ values that look alike.
SELECT a, b FROM alike ORDER BY 1, 2
