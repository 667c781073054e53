"""What the office changes of an award after it was given: a later end, a smaller amount; and the end of a project."""
