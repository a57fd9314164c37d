"""Apache Spark: the same questions on a cluster. Nothing of it is imported before a query asks for it."""
