"""How many take part at once: whole studies over HTTP on real servers, beside oTree."""
