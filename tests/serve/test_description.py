"""The OpenAPI description is whole: every route says what it takes and answers, by examples that are right."""

import pytest

from goldenhour.events import new_id
from goldenhour.serve.examples import EXAMPLE_ANSWER, EXAMPLE_RECIPE
from goldenhour.tools import Recipe

ROUTES = {
    *("POST /v1/recipes", "POST /v1/projects", "POST /v1/edits", "POST /v1/exports", "GET /v1/toolset"),
    *("GET /v1/tables", "POST /v1/tables", "GET /v1/tables/looks", "POST /v1/cube", "POST /v1/xmp"),
    *("POST /v1/chat/completions", "GET /v1/models", "GET /v1/models/{model}", "GET /v1/samples"),
    *("POST /v1/render", "POST /v1/proxies", "POST /v1/videos", "GET /v1/videos/{video_id}"),
    *("POST /v1/experiments", "GET /v1/experiments", "DELETE /v1/experiments/{name}"),
    *("GET /v1/insights", "GET /healthz", "GET /metrics", "GET /samples/{file}"),
    *("GET /v1/videos/{video_id}/events", "GET /v1/videos/{video_id}/file", "DELETE /v1/videos/{video_id}"),
}


@pytest.fixture(scope="module")
def described(http):
    return http.get("/openapi.json").json()


@pytest.fixture(scope="module")
def routes(described):
    return {
        f"{method.upper()} {path}": route for path, item in described["paths"].items() for method, route in item.items()
    }


def test_all_routes_are_there_and_no_page_is(routes):
    assert set(routes) >= ROUTES
    outside = {"GET /healthz", "GET /metrics", "GET /samples/{file}"}
    assert all(route.split()[1].startswith("/v1/") for route in set(routes) - outside)


def references(data):
    if isinstance(data, dict):
        for key, value in data.items():
            yield from [value] if key == "$ref" else references(value)
    elif isinstance(data, list):
        for value in data:
            yield from references(value)


def test_what_is_referred_to_is_there(described):
    found = set(references(described))
    assert "#/components/schemas/Recipe" in found
    for reference in found:
        place = described
        for key in reference.removeprefix("#/").split("/"):
            place = place[key]


def schema_of(content, described):
    schema = content["schema"]
    return described["components"]["schemas"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def test_every_route_has_a_summary_and_says_more(routes):
    for name, route in routes.items():
        assert route["summary"], name
        assert route["description"], name


def test_every_route_has_examples_of_what_it_takes_and_answers(routes, described):
    for name, route in routes.items():
        for kind, content in route.get("requestBody", {}).get("content", {}).items():
            if kind == "application/json":
                assert schema_of(content, described)["examples"], name
            else:
                assert set(content["example"]) <= set(content["schema"]["properties"]), name
        good = [response for status, response in route["responses"].items() if status[0] in "23"]
        assert good, name
        for response in good:
            for kind, content in response.get("content", {}).items():
                assert not ("json" in kind or "text" in kind) or "example" in content, name


def test_every_route_has_the_problems_that_it_may_have(routes):
    for name, route in routes.items():
        problems = {status: response for status, response in route["responses"].items() if status[0] in "45"}
        assert problems, name
        for response in problems.values():
            assert list(response["content"]) == ["application/problem+json"], name
            problem = response["content"]["application/problem+json"]["example"]
            assert set(problem) == {"type", "title", "status", "detail"}, name


@pytest.mark.parametrize("path", ["/v1/render", "/v1/proxies", "/v1/videos"])
def test_uploads_may_be_unknown_here_or_lost(routes, path):
    assert {"501", "503"} <= set(routes[f"POST {path}"]["responses"])


def test_a_video_that_is_forgotten_may_be_unknown(http, routes):
    responses = routes["DELETE /v1/videos/{video_id}"]["responses"]
    for id_ in (new_id(), 7):
        found = http.delete(f"/v1/videos/{id_}")
        assert str(found.status_code) in responses
        example = responses[str(found.status_code)]["content"]["application/problem+json"]["example"]
        assert set(found.json()) == set(example)


def like(example, found):
    """Whether what is found has the members of an example, at every depth."""
    if isinstance(example, dict):
        return set(example) == set(found) and all(like(value, found[key]) for key, value in example.items())
    if isinstance(example, list):
        return isinstance(found, list) and all(like(example[0], each) for each in found if example)
    return True


@pytest.mark.parametrize("path", ["/v1/insights?days=1", "/healthz", "/v1/samples"])
def test_the_examples_of_what_is_watched_are_like_it(http, routes, path):
    content = routes[f"GET {path.partition('?')[0]}"]["responses"]["200"]["content"]["application/json"]
    assert like(content["example"], http.get(path).json())


def test_the_example_of_the_metrics_is_a_line_of_them(http, routes):
    http.post("/v1/recipes", json={"intent": "a lighthouse in a storm"})
    example = routes["GET /metrics"]["responses"]["200"]["content"]["text/plain"]["example"]
    assert example.split()[0] in http.get("/metrics").text


def test_samples_are_where_the_description_has_them(http, routes):
    (parameter,) = routes["GET /samples/{file}"]["parameters"]
    sample = http.get("/samples/" + parameter["schema"]["examples"][0])
    assert sample.headers["content-type"] in routes["GET /samples/{file}"]["responses"]["200"]["content"]


def test_the_examples_are_right(http, routes, described):
    for name, route in routes.items():
        method, path = name.split()
        body = route.get("requestBody", {}).get("content", {}).get("application/json")
        if not body or path == "/v1/experiments":  # whose example names a student that is not there
            continue
        for example in schema_of(body, described)["examples"]:
            response = http.request(method, path, json=example)
            assert response.is_success, (name, response.text)
            assert str(response.status_code) in route["responses"], name
    assert Recipe.from_dict(EXAMPLE_RECIPE)
    assert set(http.post("/v1/recipes", json={"intent": "dusk"}).json()) == set(EXAMPLE_ANSWER)
