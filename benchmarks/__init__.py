"""How fast the engine and the run service are, beside the engines that others use: `make bench`."""
