"""Simulated participants: who they are and what they answer (`people`), how they use the site (`browsing`), its
learning material (`learning`), and their way through it all (`walking`)."""
