"""The commands of the command line, a file for each family; imported one at a time, when called."""
