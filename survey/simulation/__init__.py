"""Simulated participants: who they are and what they answer (`people`), how they use the site (`browsing`), and their
way through it all (`walking`). What its learning material holds (`material`) they explore (`exploring`) or read
(`reading`), predict what they are asked for (`predicting`) and are logged (`log`): `learning` puts this together."""
