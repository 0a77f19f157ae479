"""What OpenSSH itself makes of our configuration, and the host keys that it is started with."""

import subprocess
from pathlib import Path

import pytest

from common.paths import ETC

SCRIPT = ETC / "ssh" / "host-keys.sh"
KEYS = ("ssh_host_ed25519_key", "ssh_host_rsa_key")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with host keys."""
    folder = tmp_path_factory.mktemp("ssh")
    subprocess.run([SCRIPT, folder], check=True)
    return folder


def test_host_keys_are_made_once_and_only_root_reads_them(keys: Path) -> None:
    """A half of a pair, as a power cut may leave it, is made anew; the other pair stays."""
    assert {path.name for path in keys.iterdir()} == {*KEYS, *(f"{key}.pub" for key in KEYS)}
    assert {(keys / key).stat().st_mode & 0o777 for key in KEYS} == {0o600}
    before = {key: (keys / key).read_bytes() for key in KEYS}
    subprocess.run([SCRIPT, keys], check=True)
    assert {key: (keys / key).read_bytes() for key in KEYS} == before
    (keys / KEYS[0]).unlink()
    subprocess.run([SCRIPT, keys], check=True)
    assert (keys / KEYS[0]).read_bytes() != before[KEYS[0]]
    assert (keys / KEYS[1]).read_bytes() == before[KEYS[1]]


def test_the_configuration_lets_in_whom_it_should(keys: Path, tmp_path: Path) -> None:
    """As the server tells its effective settings; a misspelt one would not start it."""
    text = (ETC / "ssh" / "sshd_config").read_text()
    config = tmp_path / "sshd_config"
    config.write_text(text.replace("/var/lib/c8210/ssh", str(keys)))
    Path("/run/sshd").mkdir(exist_ok=True)
    told = subprocess.run(
        ["/usr/sbin/sshd", "-T", "-f", config], check=True, capture_output=True, text=True
    ).stdout
    settings = dict(line.split(" ", 1) for line in told.splitlines() if " " in line)
    assert settings["allowgroups"] == "c8210-ssh"
    for name in ("permitrootlogin", "permitemptypasswords", "kbdinteractiveauthentication"):
        assert settings[name] == "no", name
    for name in ("passwordauthentication", "usepam", "strictmodes", "disableforwarding"):
        assert settings[name] == "yes", name
    assert (settings["maxauthtries"], settings["logingracetime"]) == ("3", "30")
    assert settings["maxstartups"] == "5:50:20"
    for name in ("ciphers", "macs", "kexalgorithms", "hostkeyalgorithms"):
        for weak in ("cbc", "sha1", "md5", "umac-64", "ssh-dss", "group14"):
            assert weak not in settings[name], (name, weak)
    assert "ssh-rsa," not in settings["hostkeyalgorithms"] + ","
