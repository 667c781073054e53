"""Personal data in a dataset: what the GDPR asks to be written down, and the record of who processes it."""
