"""Who may come in, how much at once, and how slowly."""

import asyncio
import contextlib
import http.client
import json
import select
import socket
import time
from urllib.parse import quote

import pytest
from servers import wait_until

from goldenhour.serve.settings import Limits, ServeError, Settings

FOREIGN = [
    {"Host": "evil.example"},
    {"Host": "127.0.0.1.evil.example"},
    {"Host": "localhost@evil.example"},
    {"Host": "[::1"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost:9"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
@pytest.mark.parametrize(("method", "path"), [("POST", "/v1/recipes"), ("GET", "/"), ("GET", "/v1/toolset")])
def test_pages_elsewhere_do_not_get_in(http, headers, method, path):
    response = http.request(method, path, json={"intent": "dusk"} if method == "POST" else None, headers=headers)
    assert response.status_code == 403
    assert response.headers["content-type"] == "application/problem+json"


def test_the_servers_own_pages_do(shared, http):
    own = {"Origin": shared.url, "Sec-Fetch-Site": "same-origin"}
    assert http.post("/v1/recipes", json={"intent": "dusk"}, headers=own).status_code == 200
    for host in ("localhost", "LOCALHOST:8000", "[::1]:8000", "127.0.0.1."):
        assert http.get("/healthz", headers={"Host": host}).status_code == 200
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert http.get("/nothing", headers=link).status_code == 404
    assert http.get("/v1/toolset", headers=link).status_code == 403


def test_two_hosts_are_none(shared):
    connection = http.client.HTTPConnection(shared.url.removeprefix("http://"), timeout=5)
    connection.putrequest("GET", "/healthz", skip_host=True)
    for host in ("127.0.0.1", "evil.example"):
        connection.putheader("Host", host)
    connection.endheaders()
    assert connection.getresponse().status in (400, 403)
    connection.close()


def test_every_response_has_the_security_headers(http):
    for path in ("/healthz", "/nothing", "/v1/toolset"):
        headers = http.get(path).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
    refused = http.get("/healthz", headers={"Host": "evil.example"})
    assert refused.headers["x-content-type-options"] == "nosniff"


class TestToken:
    @pytest.fixture
    def guarded(self, serving):
        return serving(token="open-sesame")

    def test_without_it_nothing_is_to_be_had(self, guarded):
        for path in ("/", "/v1/toolset", "/metrics", "/openapi.json", "/web/index.js"):
            response = guarded.http.get(path)
            assert response.status_code == 401
            assert response.headers["www-authenticate"] == "Bearer"
        assert guarded.http.get("/healthz").status_code == 200

    @pytest.mark.parametrize("header", ["Bearer no", "Bearer", "Basic open-sesame", "open-sesame", "Bearer öpen"])
    def test_a_wrong_one_is_none(self, guarded, header):
        headers = {"Authorization": header.encode()}
        assert guarded.http.get("/v1/toolset", headers=headers).status_code == 401

    def test_as_a_header_it_opens(self, guarded):
        headers = {"Authorization": "Bearer open-sesame"}
        assert guarded.http.get("/v1/toolset", headers=headers).status_code == 200

    def test_in_a_pages_address_it_becomes_a_cookie_that_opens(self, guarded):
        wrong = guarded.http.get("/", params={"token": "no"})
        assert wrong.status_code == 401
        response = guarded.http.get("/", params={"token": "open-sesame"})
        assert (response.status_code, response.headers["location"]) == (303, "/")
        cookie = response.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert guarded.http.get("/v1/toolset").status_code == 200  # the client keeps cookies

    @pytest.mark.parametrize("token", ["a+b/c=", '50%25&#?;,"x\\y'])
    def test_whatever_its_characters_it_becomes_a_cookie_that_opens(self, serving, token):
        server = serving(token=token)
        assert server.http.get(f"/?token={quote(token, safe='')}").status_code == 303
        assert server.http.get("/v1/toolset").status_code == 200

    @pytest.mark.parametrize("others", ['prefs={"a":1}', "name=John Smith", "a[b]=1", "é=ü", "=", "bare"])
    def test_cookies_of_other_apps_on_the_host_do_not_lock_out(self, guarded, others):
        for cookies in (f"{others}; goldenhour_token=open-sesame", f"goldenhour_token=open-sesame; {others}"):
            headers = {"Cookie": cookies.encode()}
            assert guarded.http.get("/v1/toolset", headers=headers).status_code == 200
        assert guarded.http.get("/v1/toolset", headers={"Cookie": others.encode()}).status_code == 401

    def test_a_plus_need_not_be_encoded(self, serving):
        assert serving(token="a+b/c=").http.get("/?token=a+b/c=").headers["location"] == "/"

    def test_who_lacks_it_is_told_to_encode_it(self, guarded):
        assert "open /?token=TOKEN, percent-encoded, in a browser" in guarded.http.get("/").json()["detail"]

    def test_the_redirect_stays_here(self, guarded):
        with connect(guarded) as connection:
            connection.sendall(b"GET //evil.example/?token=open-sesame&a=b HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            head = connection.recv(65_536).decode()
        assert "location: /evil.example/?a=b\r\n" in head

    def test_in_the_address_of_the_api_it_does_not_count(self, guarded):
        assert guarded.http.get("/v1/toolset", params={"token": "open-sesame"}).status_code == 401


def test_a_server_that_others_can_reach_needs_a_token():
    with pytest.raises(ServeError, match="so a token is needed"):
        Settings(host="0.0.0.0")
    assert Settings(host="0.0.0.0", token="secret")
    assert Settings(host="::1")
    assert "secret" not in repr(Settings(token="secret"))


def test_a_server_behind_a_proxy_is_known_by_the_name_it_is_given(serving):
    server = serving(names=("grade.example.com",))
    proxied = {"Host": "grade.example.com", "Origin": "https://grade.example.com"}
    assert server.http.post("/v1/recipes", json={"intent": "dusk"}, headers=proxied).status_code == 200
    assert server.http.get("/healthz", headers={"Host": "other.example.com"}).status_code == 403


def connect(server):
    host, port = server.url.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), 10)
    connection.settimeout(10)
    return connection


class TestSlowClients:
    @pytest.fixture
    def impatient(self, serving):
        return serving(limits=Limits(head_seconds=0.3, body_seconds=0.3))

    @pytest.mark.parametrize("sent", [b"", b"GET /healthz HT", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: "])
    def test_a_head_that_does_not_come_ends_the_connection(self, impatient, sent):
        with connect(impatient) as connection:
            connection.sendall(sent)
            assert wait_for_end(connection) == b""

    def test_so_does_the_head_of_a_second_request(self, impatient):
        with connect(impatient) as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
            began = time.monotonic()
            connection.sendall(b"GET /heal")
            assert wait_for_end(connection) == b""
            assert time.monotonic() - began < 5

    def test_a_body_that_does_not_come_is_a_problem(self, impatient):
        with connect(impatient) as connection:
            connection.sendall(
                b"POST /v1/recipes HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                b'Content-Length: 1000\r\n\r\n{"intent'
            )
            assert wait_for_end(connection).startswith(b"HTTP/1.1 408")

    def test_a_response_that_is_not_taken_ends_the_connection(self, impatient):
        impatient.http.get("/v1/tables/looks")  # now it is there at once
        with connect(impatient) as connection:
            request = b"GET /v1/tables/looks HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
            connection.sendall(8 * request)  # 13 MB, beyond what sockets hold
            wait_until(lambda: impatient.metric("goldenhour_in_flight") > 1)
            wait_until(lambda: impatient.metric("goldenhour_in_flight") == 1)  # the question itself
            assert len(wait_for_end(connection)) < 12_000_000

    def test_a_client_that_goes_in_the_middle_harms_nobody(self, impatient):
        for sent in (b'{"inte', b'{"intent": "dusk in a village"}'):
            with connect(impatient) as connection:
                head = "POST /v1/recipes HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                connection.sendall(f"{head}Content-Length: 31\r\n\r\n".encode() + sent)
        assert impatient.http.post("/v1/recipes", json={"intent": "dusk"}).status_code == 200
        wait_until(lambda: impatient.metric("goldenhour_in_flight") <= 1)


class TestMalformed:
    HEAD = b"POST /v1/recipes HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"

    @pytest.mark.parametrize(
        "sent",
        [
            b"BLAH\r\n\r\n",
            b"GET /healthz HTTP/9.9\r\n\r\n",
            HEAD + b"Content-Length: 99999999999999999999999\r\n\r\n{}",
            HEAD + b"Content-Length: -1\r\n\r\n",
            HEAD + b"Transfer-Encoding: chunked\r\n\r\nno size\r\n",
        ],
    )
    def test_what_is_no_http_is_a_problem(self, shared, sent):
        with connect(shared) as connection:
            connection.sendall(sent)
            response = wait_for_end(connection)
        head, _, body = response.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 400 Bad Request\r\n")
        assert b"Content-Type: application/problem+json" in head
        assert json.loads(body)["detail"].startswith("this is not a request as HTTP/1.1 has it")
        assert shared.http.get("/healthz").status_code == 200

    def test_after_a_request_that_was_answered_it_is_too(self, shared):
        with connect(shared) as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
            connection.sendall(b"BLAH\r\n\r\n")
            assert b"application/problem+json" in wait_for_end(connection)

    def test_it_is_never_taken_for_the_answer_to_a_request_before(self, shared):
        with connect(shared) as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nBLAH\r\n\r\n")
            assert b"HTTP/1.1 400" not in wait_for_end(connection)


class TestLongHeads:
    LINE = b"X-Many: " + b"x" * 990 + b"\r\n"

    @pytest.mark.parametrize("piece", [LINE, b"x" * 1000], ids=["many headers", "one that does not end"])
    def test_a_head_that_is_too_long_ends_the_connection(self, http, shared, piece):
        sent = 0
        with connect(shared) as connection, contextlib.suppress(ConnectionError):
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-First: ")
            while sent < 1_000_000:
                connection.sendall(piece)
                sent += len(piece)
                if select.select([connection], [], [], 0.001)[0]:
                    break
            assert connection.recv(65_536).startswith(b"HTTP/1.1 431")
        assert sent < 900_000
        assert http.get("/healthz").status_code == 200

    def test_so_does_one_that_comes_at_once_or_after_another_request(self, shared):
        ask = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        for before in (b"", ask + b"\r\n"):
            with connect(shared) as connection:
                if before:
                    connection.sendall(before)
                    assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
                connection.sendall(ask + 66 * self.LINE + b"\r\n")
                assert b"HTTP/1.1 200" not in wait_for_end(connection)

    def test_a_long_one_is_none_and_its_body_does_not_count(self, http):
        headers = {f"X-{number}": "x" * 1000 for number in range(60)}
        body = json.dumps({"intent": "dusk"}) + " " * 100_000
        for _ in range(2):
            response = http.post("/v1/recipes", content=body, headers=headers | {"Content-Type": "application/json"})
            assert response.status_code == 200


def wait_for_end(connection):
    received = b""
    try:
        while chunk := connection.recv(65_536):
            received += chunk
    except ConnectionResetError:
        pass
    return received


async def flood(url, count, connections):
    """Requests as fast as they go, on keep-alive connections; the statuses that came back."""
    host, port = url.removeprefix("http://").split(":")
    body = json.dumps({"intent": "golden hour"}).encode()
    head = f"POST /v1/recipes HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    request = f"{head}\r\n\r\n".encode() + body
    statuses = []

    async def client(share):
        reader, writer = await asyncio.open_connection(host, int(port))
        for _ in range(share):
            writer.write(request)
            line = await reader.readline()
            statuses.append((int(line.split()[1]), b""))
            length, retry = 0, b""
            while (header := await reader.readline()) not in (b"\r\n", b""):
                name, _, value = header.lower().partition(b":")
                length = int(value) if name == b"content-length" else length
                retry = value.strip() if name == b"retry-after" else retry
            statuses[-1] = (statuses[-1][0], retry)
            await reader.readexactly(length)
        writer.close()
        await writer.wait_closed()

    await asyncio.gather(*(client(count // connections) for _ in range(connections)))
    return statuses


def test_ten_thousand_rapid_requests_are_answered_or_asked_to_come_again(serving):
    server = serving(limits=Limits(in_flight=40))
    server.http.post("/v1/recipes", json={"intent": "golden hour"})
    began = time.monotonic()
    statuses = asyncio.run(flood(server.url, 10_000, 100))
    assert time.monotonic() - began < 60
    assert len(statuses) == 10_000
    assert {status for status, _ in statuses} <= {200, 503}
    assert all(retry == b"1" for status, retry in statuses if status == 503)
    answered = sum(status == 200 for status, _ in statuses)
    assert answered >= 40
    assert server.metric("goldenhour_turned_away_total") == 10_000 - answered
    assert server.http.post("/v1/recipes", json={"intent": "golden hour"}).status_code == 200
    server.flushed().close()
    assert server.metric("goldenhour_dropped_events_total") == 0


def test_connections_beyond_the_limit_are_asked_to_come_again(serving):
    server = serving(limits=Limits(connections=5))
    first = [connect(server) for _ in range(5)]
    with connect(server) as one_more:
        response = wait_for_end(one_more)
    assert response.startswith(b"HTTP/1.1 503")
    assert b"application/problem+json" in response
    for connection in first:
        connection.close()
    wait_until(lambda: answers(server))


def answers(server):
    try:
        return server.http.get("/healthz").status_code == 200
    except OSError:
        return False
