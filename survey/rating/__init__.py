"""Points for open answers: which answers are rated (`answers`), how well raters agree (`agreement`), what counts.

The pages are in `monitor/rate.py` (a rater's) and `monitor/ratings.py` (agreement and differences).
"""
