"""Cases (登记业务), from acceptance to archive."""
