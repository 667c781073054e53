"""The portal's pages beside ColdFront's: same machine, same run, same server, same number of rows."""
