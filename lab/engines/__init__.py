"""What answers the store's questions, which are `lab/queries/*.sql`, in DuckDB's dialect.

duck      DuckDB, in this process: what every command uses, unless it is told otherwise
spark     Spark, for a store of a whole country: the same questions, over the same Parquet
dialect   what turns the one's words into the other's
"""
