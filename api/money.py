"""Build what the money routes and jobs need from the services; the sandboxes are chosen here."""

from datetime import time
from functools import partial

from api.context import Services
from data.documents import signing
from data.documents.archive import Archive
from registry.clearing.files import PayoutFiles
from registry.clearing.sandbox_bank import SandboxBank
from registry.clearing.service import Clearing
from registry.payments import sandbox
from registry.payments import tax_office as tax_office_port
from registry.payments.channel_attempts import ChannelDesk
from registry.payments.channel_keys import KeyVault
from registry.payments.channel_keys import live as channel_keys_of
from registry.payments.refund_channel import SandboxRefunds
from registry.payments.refund_steps import RefundDesk
from registry.payments.sandbox_provider import SandboxChannels
from registry.receipts.bureau import SandboxBureau
from registry.receipts.issuing import BillOffice
from registry.receipts.keys import sandbox_keys
from registry.receipts.refunding import Refunding


def clearing(services: Services) -> Clearing:
    """Return the clearing over the sandbox bank."""
    settings = services.settings
    bank = SandboxBank(services.db, services.clock, settings.sandbox_bank)
    files = PayoutFiles(settings.home / "payouts")
    cutoff = time.fromisoformat(settings.cutoff) if settings.cutoff else None
    return Clearing(services.db, services.clock, bank, files, heads_signer(services), cutoff)


def bill_office(services: Services) -> BillOffice:
    """Return the office that issues bills, with the sandbox's seal and finance bureau."""
    settings = services.settings
    return BillOffice(
        services.db,
        sandbox_keys(settings.keys_dir),
        SandboxBureau(),
        Archive(settings.files_dir),
        f"http://{settings.host}:{settings.port}/verify",
    )


def refunding(services: Services) -> Refunding:
    """Return what carries refunds out, with the sandbox channels."""
    channel = SandboxRefunds(services.db, services.clock)
    return Refunding(bill_office(services), RefundDesk(services.db, channel))


def heads_signer(services: Services) -> signing.Signer:
    """Return the signer of daily hashes."""
    return signing.sandbox_signer(services.settings.keys_dir, signing.HEADS_KEY)


def key_vault(services: Services) -> KeyVault:
    """Return where the channels' keys are; the first one of ``sandbox`` stands in the settings."""
    given = {(sandbox.CHANNEL, sandbox.KEY_ID): services.settings.sandbox_channel_key}
    return KeyVault(services.settings.keys_dir / "channels", given)


def channel_keys(services: Services, channel: str) -> dict[str, dict[str, str]]:
    """Return the keys of a channel that hold now."""
    return {channel: channel_keys_of(services.db, key_vault(services), channel, now=services.now())}


def sandbox_channels(services: Services) -> SandboxChannels:
    """Return the providers of the sandbox channels."""
    return SandboxChannels(services.db, services.clock, key_vault(services))


def channel_desk(services: Services) -> ChannelDesk:
    """Return what begins and follows payments at channels."""
    return ChannelDesk(
        services.arrivals,
        sandbox_channels(services),
        partial(channel_keys, services),
        arrive_at_once(services),
    )


def seal_signer(services: Services) -> signing.Signer:
    """Return the signer under the centre's financial seal."""
    return signing.sandbox_signer(services.settings.keys_dir, signing.FINANCE_SEAL)


def tax_keys(services: Services) -> dict[str, str]:
    """Return the live keys of the tax authority."""
    return {tax_office_port.KEY_ID: services.settings.sandbox_tax_key}


def tax_office(services: Services) -> tax_office_port.TaxOffice:
    """Return the sandbox's tax authority."""
    return tax_office_port.SandboxTaxOffice(services.settings.sandbox_tax_key)


def arrive_at_once(services: Services) -> bool:
    """Tell whether the sandbox channel's money counts as arrived when it is paid."""
    return "late" not in services.settings.sandbox_bank.split(",")
