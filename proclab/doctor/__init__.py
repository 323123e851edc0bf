"""Is this machine fit? Standard library only, for it has to run where nothing is installed yet."""
