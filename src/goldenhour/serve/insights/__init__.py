"""Insights: what an event store says of the last days, and the page that shows it."""
