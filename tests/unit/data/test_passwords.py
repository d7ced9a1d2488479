"""What a guess at a password costs in the product; the other tests hash at the least cost."""


def test_a_guess_costs_what_owasp_asks(product_hash_cost):
    """OWASP Password Storage Cheat Sheet, argon2id: at least 19 MiB, 2 passes, 1 lane."""
    assert product_hash_cost["memory_cost"] >= 19 * 1024
    assert product_hash_cost["time_cost"] >= 2
    assert product_hash_cost["parallelism"] >= 1
