"""Simulated participants: who they are and what they answer (`people`), how they use the site (`browsing`)."""
