"""An experiment over HTTP, as tests ask it: two students as arms, and a dozen users."""

USERS = [f"user {number}" for number in range(12)]
MODELS = {"built-in": "direct", "nearest": "nearest"}


def post(server, definition):
    return server.http.post("/v1/experiments", json=definition)


def ask(server, user, intent="golden hour", **more):
    response = server.http.post("/v1/recipes", json={"intent": intent, "user": user} | more)
    assert response.status_code == 200, response.text
    return response.json()
