"""The process that workers are forked from: all that decodes and grades is imported and compiled here once.

A fork takes milliseconds, where a fresh process would take seconds, and no worker sees a second upload. This process
opens no upload and has one thread only, so that a fork of it is whole. It talks with the server in lines of JSON over
a socket: ``{"start": 7, "folder": …, "work": …, "allowance": …}``, with the pipe that the worker reports to, and
``{"kill": 7}``; back come ``{"ready": true}`` and ``{"ended": 7, "code": -9}``, with null for a worker that could not
be started. When the server goes, so do all.
"""

from __future__ import annotations

import gc
import json
import os
import selectors
import signal
import socket
import sys
import tempfile
from pathlib import Path
from typing import Any, NoReturn

from goldenhour.serve.media import worker
from goldenhour.serve.media.confinement import confine, die_with_parent
from goldenhour.serve.media.protocol import Allowance
from goldenhour.serve.media.warm_up import leave, warm_up

_MESSAGE = 1 << 16
_MOST_PIPES = 64
_NICENESS = 5  # answers to words come first


class Nursery:
    """Starts workers and ends them, as it is told over ``control``."""

    def __init__(self, control: socket.socket):
        self._control = control
        self._received = b""
        self._pipes: list[int] = []  # came with the lines that start workers, in the same order
        self._workers: dict[int, int] = {}  # process by number of the job
        self._woken, self._wake = socket.socketpair()
        self._wake.setblocking(False)
        self._woken.setblocking(False)

    def run(self) -> None:
        """Until the server closes its end."""
        signal.set_wakeup_fd(self._wake.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        with selectors.DefaultSelector() as selector:
            selector.register(self._control, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            self._say({"ready": True})
            while True:
                ready = {key.fileobj for key, _ in selector.select()}
                if self._woken in ready:
                    self._woken.recv(_MESSAGE)
                    self._reap()
                if self._control in ready and not self._obey():
                    return

    def end_all(self) -> None:
        """End every worker."""
        for pid in self._workers.values():
            _end(pid)

    def _obey(self) -> bool:
        data, pipes, _, _ = socket.recv_fds(self._control, _MESSAGE, _MOST_PIPES)
        self._pipes += pipes
        *lines, self._received = (self._received + data).split(b"\n")
        for line in lines:
            told = json.loads(line)
            if "start" in told:
                self._start(told, self._pipes.pop(0))
            elif told["kill"] in self._workers:
                _end(self._workers[told["kill"]])
        return bool(data)

    def _start(self, told: dict[str, Any], pipe: int) -> None:
        parent = os.getpid()
        try:
            pid = os.fork()
        except OSError:  # too many processes
            os.close(pipe)
            self._say({"ended": told["start"], "code": None})
            return
        if not pid:
            _be_worker(told, pipe, parent)
        os.close(pipe)
        self._workers[told["start"]] = pid

    def _reap(self) -> None:
        """Tell of the workers that ended; what they started themselves ends with them."""
        for number, pid in list(self._workers.items()):
            # the number of a process is its own until it has been waited for
            if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                continue
            _end(pid)
            _, status = os.waitpid(pid, 0)
            del self._workers[number]
            self._say({"ended": number, "code": os.waitstatus_to_exitcode(status)})

    def _say(self, message: dict[str, Any]) -> None:
        self._control.sendall(json.dumps(message).encode() + b"\n")


def _end(pid: int) -> None:
    """Kill a worker and its group, which it may not have founded yet."""
    for kill in (os.killpg, os.kill):
        try:
            kill(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            continue


def _be_worker(told: dict[str, Any], pipe: int, parent: int) -> NoReturn:
    """What a fork does instead of going on."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(nowhere, standard)
        os.dup2(pipe, 3)
        os.closerange(4, 1024)
        folder = Path(told["folder"])
        tempfile.tempdir = str(folder)
        confine(Allowance(**told["allowance"]), folder, parent)
        leave()
        worker.work(told["work"], 3)
        code = 0
    finally:
        os._exit(code)


def main() -> None:
    """Serve the server at the other end of the socket whose number is the only argument."""
    die_with_parent()
    os.nice(_NICENESS)
    control = socket.socket(fileno=int(sys.argv[1]))
    warm_up()
    gc.collect()
    gc.freeze()  # what is collected in a worker need not be copied from here
    nursery = Nursery(control)
    try:
        nursery.run()
    except (BrokenPipeError, ConnectionResetError):
        pass  # the server is gone
    finally:
        nursery.end_all()


if __name__ == "__main__":
    main()
