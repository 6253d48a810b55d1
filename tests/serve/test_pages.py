"""The editor's files: whole, small on the way, asked for again and rarely sent again."""

import gzip

import pytest

from goldenhour.serve.pages import WEB
from goldenhour.serve.samples import SAMPLES, SMALL_BYTES


@pytest.mark.parametrize("path", ["/", "/web/main.js", "/web/theme.css"])
def test_a_file_is_sent_compressed_and_not_twice(http, path):
    file = WEB / (path.removeprefix("/web/") if path != "/" else "index.html")
    plain = http.get(path, headers={"Accept-Encoding": "identity"})
    assert plain.content == file.read_bytes()
    with http.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as response:
        sent = b"".join(response.iter_raw())
    assert gzip.decompress(sent) == file.read_bytes()
    assert response.headers["content-type"] == plain.headers["content-type"]
    assert response.headers["vary"] == "Accept-Encoding"
    assert len(sent) < len(plain.content)
    for known in (plain.headers["etag"], response.headers["etag"]):
        again = http.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")


def test_a_page_may_load_nothing_from_elsewhere(http):
    response = http.get("/")
    assert response.headers["content-type"].startswith("text/html")
    assert "default-src 'self'" in response.headers["content-security-policy"]
    assert "//" not in response.text.replace("http://www.w3.org/", "")


def test_the_samples_are_there_with_small_ones_to_choose_by(http):
    listed = http.get("/v1/samples").json()
    assert [one["name"] for one in listed] == [one.name for one in SAMPLES]
    for one in listed:
        assert one["alt"]
        small = http.get(one["small"])
        assert small.headers["content-type"] == "image/jpeg"
        assert small.content.startswith(b"\xff\xd8")
        assert len(small.content) <= SMALL_BYTES
        whole = http.get(one["url"])
        assert whole.headers["content-type"] == ("video/mp4" if one["kind"] == "clip" else "image/jpeg")
        assert len(whole.content) > len(small.content)
