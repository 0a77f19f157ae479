"""An FTP server, pyftpdlib's, as a process: `ftp_server.py FOLDER [lie|full|nosize]` prints its port.

User `camera`, password `s3cret`. `lie` acknowledges uploads and keeps nothing, `full` has no room,
`nosize` tells no sizes.
"""

import os
import sys
from pathlib import Path
from typing import BinaryIO, cast

sys.modules["OpenSSL"] = None  # type: ignore[assignment]  # the system's own may not fit; FTP needs none

from pyftpdlib.authorizers import DummyAuthorizer  # noqa: E402
from pyftpdlib.filesystems import AbstractedFS, FilesystemError  # noqa: E402
from pyftpdlib.handlers import FTPHandler  # noqa: E402
from pyftpdlib.servers import FTPServer  # noqa: E402


class FullFolder(AbstractedFS):  # type: ignore[misc]
    def open(self, filename: str, mode: str) -> BinaryIO:
        if "w" in mode:
            raise FilesystemError("No space left on device")
        return cast("BinaryIO", super().open(filename, mode))


class Liar(AbstractedFS):  # type: ignore[misc]
    def open(self, filename: str, mode: str) -> BinaryIO:
        if "w" in mode:
            Path(filename).write_bytes(b"")
            filename = os.devnull
        return cast("BinaryIO", super().open(filename, mode))


def main(folder: str, behaviour: str = "") -> None:
    """Serve until killed."""
    authorizer = DummyAuthorizer()
    authorizer.add_user("camera", "s3cret", folder, perm="elradfmwMT")

    class Handler(FTPHandler):  # type: ignore[misc]
        pass

    Handler.authorizer = authorizer
    Handler.auth_failed_timeout = 0
    Handler.permit_foreign_addresses = False
    if behaviour == "full":
        Handler.abstracted_fs = FullFolder
    elif behaviour == "lie":
        Handler.abstracted_fs = Liar
    elif behaviour == "nosize":
        Handler.proto_cmds = {k: v for k, v in FTPHandler.proto_cmds.items() if k != "SIZE"}
    with FTPServer(("127.0.0.1", 0), Handler) as server:
        sys.stdout.write(f"{server.address[1]}\n")
        sys.stdout.flush()
        server.serve_forever(handle_exit=False)


main(*sys.argv[1:])
