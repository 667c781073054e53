"""What we keep of a stranger's dataset: plain text, cleaned, measured, and a list of what is wrong with it."""
