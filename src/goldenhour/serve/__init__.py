"""The real-time assistant: HTTP API, web editor, insights, annotation page."""
