"""Temporary folders of servers that live, and of those that were killed."""

import os
import tempfile

import pytest

from goldenhour.serve.media.folders import Folders, sweep
from goldenhour.serve.problems import Problem

pytestmark = pytest.mark.usefixtures("nothing_left")


def test_folders_of_a_server_that_was_killed_are_swept_though_its_number_is_another_processs(tmp_path, monkeypatch):
    """As in a container, where each server is process 1."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    stale = tmp_path / "goldenhour-media-stale"
    (stale / "1" / "source").mkdir(parents=True)
    (stale / "server.pid").write_text(str(os.getpid()))
    folders = Folders()
    folders.start()
    assert not stale.exists()
    folders.stop()


def test_folders_of_servers_that_live_are_not_swept(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    one = Folders()
    one.start()
    folder = one.new()
    sweep()
    assert folder.is_dir()
    other = Folders()
    other.start()
    assert folder.is_dir()
    for each in (one, other):
        each.stop()
    assert not list(tmp_path.iterdir())
    with pytest.raises(Problem):
        one.new()
