"""The right reading: candidates from several sources, and what speaks for each."""
