"""Screening: eligibility and the gates of the law, before anybody scores."""
