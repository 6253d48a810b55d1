import pytest

from goldenhour.teacher.cost import Prices
from goldenhour.teacher.errors import TeacherError
from goldenhour.teacher.settings import Endpoint, load_endpoint

P = "GOLDENHOUR_TEACHER_"
SERVER = {f"{P}URL": "http://localhost:1/v1", f"{P}MODEL": "m"}
SECRET = "sk-very-secret"


def env_file(folder, text):
    (folder / ".env").write_text(text, encoding="utf-8")


def test_without_a_url_there_is_no_endpoint(tmp_path):
    assert load_endpoint({}, tmp_path) is None
    assert load_endpoint({f"{P}URL": " ", f"{P}MODEL": "m", "OPENAI_BASE_URL": "http://x"}, tmp_path) is None


def test_the_environment_names_all(tmp_path):
    settings = SERVER | {f"{P}KEY": SECRET, f"{P}PRICE_IN": "0.4", f"{P}PRICE_OUT": "1.6"}
    assert load_endpoint(settings, tmp_path) == Endpoint("http://localhost:1/v1", "m", SECRET, Prices(0.4, 1.6))


def test_a_file_is_read_as_shells_and_others_write_it(tmp_path):
    text = f"""\ufeff# the teacher
    export {P}URL="http://localhost:1/v1/"   # with a slash
    {P}MODEL = 'a model # 1'
    {P}KEY={SECRET} # not to be shown
    OTHER_PROGRAM'S SETTING
    {P}PRICE_IN=0
    {P}PRICE_OUT=2
    """
    env_file(tmp_path, text)
    assert load_endpoint({}, tmp_path) == Endpoint("http://localhost:1/v1", "a model # 1", SECRET, Prices(0, 2))


def test_options_go_before_the_environment_which_goes_before_the_file(tmp_path):
    env_file(tmp_path, f"{P}URL=http://file/v1\n{P}MODEL=file")
    assert load_endpoint({}, tmp_path).model == "file"
    assert load_endpoint(SERVER, tmp_path) == Endpoint("http://localhost:1/v1", "m")
    assert load_endpoint(SERVER, tmp_path, "http://option/v1", "option") == Endpoint("http://option/v1", "option")


def test_a_file_cannot_send_the_key_of_the_environment_elsewhere(tmp_path):
    env_file(tmp_path, f"{P}URL=http://elsewhere/v1\n{P}MODEL=m")
    with pytest.raises(TeacherError, match="set both in one place"):
        load_endpoint({f"{P}KEY": SECRET}, tmp_path)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({f"{P}MODEL": ""}, "needs a model"),
        ({f"{P}URL": "localhost:8000"}, "must be like https://"),
        ({f"{P}URL": "ftp://x/v1"}, "must be like https://"),
        ({f"{P}URL": "http://"}, "must be like https://"),
        ({f"{P}URL": "http://[::1/v1"}, "cannot be read"),
        ({f"{P}URL": "http://localhost:x/v1"}, "cannot be read"),
        ({f"{P}URL": f"http://me:{SECRET}@x/v1"}, "must hold no key"),
        ({f"{P}URL": f"http://x/v1?key={SECRET}"}, "must hold no key"),
        ({f"{P}KEY": f"{SECRET}\n"}, None),
        ({f"{P}KEY": f"{SECRET}\x00"}, "copy it again"),
        ({f"{P}KEY": f"{SECRET}…"}, "copy it again"),
        ({f"{P}PRICE_IN": "1"}, "PRICE_OUT is ''"),
        ({f"{P}PRICE_IN": "1", f"{P}PRICE_OUT": "cheap"}, "PRICE_OUT is 'cheap'"),
        ({f"{P}PRICE_IN": "nan", f"{P}PRICE_OUT": "1"}, "PRICE_IN is 'nan'"),
        ({f"{P}PRICE_IN": "-1", f"{P}PRICE_OUT": "1"}, "PRICE_IN is '-1'"),
    ],
)
def test_wrong_settings_are_refused_in_a_sentence_without_the_key(tmp_path, changed, sentence):
    if sentence is None:
        assert load_endpoint(SERVER | changed, tmp_path).key == SECRET
        return
    with pytest.raises(TeacherError, match=sentence) as refused:
        load_endpoint(SERVER | changed, tmp_path)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [(f"{P}KEY='{SECRET}", "line 2: the value of .* lacks its closing quote"), (f"{P}KEY", "line 2")],
)
def test_wrong_lines_of_the_file_are_named_by_number_and_not_shown(tmp_path, line, sentence):
    env_file(tmp_path, f"\n{line}\n")
    with pytest.raises(TeacherError, match=sentence) as refused:
        load_endpoint(SERVER, tmp_path)
    assert SECRET not in str(refused.value)


def test_a_file_that_is_no_text_is_refused(tmp_path):
    (tmp_path / ".env").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(TeacherError, match="cannot be read as UTF-8"):
        load_endpoint(SERVER, tmp_path)


def test_an_endpoint_does_not_show_its_key():
    endpoint = Endpoint("http://x/v1", "m", SECRET)
    assert SECRET not in repr(endpoint)
    assert endpoint.shown(f"wrong key {SECRET}!") == "wrong key ***!"
