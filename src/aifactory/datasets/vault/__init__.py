"""The keys of restricted data: made with the first file, used where the data is opened, destroyed for good."""
