"""The rules of the survey check: their data stand in ``catalogue.toml``, their code in the modules here."""
