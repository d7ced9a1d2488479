"""Kept runs of the audit of the register (夜间审计): counts, and findings from first seen to gone."""
