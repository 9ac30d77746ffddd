"""What is wrong with a reading, and what would mend it."""
