"""Having a dataset's version inspected as a job: ordered by its steward, billed like any, its report handed over."""

#: The recipe, and the role under which it reads the version.
RECIPE, ROLE = "inspect-tables", "tables"
