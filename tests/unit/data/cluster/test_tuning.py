from data.cluster.tuning import server_settings, settings_text


def test_the_server_listens_on_loopback_only_and_without_a_socket_file():
    settings = server_settings(5555, 8192)
    assert settings["listen_addresses"] == "127.0.0.1"
    assert settings["unix_socket_directories"] == ""
    assert settings["password_encryption"] == "scram-sha-256"


def test_commits_wait_for_the_disk_unless_the_cluster_is_thrown_away():
    assert "fsync" not in server_settings(5555, 8192)
    assert server_settings(5555, 8192, durable=False)["fsync"] == "off"


def test_shared_memory_follows_the_machine():
    assert server_settings(5555, 1024)["shared_buffers"] == "128MB"
    assert server_settings(5555, 8192)["shared_buffers"] == "1024MB"
    assert server_settings(5555, 262144)["shared_buffers"] == "2048MB"


def test_the_settings_become_a_configuration_file():
    assert settings_text({"jit": "off", "port": "1"}) == "jit = 'off'\nport = '1'\n"
