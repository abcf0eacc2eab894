"""The `leadsman` command line."""
