"""Small faults that the suite must notice, each with the tests that do: `make mutants`."""
