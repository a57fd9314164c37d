"""The checks: each file is one, named after it."""
