"""What ``up`` prints when the city is ready."""

from api.cli.installation import kept_secret
from api.cli.preparation import partner_key
from data.settings import Settings

COUNTIES = ("xianan", "chibi", "jiayu", "tongcheng", "chongyang", "tongshan")


def announcement(settings: Settings, content: str) -> str:
    """Return address, accounts and what is a sandbox.

    Parameters
    ----------
    settings : Settings
        Of the running city.
    content : {"demo", "accounts", "empty"}
        What was loaded.
    """
    from api.cli.running import address

    lines = ["", f"  宁图 Ningtu   {address(settings.host, settings.port)}", ""]
    if content == "empty":
        lines.append(f"  account   admin, password {kept_secret(settings.home, 'admin_password')}")
    else:
        lines += _accounts(settings)
    lines += [
        "",
        "  sandbox   payment channel, bank, tax office, finance bureau and seals stand in for the real ones",
        f"            channel key id demo, HMAC key {settings.sandbox_channel_key}",
        "            county lines are not legal boundaries; no person, account or right is real",
        f"  log       {settings.home / 'log' / 'city.log'}",
        "  stop      ./ningtu down",
        "",
    ]
    return "\n".join(lines)


def _accounts(settings: Settings) -> list[str]:
    return [
        f"  password of all accounts   {settings.demo_password}",
        "  surveyor · reviewer · clerk_xianan · clerk_tongshan · supervisor · finance_city · admin",
        f"  registrar_… and finance_…  {' · '.join(COUNTIES)}",
        f"  partner (a program)        API key {partner_key(settings.home)}",
    ]
