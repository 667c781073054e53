"""Files that people of a project bring along: their own code, and data that is theirs."""
