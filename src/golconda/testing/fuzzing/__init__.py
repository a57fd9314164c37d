"""A differential fuzzer: the governed answer beside the same query over views made by hand."""
