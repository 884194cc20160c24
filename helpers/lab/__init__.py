"""Two real hosts on a wire that the reader holds."""
