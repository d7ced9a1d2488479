"""Findings of a submission on paper and as a workbook."""
