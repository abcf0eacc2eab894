"""What was read for one request and serves the next: caches of prompts that begin alike."""
