"""`labelhub`: the command line, and the client it stands on. It speaks to any Label Hub through its API alone."""
