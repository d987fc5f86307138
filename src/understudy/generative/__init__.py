"""(noise, condition) -> sample: laws learned from samples."""
