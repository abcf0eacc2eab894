"""One module per request or group of notifications; each registers its handlers on the server."""
