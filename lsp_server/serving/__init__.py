"""From a request of the client to an answer, with as little work as will do."""
