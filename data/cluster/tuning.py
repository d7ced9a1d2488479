"""Settings of the embedded server, by the machine's memory."""

import os

MIB = 1024 * 1024


def memory_mib() -> int:
    """Return the machine's memory in MiB."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // MIB


def server_settings(port: int, memory: int, *, durable: bool = True) -> dict[str, str]:
    """Return the server's settings.

    Parameters
    ----------
    port : int
        TCP port on 127.0.0.1, the only address the server listens on (no socket file: its path may be
        longer than the system allows).
    memory : int
        Memory of the machine, MiB.
    durable : bool
        False for throw-away clusters: nothing survives a crash of the machine.
    """
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "",
        "max_connections": "120",
        "shared_buffers": f"{min(2048, max(128, memory // 8))}MB",
        "effective_cache_size": f"{max(256, memory // 2)}MB",
        "work_mem": "32MB" if memory >= 4096 else "8MB",  # noqa: PLR2004  MiB
        "maintenance_work_mem": f"{min(512, max(64, memory // 32))}MB",
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        "wal_compression": "on",
        "random_page_cost": "1.1",
        "jit": "off",
        "password_encryption": "scram-sha-256",
        "timezone": "Asia/Shanghai",
        "log_timezone": "Asia/Shanghai",
        "lc_messages": "C",
        "logging_collector": "on",
        "log_directory": "log",
        "log_filename": "postgresql-%a.log",
        "log_truncate_on_rotation": "on",
        "log_rotation_age": "1d",
    }
    if not durable:
        settings.update(fsync="off", synchronous_commit="off", full_page_writes="off", max_wal_size="8GB")
        settings.update(autovacuum_naptime="30s", logging_collector="off")
    return settings


def settings_text(settings: dict[str, str]) -> str:
    """Return the settings as a configuration file."""
    return "".join(f"{name} = '{value}'\n" for name, value in settings.items())
