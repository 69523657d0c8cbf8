"""Results from the files of an export: NumPy, SciPy and statsmodels, no Django.

The export carries this folder as it is. There, `python -m analysis` writes all tables into `results/`, and
`Rscript analysis/analyse.R` writes the same ones, by R's own functions, to the printed digit.
"""
