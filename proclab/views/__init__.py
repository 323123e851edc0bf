"""Views: events and state in, text out. Nothing here reads a file of the recording or prints."""
