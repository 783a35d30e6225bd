"""Thousands of recordings: which they are, who works on them, what is done already, and what came of it."""
