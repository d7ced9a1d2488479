"""How people of the web tests sign in: one password for all."""

PASSWORD = "correct-horse-1"


def bearer(client, login):
    """Return the headers of a person with a token."""
    answer = client.post("/api/v1/auth/token", json={"username": login, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json['access_token']}"}
