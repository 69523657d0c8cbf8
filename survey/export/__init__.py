"""A study's data as files: the codebook says which columns there are, the rows follow from it."""
