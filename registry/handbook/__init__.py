"""The handbook (登记手册): published entries that drive cases."""
