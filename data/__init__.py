"""The ground: database access, migrations, reference data, message texts, jobs, access."""
