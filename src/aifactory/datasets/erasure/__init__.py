"""Erasing a person from data (GDPR Art. 17), and data whose time is over: what everybody who has some of it owes."""
