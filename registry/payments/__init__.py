"""Payment orders, channel events, refunds, tax assessments."""
