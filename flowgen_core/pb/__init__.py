"""Holds the code that `protos/generate.py` makes of the protos."""
