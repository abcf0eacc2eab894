"""The analyzers as the server uses them: on threads, within limits, and known to be awake."""
