"""The register of rights (登记簿)."""
