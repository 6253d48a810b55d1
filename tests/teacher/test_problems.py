import json

import pytest

from goldenhour.teacher.problems import Remedy, status_problem
from goldenhour.teacher.request import Dialect
from goldenhour.teacher.settings import Endpoint

ENDPOINT = Endpoint("http://x/v1", "m", "sk-very-secret")


def problem(status, said="", dialect=None, may_change=True, headers=None):
    text = said if isinstance(said, str) else json.dumps(said)
    return status_problem(status, headers or {}, text, ENDPOINT, dialect or Dialect(), may_change)


@pytest.mark.parametrize(
    ("status", "said", "before", "after"),
    [
        # as servers say it: Ollama, vLLM, llama.cpp, OpenRouter, DeepSeek, OpenAI
        (400, "registry.ollama.ai/library/phi3 does not support tools", Dialect(), Dialect("schema")),
        (400, '"auto" tool choice requires --enable-auto-tool-choice', Dialect(), Dialect("schema")),
        (500, "tools param requires --jinja flag", Dialect(), Dialect("schema")),
        (404, "No endpoints found that support tool use.", Dialect(), Dialect("schema")),
        (400, "Invalid schema for function 'adjust'", Dialect(), Dialect("schema")),
        (400, "This response_format type is unavailable now", Dialect("schema"), Dialect("text")),
        (422, "json_schema: unsupported keyword", Dialect("schema"), Dialect("text")),
        (
            400,
            "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.",
            Dialect(),
            Dialect(length_name="max_completion_tokens"),
        ),
        (
            400,
            "Unsupported value: 'temperature' does not support 0.7 with this model.",
            Dialect("text"),
            Dialect("text", temperature=False),
        ),
    ],
)
def test_what_a_server_does_not_understand_is_left_out(status, said, before, after):
    found = problem(status, {"error": {"message": said}}, before)
    assert (found.remedy, found.dialect) == (Remedy.OTHERWISE, after)


@pytest.mark.parametrize(
    ("status", "said", "dialect"),
    [
        (400, "This model's maximum context length is 4096", Dialect()),
        (400, "does not support tools", Dialect("text")),
        (400, "no max_completion_tokens here", Dialect("text", "max_completion_tokens")),
        (413, "too large", Dialect()),
        (422, "content policy", Dialect()),
    ],
)
def test_other_refusals_concern_this_request_only(status, said, dialect):
    assert problem(status, said, dialect).remedy is Remedy.SKIP


def test_the_users_choice_of_mode_is_not_overruled():
    assert problem(400, "does not support tools", may_change=False).remedy is Remedy.SKIP


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 529])
def test_what_may_pass_is_asked_again(status):
    found = problem(status, "busy", headers={"retry-after": "7"})
    assert (found.remedy, found.wait, found.charged) == (Remedy.AGAIN, 7, status in (502, 504))


@pytest.mark.parametrize(
    ("status", "said", "sentence"),
    [
        (401, "bad key sk-very-secret", r"refuses the key \(401: bad key \*\*\*\); set GOLDENHOUR_TEACHER_KEY"),
        (403, "", "refuses the key"),
        (402, "pay first", "no money left: pay first"),
        (429, {"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}}, "no money left"),
        (404, {"detail": "Not Found"}, "check GOLDENHOUR_TEACHER_URL, which often ends in /v1, and the model 'm'"),
        (405, "<html>Method Not Allowed</html>", "answers 405: <html>"),
        (301, "moved", "answers 301"),
    ],
)
def test_what_will_not_pass_stops(status, said, sentence):
    found = problem(status, said)
    assert found.remedy is Remedy.STOP
    assert "sk-very-secret" not in found.sentence
    import re

    assert re.search(sentence, found.sentence)


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"error": null}', "[" * 10_000, "x" * 10_000, '{"error": {"message": 5}}']
)
def test_any_error_body_is_one_short_line(text):
    sentence = problem(400, text).sentence
    assert "\n" not in sentence
    assert len(sentence) < 400
