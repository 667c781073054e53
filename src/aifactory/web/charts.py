"""Pictures of figures, drawn on the server."""
