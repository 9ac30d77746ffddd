"""Measurements whose results are committed as JSON, and the tables made of them."""
