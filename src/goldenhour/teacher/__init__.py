"""The teacher: an LLM that turns intents into recipes, and its recorded answers."""
