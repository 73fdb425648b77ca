//! Whose an account is: what proves it, what a new password ends, and what nobody learns.

use domain::customer::Role;
use http::StatusCode;
use serde_json::Value;
use store::Usage;
use suite::{Answer, Client, Shop, goods, tour::link};

const EMAIL: &str = "ada@example.com";
const NEXT: &str = "a quite different sentence of mine";
const THIRD: &str = "yet another thing nobody would guess";

async fn sign_up(shop: &Shop, email: &str, password: &str) -> Answer {
    shop.visitor().post("/auth/sign-up", &[("name", "Ada Example"), ("email", email), ("password", password)]).await
}

async fn sign_in(shop: &Shop, password: &str) -> (Client, StatusCode) {
    let mut client = shop.visitor();
    let answer = client.post("/auth/sign-in", &[("email", EMAIL), ("password", password)]).await;
    (client, answer.status)
}

async fn sees_account(client: &Client) -> bool {
    client.clone().get("/account").await.status == StatusCode::OK
}

async fn reset_link(shop: &Shop) -> String {
    shop.visitor().post("/auth/forgot", &[("email", EMAIL)]).await;
    link(shop, "reset", EMAIL).await
}

async fn reset(shop: &Shop, token: &str, password: &str) -> Answer {
    shop.visitor().post("/auth/reset", &[("token", token), ("password", password)]).await
}

async fn verify(client: &mut Client, token: &str, field: &str, password: &str) -> Answer {
    client.post("/auth/verify", &[("token", token), (field, password)]).await
}

async fn change(client: &mut Client, current: &str, next: &str) -> Answer {
    client.post("/account/password", &[("current", current), ("password", next)]).await
}

#[tokio::test]
async fn a_new_password_ends_every_other_session_and_every_copied_token_at_once() {
    let shop = Shop::open().await;
    let other = shop.customer(EMAIL).await;
    let (mut own, _) = sign_in(&shop, goods::PASSWORD).await;
    let copy = own.clone();
    assert_eq!(change(&mut own, goods::PASSWORD, NEXT).await.location(), "/account/profile");
    assert!(sees_account(&own).await, "this browser goes on");
    assert!(!sees_account(&other).await, "another browser with a token that has not expired");
    assert!(!sees_account(&copy).await, "a copy of this browser's cookies of before");
    let refused = other.clone().post("/account/profile", &[("name", "Eve"), ("phone", "")]).await;
    assert_eq!(refused.location(), "/auth/sign-in?next=/account");
    assert!(own.get("/account").await.text.contains("Hello, Ada Example"));
}

#[tokio::test]
async fn a_reset_by_mail_ends_every_session_at_once() {
    let shop = Shop::open().await;
    let ada = shop.customer(EMAIL).await;
    let token = reset_link(&shop).await;
    assert!(sees_account(&ada).await, "asking for it ends nothing");
    assert_eq!(reset(&shop, &token, NEXT).await.location(), "/auth/sign-in");
    assert!(!sees_account(&ada).await);
}

#[tokio::test]
async fn a_session_that_is_opened_with_the_old_password_during_a_reset_does_not_survive_it() {
    let shop = Shop::open().await;
    let id = goods::account(&shop.table.store, EMAIL, Role::Customer).await;
    for round in 0..6 {
        let (old, new) = if round % 2 == 0 { (goods::PASSWORD, NEXT) } else { (NEXT, goods::PASSWORD) };
        let token = reset_link(&shop).await;
        let (changed, one, two) = tokio::join!(reset(&shop, &token, new), sign_in(&shop, old), sign_in(&shop, old));
        assert_eq!(changed.status, StatusCode::SEE_OTHER, "{}", changed.text);
        assert!(!sees_account(&one.0).await && !sees_account(&two.0).await, "{round}");
        assert!(shop.table.store.sessions(&id).await.unwrap().is_empty(), "{round}");
    }
}

#[tokio::test]
async fn a_session_is_not_opened_under_a_password_that_has_changed_since() {
    let shop = Shop::open().await;
    let (store, id) = (&shop.table.store, goods::account(&shop.table.store, EMAIL, Role::Customer).await);
    let customer = store.customer(&id).await.unwrap().unwrap();
    let before = store.credentials(&customer.email).await.unwrap().unwrap();
    let token = reset_link(&shop).await;
    reset(&shop, &token, NEXT).await;
    let late = web::NewSession::of(&customer);
    assert!(!store.open_session(&late.session, &customer.email, &before).await.unwrap());
    assert!(store.sessions(&id).await.unwrap().is_empty());
}

#[tokio::test]
async fn more_sessions_than_one_transaction_takes_end_too() {
    let shop = Shop::open().await;
    let (store, id) = (&shop.table.store, goods::account(&shop.table.store, EMAIL, Role::Customer).await);
    let customer = store.customer(&id).await.unwrap().unwrap();
    let credentials = store.credentials(&customer.email).await.unwrap().unwrap();
    for _ in 0..101 {
        let new = web::NewSession::of(&customer);
        assert!(store.open_session(&new.session, &customer.email, &credentials).await.unwrap());
    }
    let (mut ada, _) = sign_in(&shop, goods::PASSWORD).await;
    assert_eq!(change(&mut ada, goods::PASSWORD, NEXT).await.status, StatusCode::SEE_OTHER);
    assert_eq!(store.sessions(&id).await.unwrap().len(), 1);
    assert!(sees_account(&ada).await);
}

#[tokio::test]
async fn every_change_of_the_password_ends_the_links_mailed_before() {
    let shop = Shop::open().await;
    sign_up(&shop, EMAIL, goods::PASSWORD).await;
    let (mut ada, _) = sign_in(&shop, goods::PASSWORD).await;
    let (proof, first, second) = (link(&shop, "verify", EMAIL).await, reset_link(&shop).await, reset_link(&shop).await);
    assert_ne!(first, second);
    change(&mut ada, goods::PASSWORD, NEXT).await;
    for token in [&first, &second] {
        assert_eq!(reset(&shop, token, THIRD).await.status, StatusCode::GONE);
        assert_eq!(shop.visitor().get(&format!("/auth/reset?token={token}")).await.status, StatusCode::GONE);
    }
    assert_eq!(verify(&mut shop.visitor(), &proof, "new_password", THIRD).await.status, StatusCode::GONE);
    let (one, two) = (reset_link(&shop).await, reset_link(&shop).await);
    assert_eq!(reset(&shop, &one, THIRD).await.location(), "/auth/sign-in", "one mailed afterwards works");
    assert_eq!(reset(&shop, &two, goods::PASSWORD).await.status, StatusCode::GONE, "and ends the others");
    assert_eq!(sign_in(&shop, THIRD).await.1, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_reset_by_mail_ends_the_lock_after_wrong_passwords_and_proves_the_address() {
    let shop = Shop::open().await;
    sign_up(&shop, EMAIL, goods::PASSWORD).await;
    let (mut ada, _) = sign_in(&shop, goods::PASSWORD).await;
    assert!(ada.get("/account/profile").await.text.contains("not confirmed yet"));
    for _ in 0..11 {
        sign_in(&shop, "not the password").await;
        change(&mut ada, "not the password", NEXT).await;
    }
    assert_eq!(sign_in(&shop, goods::PASSWORD).await.1, StatusCode::UNPROCESSABLE_ENTITY, "locked");
    let token = reset_link(&shop).await;
    reset(&shop, &token, NEXT).await;
    let (mut ada, status) = sign_in(&shop, NEXT).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "no lock any more");
    assert!(!ada.get("/account/profile").await.text.contains("not confirmed yet"));
    assert_eq!(change(&mut ada, NEXT, THIRD).await.status, StatusCode::SEE_OTHER, "nor one on changing it");
}

#[tokio::test]
async fn one_rule_judges_passwords_at_sign_up_reset_profile_and_proof() {
    const ADDRESS: &str = "analytical.engineer@lovelace-family.example";
    const WEAK: [&str; 10] = [
        ADDRESS,
        "Analytical.Engineer",
        "password12",
        "short",
        "  analytical.engineer@lovelace-family.example ",
        "analytical.\u{200b}engineer@lovelace\u{2060}-family.example\u{feff}",
        "Analytical.Engineer@Lovelace-Family.EXAMPLE42",
        "x-analytical.engineer@lovelace-family.example",
        "!analytical.engineer7#",
        "ａｎａｌｙｔｉｃａｌ．ｅｎｇｉｎｅｅｒ＠lovelace-family.example",
    ];
    let shop = Shop::open().await;
    for weak in WEAK {
        let refused = sign_up(&shop, ADDRESS, weak).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "sign-up takes {weak}");
    }
    sign_up(&shop, ADDRESS, goods::PASSWORD).await;
    let mut own = shop.visitor();
    own.signs_in(ADDRESS).await;
    shop.visitor().post("/auth/forgot", &[("email", ADDRESS)]).await;
    let (proof, token) = (link(&shop, "verify", ADDRESS).await, link(&shop, "reset", ADDRESS).await);
    for weak in WEAK {
        for refused in [
            reset(&shop, &token, weak).await,
            change(&mut own, goods::PASSWORD, weak).await,
            verify(&mut shop.visitor(), &proof, "new_password", weak).await,
        ] {
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{weak}");
            assert!(refused.text.contains("too easy to guess") || refused.text.contains("at least 10"), "{}", refused.text);
        }
    }
}

#[tokio::test]
async fn signing_up_does_the_same_work_for_a_taken_address_and_a_new_one() {
    let shop = Shop::open().await;
    shop.app.settings.get().await.unwrap();
    let mut usages: Vec<Usage> = Vec::new();
    for (email, password) in [(EMAIL, goods::PASSWORD), (EMAIL, NEXT), ("bob@example.com", NEXT), (EMAIL, NEXT)] {
        let answer = sign_up(&shop, email, password).await;
        assert_eq!(answer.status, StatusCode::OK);
        usages.push(answer.usage);
    }
    assert!(usages.iter().all(|usage| usage == &usages[0]), "{usages:#?}");
    let told = shop.table.items("MAIL#").await.into_iter().filter(|m| m["kind"] == "already_registered").count();
    assert_eq!(told, 2);
    let decoys = shop.table.items("DECOY#").await;
    assert!(!decoys.is_empty() && decoys.iter().all(|item| item["expires_at"].is_u64()), "they go by themselves");
    assert!(!Value::from(decoys).to_string().contains("argon2"));
    assert_eq!(sign_in(&shop, goods::PASSWORD).await.1, StatusCode::SEE_OTHER, "the account is as it was");
}

#[tokio::test]
async fn who_signed_up_with_anothers_address_has_nothing_of_theirs() {
    let shop = Shop::open().await;
    let number = shop.visitor().buys("MUG", "1", EMAIL).await;
    sign_up(&shop, EMAIL, goods::PASSWORD).await;
    let (mut stranger, _) = sign_in(&shop, goods::PASSWORD).await;
    let token = link(&shop, "verify", EMAIL).await;
    let mut victim = shop.visitor();
    let page = victim.get(&format!("/auth/verify?token={token}")).await;
    assert!(page.text.contains("Choose a new one") && page.text.contains(EMAIL), "{}", page.text);
    let wrong = verify(&mut victim, &token, "password", "what the victim would use").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("is not right"), "{}", wrong.text);
    assert!(!stranger.get("/account/orders").await.text.contains(&number), "nothing joined by the link alone");
    let done = verify(&mut victim, &token, "new_password", NEXT).await;
    assert!(done.text.contains("Your new password is saved") && done.text.contains("The order you placed"), "{}", done.text);
    assert!(victim.get("/account/orders").await.text.contains(&number), "and is signed in");
    for path in ["/account", "/account/orders", &format!("/account/orders/{number}")] {
        assert_eq!(stranger.clone().get(path).await.location(), "/auth/sign-in?next=".to_owned() + path, "{path}");
    }
    let cancelled = stranger.post(&format!("/account/orders/{number}/cancel"), &[]).await;
    assert_eq!(cancelled.status, StatusCode::SEE_OTHER);
    assert_eq!(shop.table.item(&format!("ORDER#{number}"), "ORDER").await["status"], "pending");
    assert_eq!(sign_in(&shop, goods::PASSWORD).await.1, StatusCode::UNPROCESSABLE_ENTITY, "nor back in");
}

/// Somebody else's account with this address, filled in.
async fn planted(shop: &Shop) -> Client {
    sign_up(shop, EMAIL, goods::PASSWORD).await;
    let (mut stranger, _) = sign_in(shop, goods::PASSWORD).await;
    stranger.post("/account/profile", &[("name", "Mallory Planter"), ("phone", "+49 30 666666"), ("version", "1")]).await;
    let address = [("name", "M P"), ("line1", "Am Hang 3"), ("postal_code", "10115"), ("city", "Berlin"), ("country", "DE")];
    assert_eq!(stranger.post("/account/addresses", &address).await.status, StatusCode::SEE_OTHER);
    stranger.post("/cart/lines", &[("sku", "MUG")]).await;
    stranger
}

/// What the account's owner sees everywhere that it would be shown or filled in.
async fn shown(owner: &mut Client) -> String {
    owner.post("/cart/lines", &[("sku", "SHIRT-S")]).await;
    let mut text = String::new();
    for path in ["/account", "/account/profile", "/account/addresses", "/cart", "/checkout"] {
        let page = owner.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        text += &page.text;
    }
    text
}

const PLANTED: [&str; 4] = ["Mallory", "666666", "Am Hang 3", "/products/mug/"];

#[tokio::test]
async fn what_somebody_entered_before_the_first_proof_is_gone_with_a_new_password() {
    for by_reset in [false, true] {
        let shop = Shop::open().await;
        let mut stranger = planted(&shop).await;
        let (theirs, own) = (stranger.buys("MUG", "1", "evil@evil.example").await, stranger.buys("MUG", "1", EMAIL).await);
        stranger.post("/cart/lines", &[("sku", "MUG")]).await;
        for words in PLANTED {
            assert!(shown(&mut stranger).await.contains(words), "{words} was not planted");
        }
        let mut owner = shop.visitor();
        let said = if by_reset {
            let token = reset_link(&shop).await;
            let page = owner.get(&format!("/auth/reset?token={token}")).await;
            assert!(
                page.text.contains("addresses and cart of this account, which somebody else may have entered"),
                "{}",
                page.text
            );
            owner.post("/auth/reset", &[("token", &token), ("password", NEXT)]).await;
            owner.get("/auth/sign-in").await.text
        } else {
            let token = link(&shop, "verify", EMAIL).await;
            verify(&mut owner, &token, "new_password", NEXT).await.text
        };
        assert!(said.contains("The name, telephone number, addresses and cart of this account were removed"), "{said}");
        if by_reset {
            owner.post("/auth/sign-in", &[("email", EMAIL), ("password", NEXT)]).await;
        }
        let text = shown(&mut owner).await;
        for words in PLANTED {
            assert!(!text.contains(words), "{words} is still there, by_reset {by_reset}");
        }
        let orders = owner.get("/account/orders").await.text;
        assert!(orders.contains(&own) && !orders.contains(&theirs), "only those to the address that is proven");
        assert_eq!(owner.get(&format!("/account/orders/{theirs}")).await.status, StatusCode::NOT_FOUND);
        let found = [("number", theirs.as_str()), ("email", "evil@evil.example")];
        assert_eq!(shop.visitor().post("/orders", &found).await.location(), format!("/orders/{theirs}"));
    }
}

#[tokio::test]
async fn a_write_that_was_allowed_before_the_proof_and_reads_the_account_after_it_is_refused() {
    for (path, fields) in [
        ("/account/profile", &[("name", "Mallory"), ("phone", "+49 30 666666")][..]),
        (
            "/account/addresses",
            &[("name", "Mallory"), ("line1", "Am Hang 3"), ("postal_code", "10115"), ("city", "Berlin"), ("country", "DE")],
        ),
    ] {
        let shop = Shop::open().await;
        sign_up(&shop, EMAIL, goods::PASSWORD).await;
        let (mut stranger, _) = sign_in(&shop, goods::PASSWORD).await;
        let token = link(&shop, "verify", EMAIL).await;
        // The session's record is read; the account's reading waits.
        let held = std::sync::Arc::new(suite::Held::default());
        shop.table.faults.nth("GetItem", 2, suite::Fault::Held(held.clone()));
        let sent = tokio::spawn(async move { stranger.post(path, fields).await });
        held.reached().await;
        let mut owner = shop.visitor();
        let done = verify(&mut owner, &token, "new_password", NEXT).await;
        assert!(done.text.contains("Your new password is saved"), "{}", done.text);
        held.release();
        let refused = sent.await.unwrap();
        assert!(refused.location().starts_with("/auth/sign-in"), "{path}: {} {}", refused.status, refused.location());
        let text = owner.get("/account/profile").await.text + &owner.get("/account/addresses").await.text;
        assert!(!text.contains("Mallory") && !text.contains("666666"), "{path}: {text}");
    }
}

#[tokio::test]
async fn a_proof_with_the_password_and_a_reset_after_it_leave_everything_in_place() {
    let shop = Shop::open().await;
    let mut own = planted(&shop).await;
    let token = link(&shop, "verify", EMAIL).await;
    verify(&mut own, &token, "password", goods::PASSWORD).await;
    let token = reset_link(&shop).await;
    let page = shop.visitor().get(&format!("/auth/reset?token={token}")).await;
    assert!(!page.text.contains("removes the name"), "{}", page.text);
    reset(&shop, &token, NEXT).await;
    let (mut again, _) = sign_in(&shop, NEXT).await;
    let text = shown(&mut again).await;
    for words in PLANTED {
        assert!(text.contains(words), "{words} is gone");
    }
}

#[tokio::test]
async fn wrong_passwords_at_the_proof_count_as_attempts_and_do_not_use_the_link_up() {
    let shop = Shop::open().await;
    sign_up(&shop, EMAIL, goods::PASSWORD).await;
    let token = link(&shop, "verify", EMAIL).await;
    for _ in 0..10 {
        let wrong = verify(&mut shop.visitor(), &token, "password", "not the password").await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let locked = verify(&mut shop.visitor(), &token, "password", goods::PASSWORD).await;
    assert_eq!(locked.status, StatusCode::UNPROCESSABLE_ENTITY, "the right one while attempts are used up");
    assert_eq!(sign_in(&shop, goods::PASSWORD).await.1, StatusCode::UNPROCESSABLE_ENTITY, "one lock for all");
    let done = verify(&mut shop.visitor(), &token, "new_password", NEXT).await;
    assert!(done.text.contains("Your address is confirmed"), "{}", done.text);
    assert_eq!(sign_in(&shop, NEXT).await.1, StatusCode::SEE_OTHER, "and the lock has ended");
}

#[tokio::test]
async fn while_attempts_are_used_up_no_password_is_looked_at_and_all_answers_are_the_same() {
    let shop = Shop::open().await;
    sign_up(&shop, EMAIL, goods::PASSWORD).await;
    let unknown = "nobody@example.com";
    let tries = async |email: &str, password: &str| {
        shop.visitor().post("/auth/sign-in", &[("email", email), ("password", password)]).await
    };
    for email in [EMAIL, unknown] {
        for _ in 0..10 {
            tries(email, "not the password").await;
        }
    }
    // Looking at a password would take an hour from now on.
    let email = goods::parse(EMAIL);
    let seen = shop.table.store.credentials(&email).await.unwrap().unwrap().password_hash;
    let slow = seen.replace("t=2,", "t=999999,");
    assert_ne!(slow, seen);
    shop.table.store.upgrade_hash(&email, &seen, &slow).await.unwrap();
    let mut answers = Vec::new();
    for (email, password) in [(EMAIL, goods::PASSWORD), (EMAIL, "not the password"), (unknown, goods::PASSWORD)] {
        let answer = tokio::time::timeout(std::time::Duration::from_secs(20), tries(email, password)).await.expect("an answer");
        answers.push((answer.status, answer.usage.round_trips, answer.text.replace(email, "")));
    }
    assert_eq!(answers[0].0, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answers[0].2.contains("too many attempts"), "{}", answers[0].2);
    assert_eq!((&answers[0], &answers[0]), (&answers[1], &answers[2]));
}

#[tokio::test]
async fn a_proof_ends_the_sessions_of_before_and_signs_this_browser_in() {
    let shop = Shop::open().await;
    sign_up(&shop, EMAIL, goods::PASSWORD).await;
    let (other, _) = sign_in(&shop, goods::PASSWORD).await;
    let (mut own, _) = sign_in(&shop, goods::PASSWORD).await;
    let (copy, token) = (own.clone(), link(&shop, "verify", EMAIL).await);
    verify(&mut own, &token, "password", goods::PASSWORD).await;
    assert!(sees_account(&own).await && !sees_account(&other).await && !sees_account(&copy).await);
}

#[tokio::test]
async fn used_expired_and_unknown_links_get_the_same_answer() {
    let shop = Shop::open().await;
    sign_up(&shop, EMAIL, goods::PASSWORD).await;
    let (used, second) = (link(&shop, "verify", EMAIL).await, "unknown".to_owned());
    verify(&mut shop.visitor(), &used, "password", goods::PASSWORD).await;
    let reset_used = reset_link(&shop).await;
    reset(&shop, &reset_used, NEXT).await;
    let expired = "an expired one".to_owned();
    let id: domain::text::Id =
        goods::parse(shop.table.item(&format!("EMAIL#{EMAIL}"), "EMAIL").await["customer"].as_str().unwrap());
    for kind in [store::token::TokenKind::Verify, store::token::TokenKind::Reset] {
        let mut token = store::token::Token::new(kind, id.clone(), 2);
        token.until = clock::now().plus_seconds(-1);
        shop.table.store.put_token(&token, &format!("{expired}{kind:?}")).await.unwrap();
    }
    for (path, field, used, kind) in
        [("/auth/verify", "new_password", used, "Verify"), ("/auth/reset", "password", reset_used, "Reset")]
    {
        let mut answers = Vec::new();
        for token in [&used, &format!("{expired}{kind}"), &second] {
            let got = shop.visitor().get(&format!("{path}?token={}", token.replace(' ', "+"))).await;
            let posted = shop.visitor().post(path, &[("token", token), (field, THIRD)]).await;
            let json = shop.visitor().wanting_json().post(path, &[("token", token), (field, THIRD)]).await;
            answers.push([(got.status, got.text), (posted.status, posted.text), (json.status, json.text)]);
        }
        assert_eq!(answers[0][0].0, StatusCode::GONE);
        assert!(answers[0].iter().all(|(_, text)| text.contains("This link does not work any more")), "{:?}", answers[0]);
        assert!(answers.iter().all(|answer| answer == &answers[0]), "{path}: {answers:#?}");
    }
}

#[tokio::test]
async fn the_mail_that_proves_an_address_can_be_sent_again_but_not_endlessly() {
    let shop = Shop::open().await;
    sign_up(&shop, EMAIL, goods::PASSWORD).await;
    let (mut ada, _) = sign_in(&shop, goods::PASSWORD).await;
    assert!(ada.get("/account/profile").await.text.contains("action=\"/account/verification\""));
    let first = link(&shop, "verify", EMAIL).await;
    assert_eq!(ada.post("/account/verification", &[]).await.location(), "/account/profile");
    assert!(ada.get("/account/profile").await.text.contains("A new link is on its way"));
    let second = link(&shop, "verify", EMAIL).await;
    assert_ne!(first, second);
    for _ in 0..4 {
        assert_eq!(ada.post("/account/verification", &[]).await.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(ada.post("/account/verification", &[]).await.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(verify(&mut ada, &second, "password", goods::PASSWORD).await.text.contains("Your address is confirmed"));
    assert!(!ada.get("/account/profile").await.text.contains("/account/verification"), "no need any more");
    assert_eq!(shop.visitor().post("/account/verification", &[]).await.location(), "/auth/sign-in?next=/account");
}

#[tokio::test]
async fn a_guests_order_with_a_proven_address_joins_the_account_at_once_and_nobody_can_tell() {
    let shop = Shop::open().await;
    let mut ada = shop.customer(EMAIL).await;
    let mut guest = shop.visitor();
    let number = guest.buys("MUG", "1", EMAIL).await;
    assert!(ada.get("/account/orders").await.text.contains(&number), "it is there at once");
    let id = shop.table.item(&format!("ORDER#{number}"), "ORDER").await["customer"].as_str().unwrap().to_owned();
    let (mut other, mut steps) = (shop.visitor(), Vec::new());
    let unknown = other.buys("MUG", "1", "nobody@example.com").await;
    for (client, number, email) in [(&guest, &number, EMAIL), (&other, &unknown, "nobody@example.com")] {
        let mut seen = Vec::new();
        for path in [format!("/checkout/done/{number}"), format!("/orders/{number}")] {
            let json = client.clone().wanting_json().get(&path).await;
            assert!(!json.text.contains(&id), "{path} tells the account: {}", json.text);
            let same = json.text.replace(number.as_str(), "N").replace(email, "E");
            let value: Value = serde_json::from_str(&same).unwrap();
            seen.push(value["order"].as_object().unwrap().keys().cloned().collect::<Vec<_>>());
        }
        steps.push(seen);
    }
    assert_eq!(steps[0], steps[1]);
}

#[tokio::test]
async fn the_step_that_asks_for_the_address_tells_nobody_who_has_an_account() {
    let shop = Shop::open().await;
    shop.customer(EMAIL).await;
    let mut answers = Vec::new();
    for email in [EMAIL, "eve@example.com"] {
        let mut guest = shop.visitor();
        guest.post("/cart/lines", &[("sku", "MUG"), ("quantity", "1")]).await;
        let mut fields = vec![("email", email), ("name", "A B"), ("line1", "Am Hang 3"), ("postal_code", "10115")];
        fields.extend([("city", "Berlin"), ("country", "DE")]);
        let posted = guest.post("/checkout", &fields).await;
        assert_eq!(posted.usage.round_trips, 2, "the account is looked up in the cart's own read");
        let mut texts = vec![posted.text];
        for path in ["/cart", "/checkout", "/checkout/delivery"] {
            texts.push(guest.get(path).await.text.replace(email, "E"));
            texts.push(guest.clone().wanting_json().get(path).await.text.replace(email, "E"));
        }
        answers.push(texts);
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn guest_orders_join_at_sign_in_too_but_not_while_the_address_is_unproven() {
    let shop = Shop::open().await;
    sign_up(&shop, EMAIL, goods::PASSWORD).await;
    let number = shop.visitor().buys("MUG", "1", EMAIL).await;
    let (mut ada, _) = sign_in(&shop, goods::PASSWORD).await;
    assert!(!ada.get("/account/orders").await.text.contains(&number), "not proven");
    // Placed on from a step that was made before the address was proven.
    let mut guest = shop.visitor();
    guest.post("/cart/lines", &[("sku", "MUG"), ("quantity", "1")]).await;
    let review = guest.checks_out(EMAIL).await;
    let token = link(&shop, "verify", EMAIL).await;
    verify(&mut ada, &token, "password", goods::PASSWORD).await;
    assert!(ada.get("/account/orders").await.text.contains(&number));
    let late = guest.places(&review).await.location().rsplit('/').next().unwrap().to_owned();
    let (mut back, _) = sign_in(&shop, goods::PASSWORD).await;
    assert!(back.get("/account/orders").await.text.contains(&late));
}

#[tokio::test]
async fn shoppers_see_the_kind_of_who_moved_their_order_and_staff_see_who() {
    let shop = Shop::open().await;
    let mut ada = shop.customer(EMAIL).await;
    let number = ada.buys("MUG", "1", EMAIL).await;
    let mut staff = shop.staff(Role::Orders).await;
    let id = staff.cookies["__Host-refresh"].split('.').next().unwrap().to_owned();
    staff.post(&format!("/admin/orders/{number}/status"), &[("status", "processing"), ("version", "1")]).await;
    let kinds = serde_json::json!([{ "kind": "shopper" }, { "kind": "staff" }]);
    for path in [format!("/account/orders/{number}"), format!("/orders/{number}"), format!("/checkout/done/{number}")] {
        let seen = ada.clone().wanting_json().get(&path).await;
        let timeline = seen.json()["order"]["timeline"].as_array().unwrap().iter().map(|step| step["by"].clone()).collect();
        assert_eq!(Value::Array(timeline), kinds, "{path}");
        let own = ada.cookies["__Host-refresh"].split('.').next().unwrap();
        assert!(!seen.text.contains(&id) && !seen.text.contains(own), "{path}: {}", seen.text);
        assert_eq!((&seen.json()["order"]["version"], &seen.json()["order"]["customer"]), (&Value::Null, &Value::Null));
    }
    let view = staff.clone().wanting_json().get(&format!("/admin/orders/{number}")).await.json();
    assert_eq!(view["order"]["timeline"][1]["by"], serde_json::json!({ "kind": "staff", "id": id }));
}

#[tokio::test]
async fn the_account_page_as_json_has_no_internal_fields() {
    let shop = Shop::open().await;
    let ada = shop.customer(EMAIL).await;
    let page = ada.clone().wanting_json().get("/account").await.json();
    let fields: Vec<&str> = page.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(fields, ["email", "email_verified", "name", "orders"]);
}
