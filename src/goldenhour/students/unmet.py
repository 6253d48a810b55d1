"""What is said where an answer is not all that was asked for: on the command line, by the API, in the editor."""

from __future__ import annotations

BEYOND = (
    "This is not something that tonal tools can do; I can change light, colour and mood: "
    'try "golden hour", or "a bit warmer".'
)
BEYOND_IN_PART = (
    "A part of this is not something that tonal tools can do; I can change light, colour and mood, and did the rest."
)
UNREAD = 'I read no look in this; try a few words such as "golden hour", "morocco" or "a bit warmer".'
