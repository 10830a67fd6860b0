"""Which files are secrets, which no job needs and which must not be copied to where others can read them."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

# Folders of tools that keep keys, and histories, in which what was once written stays for ever.
_FOLDERS = (
    ".aws", ".azure", ".docker", ".git", ".gnupg", ".hg", ".kube", ".oci", ".ssh", ".svn", ".terraform",
)  # fmt: skip
_FILES = (
    ".env", ".env.*", "*.env", ".envrc",
    "*.pem", "*.key", "*.p12", "*.pfx", "*.p8", "*.ppk", "*.jks", "*.keystore", "*.kdbx",
    "id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*",
    ".netrc", "_netrc", ".pgpass", ".pypirc", ".npmrc", ".boto", ".s3cfg", ".git-credentials", ".htpasswd",
    ".databrickscfg", ".dockercfg", ".vault-token", "kaggle.json", "client_secret*.json", "service-account*.json",
    "service_account*.json", "*.tfstate", "*.tfstate.*", "*.tfvars",
)  # fmt: skip
# Names that are code where they end with .py, and secrets where they end with what values are kept in.
_WORDS = ("credential", "credentials", "secret", "secrets")
_KEEPING = ("", ".json", ".yaml", ".yml", ".toml", ".ini", ".cfg", ".conf", ".txt", ".csv", ".xml", ".properties")
_EXAMPLES = (".example", ".sample", ".template", ".dist")
_PRIVATE_KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----(?:\\[nr]|\s)+[A-Za-z0-9+/]{16}")
_SECRET_NAME = re.compile(r"passw|secret|credential|api_?key|access_?key|private_?key|(?:^|_)token$", re.IGNORECASE)
_KEY_IN_CODE = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----")
_LOOKED_AT = 4096
_BIGGEST_KEY = 65_536


def is_secret_folder(name: str) -> bool:
    """Whether a folder of this name keeps secrets."""
    return name.lower() in _FOLDERS


def is_secret(file: Path, size: int) -> bool:
    """Whether a file is a secret by its name, by where a link leads, or by the private key that it begins with.

    Parameters
    ----------
    file : Path
        The file.
    size : int
        Its bytes; one that is too big to be a key is not opened.
    """
    real = file.resolve()
    if _by_name(file.name) or (real != file.absolute() and _leads_to_secret(file, real)):
        return True
    if size > _BIGGEST_KEY:
        return False
    try:
        with file.open("rb") as opened:
            return _PRIVATE_KEY.search(opened.read(_LOOKED_AT)) is not None
    except OSError:
        return False  # whoever needs it will tell


@lru_cache(maxsize=1024)
def names_secret(name: str) -> bool:
    """Whether a variable of this name probably holds a secret."""
    return _SECRET_NAME.search(name) is not None


def lines_with_keys(text: str) -> list[int]:
    """Numbers of the lines of a script that hold what looks like a key of AWS's, or a private one."""
    return [number for number, line in enumerate(text.splitlines(), 1) if _KEY_IN_CODE.search(line)]


def _leads_to_secret(file: Path, real: Path) -> bool:
    # Only what the link adds: the folder itself may be anywhere.
    own = {*file.absolute().parts, *file.parent.resolve().parts}
    return _by_name(real.name) or any(is_secret_folder(part) for part in real.parts if part not in own)


def _by_name(name: str) -> bool:
    name = name.lower()
    if name.endswith(_EXAMPLES):
        return False
    stem, dot, ending = name.lstrip(".").rpartition(".")
    plain, ending = (stem, f".{ending}") if dot else (name.lstrip("."), "")
    if ending in _KEEPING and re.split(r"[-_.]", plain)[-1] in _WORDS:
        return True
    return any(fnmatchcase(name, pattern) for pattern in _FILES)
