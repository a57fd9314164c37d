"""A data exchange in one package: publish, agree, use, prove."""
