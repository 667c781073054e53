"""Other catalogues' datasets in ours: fetched, read with one list of errors a record, shown as theirs."""
