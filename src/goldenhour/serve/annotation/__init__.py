"""The annotation page: preparing what people judge, asking them, and the report of it."""
