"""Int8 on the CPU: a small C library, its packed weights, and their definition in plain torch."""
