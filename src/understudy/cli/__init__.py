"""The command line: a verb a module; each reads files, makes one call, writes files."""
