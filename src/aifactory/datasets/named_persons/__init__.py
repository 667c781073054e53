"""Who may use data where the terms name people: a change of that list, while the agreement goes on."""
