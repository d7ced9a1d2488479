"""Files with detached signatures beside them, in one archive that anybody can check with openssl."""

import io
import zipfile
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from data.clock import SHANGHAI
from data.documents.signing import Signer

SIGNER_FILE: Final = "signer.pem"
ROOT_FILE: Final = "root.pem"
HOW_FILE: Final = "VERIFY.txt"


def write(files: Mapping[str, bytes], *, signer: Signer, at: datetime) -> bytes:
    """Return a ZIP of the files, each with a signature (``<name>.sig``, DER), certificates, and how to check.

    A PDF carries its own signature (PAdES) and gets none beside it.

    Parameters
    ----------
    files : mapping
        Contents by file name.
    signer : Signer
        Signs the bytes of each file.
    at : datetime
        Aware instant that the archive states for its files.
    """
    detached = {name: content for name, content in files.items() if not name.endswith(".pdf")}
    members = {
        **files,
        **{f"{name}.sig": signer.sign(content) for name, content in detached.items()},
        SIGNER_FILE: signer.certificates[0],
        ROOT_FILE: signer.certificates[-1],
        HOW_FILE: _how(files, detached).encode(),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            local = at.astimezone(SHANGHAI)
            info = zipfile.ZipInfo(name, local.timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return out.getvalue()


def _how(files: Mapping[str, bytes], detached: Mapping[str, bytes]) -> str:
    lines = [
        "# 验签方法 / How to verify",
        f"openssl verify -CAfile {ROOT_FILE} {SIGNER_FILE}",
        f"openssl x509 -in {SIGNER_FILE} -pubkey -noout > signer.pub",
        *(f"openssl dgst -sha256 -verify signer.pub -signature {name}.sig {name}" for name in detached),
        *(f"pdfsig {name}" for name in files if name.endswith(".pdf")),
        f"# 根证书 {ROOT_FILE} 应另行核对 / Compare {ROOT_FILE} with the root certificate you were given.",
    ]
    return "\n".join(lines) + "\n"
