from dataclasses import replace

import pytest

TINY = {"width": 32, "layers": 1, "heads": 2, "pieces": 400, "batch": 8, "epochs": 2.0, "learning_rate": 1e-2}


@pytest.fixture(scope="session")
def examples():
    """Twenty-four recorded answers to learn from, and six to stop by."""
    from goldenhour.students.examples import read_examples

    whole = read_examples()
    return replace(whole, train=whole.train[:24], dev=whole.dev[:6])


@pytest.fixture(scope="session")
def settings():
    from goldenhour.students.seq2seq.training import Seq2SeqSettings

    return Seq2SeqSettings(**TINY, dev_rows=4)


@pytest.fixture(scope="session")
def student(examples, settings, tmp_path_factory):
    """The folder of a student that has really been trained, if briefly."""
    from goldenhour.students.seq2seq.training import train

    folder = tmp_path_factory.mktemp("seq2seq") / "student"
    train(folder, examples, settings)
    return folder
