"""Points for open answers: which are rated (`answers`), how well raters agree (`agreement`, `per_item`), what counts.

The pages are in `monitor/rate.py` (a rater's) and `monitor/ratings.py` (agreement and differences).
"""
