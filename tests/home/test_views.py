def test_nobody_signed_in_is_sent_to_sign_in(browse):
    response = browse().get("/")
    assert response.status_code == 302
    assert response.location.startswith("/login")


def test_my_day_speaks_the_readers_language(browse):
    assert "My day" in browse("carl").text("/")


def test_sign_in_page(browse):
    assert browse().get("/login").status_code == 200
