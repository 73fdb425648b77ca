//! Signing in, staying signed in, and being signed out.

use domain::{customer::Role, text::Id};
use http::StatusCode;
use suite::{Client, Shop, goods};

const EMAIL: &str = "ada@example.com";
const TOKEN: &str = "__Host-session";
const REFRESH: &str = "__Host-refresh";

async fn is_signed_in(client: &Client) -> bool {
    client.clone().get("/account").await.status == StatusCode::OK
}

/// As after five minutes: the short token is gone, the refresh secret is there.
fn later(client: &Client) -> Client {
    let mut client = client.clone();
    client.cookies.remove(TOKEN);
    client
}

#[tokio::test]
async fn a_refresh_secret_gives_a_new_token_and_is_changed() {
    let shop = Shop::open().await;
    let ada = shop.customer(EMAIL).await;
    let mut back = later(&ada);
    assert_eq!(back.get("/account").await.status, StatusCode::OK);
    assert!(back.cookies.contains_key(TOKEN));
    assert_ne!(back.cookies[REFRESH], ada.cookies[REFRESH]);
}

#[tokio::test]
async fn two_tabs_that_refresh_at_once_stay_signed_in() {
    let shop = Shop::open().await;
    let ada = shop.customer(EMAIL).await;
    let (mut one, mut two) = (later(&ada), later(&ada));
    let (a, b) = tokio::join!(one.get("/account"), two.get("/account"));
    assert_eq!((a.status, b.status), (StatusCode::OK, StatusCode::OK));
}

#[tokio::test]
async fn a_stolen_refresh_secret_that_is_used_again_ends_the_session() {
    let shop = Shop::open().await;
    let store = &shop.table.store;
    let ada = shop.customer(EMAIL).await;
    let mut own = later(&ada);
    own.get("/account").await;
    let mut own = later(&own);
    own.get("/account").await;
    let mut thief = later(&ada);
    assert_eq!(thief.get("/account").await.status, StatusCode::SEE_OTHER, "an old secret");
    assert!(!is_signed_in(&later(&own)).await, "and nobody goes on with that session");
    let id: Id = ada.cookies[REFRESH].split('.').next().unwrap().parse().unwrap();
    assert!(store.sessions(&id).await.unwrap().is_empty());
}

#[tokio::test]
async fn signing_out_ends_the_session_for_good() {
    let shop = Shop::open().await;
    let ada = shop.customer(EMAIL).await;
    let mut leaving = ada.clone();
    assert_eq!(leaving.post("/auth/sign-out", &[]).await.location(), "/");
    assert!(!is_signed_in(&leaving).await);
    assert!(!is_signed_in(&later(&ada)).await, "the refresh secret is worth nothing");
}

#[tokio::test]
async fn a_new_password_signs_other_browsers_out_and_this_one_not() {
    let shop = Shop::open().await;
    let other = shop.customer(EMAIL).await;
    let mut own = shop.visitor();
    own.signs_in(EMAIL).await;
    let fields = [("current", goods::PASSWORD), ("password", "a quite different sentence of mine")];
    let changed = own.post("/account/password", &fields).await;
    assert_eq!(changed.status, StatusCode::SEE_OTHER, "{}", changed.text);
    assert!(is_signed_in(&later(&own)).await);
    assert!(!is_signed_in(&later(&other)).await);
    let refused = shop.visitor().post("/auth/sign-in", &[("email", EMAIL), ("password", goods::PASSWORD)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn broken_and_forged_cookies_are_nobodys() {
    let shop = Shop::open().await;
    let ada = shop.customer(EMAIL).await;
    let token = &ada.cookies[TOKEN];
    let mut parts = token.split('.');
    let (head, body, mac) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
    // {"alg":"none"}, with and without our key's name.
    let unsigned = format!("eyJhbGciOiJub25lIn0.{body}.");
    let unsigned_with_kid = format!("eyJhbGciOiJub25lIiwia2lkIjoiazEifQ.{body}.{mac}");
    let long = "x".repeat(5000);
    for forged in [
        "",
        "x",
        "a.b.c",
        "%FF%FE",
        &long,
        &format!("{head}.{body}."),
        &unsigned,
        &unsigned_with_kid,
        &format!("{head}.{head}.{mac}"),
    ] {
        let mut visitor = shop.visitor();
        visitor.cookies.insert(TOKEN.to_owned(), forged.to_owned());
        let answer = visitor.get("/account").await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/auth/sign-in?next=/account"), "{forged}");
    }
    for forged in ["x", "a.b", "a.b.c", "..", "A.B.C", &long] {
        let mut visitor = shop.visitor();
        visitor.cookies.insert(REFRESH.to_owned(), forged.to_owned());
        visitor.cookies.insert("__Host-cart".to_owned(), forged.to_owned());
        assert_eq!(visitor.get("/account").await.status, StatusCode::SEE_OTHER, "{forged}");
        assert_eq!(visitor.get("/cart").await.status, StatusCode::OK, "{forged}");
    }
}

#[tokio::test]
async fn cookies_are_bound_to_the_host_and_hidden_from_scripts() {
    let shop = Shop::open().await;
    let mut ada = shop.visitor();
    goods::account(&shop.table.store, EMAIL, Role::Customer).await;
    let answer = ada.post("/auth/sign-in", &[("email", EMAIL), ("password", goods::PASSWORD)]).await;
    let cookies: Vec<&str> = answer.headers.get_all("set-cookie").iter().filter_map(|v| v.to_str().ok()).collect();
    for name in [TOKEN, REFRESH] {
        let cookie = cookies.iter().find(|c| c.starts_with(name)).unwrap();
        for attribute in ["; HttpOnly", "; SameSite=Lax", "; Secure", "; Path=/"] {
            assert!(cookie.contains(attribute), "{attribute} is not in {cookie}");
        }
        assert!(!cookie.contains("Domain"));
    }
}

#[tokio::test]
async fn wrong_unknown_and_locked_are_answered_the_same_way() {
    let shop = Shop::open().await;
    goods::account(&shop.table.store, EMAIL, Role::Customer).await;
    let tries = async |email: &str, password: &str| {
        let answer = shop.visitor().post("/auth/sign-in", &[("email", email), ("password", password)]).await;
        (answer.status, answer.text.replace(email, ""))
    };
    let wrong = tries(EMAIL, "not the password").await;
    let unknown = tries("nobody@example.com", "not the password").await;
    assert_eq!(wrong, unknown);
    for _ in 0..10 {
        tries(EMAIL, "not the password").await;
    }
    assert_eq!(tries(EMAIL, goods::PASSWORD).await, wrong, "the right password while attempts are used up");
    let other = tries("bob@example.com", "x").await;
    assert_eq!(other.0, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn good_sign_ins_do_not_use_attempts_up() {
    let shop = Shop::open().await;
    goods::account(&shop.table.store, EMAIL, Role::Customer).await;
    for _ in 0..15 {
        shop.visitor().signs_in(EMAIL).await;
    }
}

#[tokio::test]
async fn signing_in_leads_on_within_the_shop_and_nowhere_else() {
    let shop = Shop::open().await;
    goods::account(&shop.table.store, EMAIL, Role::Customer).await;
    for (next, leads_to) in [
        ("/checkout", "/checkout"),
        ("https://evil.example", "/account"),
        ("//evil.example", "/account"),
        ("/\\evil.example", "/account"),
        ("/a\r\nSet-Cookie: x=y", "/account"),
        ("", "/account"),
    ] {
        let mut visitor = shop.visitor();
        let answer = visitor.post("/auth/sign-in", &[("email", EMAIL), ("password", goods::PASSWORD), ("next", next)]).await;
        assert_eq!(answer.location(), leads_to, "{next}");
    }
}
