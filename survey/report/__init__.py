"""What the researcher reads: results in sentences and pictures, the report, the preregistration."""
