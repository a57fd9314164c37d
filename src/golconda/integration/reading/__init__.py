"""From an address to one staged Parquet file a table, in logical types, with every row that was set aside."""
