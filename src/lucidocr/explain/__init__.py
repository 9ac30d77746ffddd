"""Why a line was read as it was: heat maps, attention, and their pictures."""
