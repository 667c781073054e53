"""How files come in: small ones at once, large ones in parts that survive a broken line."""
