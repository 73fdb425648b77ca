//! From the outbox to SES: every mail once, whatever comes twice or fails in between.

use aws_sdk_ses::types::VerificationStatus;
use embedded::{ACCESS_KEY, REGION, SECRET_KEY};
use lambda::Delivery;
use notify::{Notifier, NotifyError, Sender};
use serde_json::Value;
use std::time::Duration;
use store::{
    Service,
    changes::Change,
    mail::{Claim, Mail, MailKind},
};
use suite::{Shop, goods};

const FROM: &str = "shop@shop.example";

fn delivery(id: &str, change: Change) -> Delivery {
    Delivery { id: id.to_owned(), written: Duration::ZERO, change: Ok(change) }
}

/// A notifier whose SES cannot be reached.
pub(crate) async fn cut_off(shop: &Shop) -> Notifier {
    let nowhere = Sender::connect(&Service::at("http://127.0.0.1:9", ACCESS_KEY, SECRET_KEY, REGION)).await;
    Notifier::new(shop.app.clone(), nowhere, goods::parse(FROM))
}

async fn order_mail(shop: &Shop, to: &str) -> Mail {
    let mail = goods::order_mail(to);
    shop.table.store.send_mail(&mail).await.unwrap();
    mail
}

#[tokio::test]
async fn a_mail_is_claimed_by_one_and_sent_once() {
    let shop = Shop::open().await;
    let store = &shop.table.store;
    let mail = order_mail(&shop, "ada@example.com").await;
    let (one, two) = tokio::join!(store.claim_mail(&mail.id), store.claim_mail(&mail.id));
    let mut claims = [one.unwrap(), two.unwrap()];
    claims.sort_by_key(|claim| *claim != Claim::Taken);
    assert_eq!(claims, [Claim::Taken, Claim::Busy]);
    store.mail_was_not_sent(&mail.id).await.unwrap();
    assert_eq!(store.claim_mail(&mail.id).await.unwrap(), Claim::Taken, "given back, it can be claimed again");
    store.mail_was_sent(&mail.id).await.unwrap();
    assert_eq!(store.claim_mail(&mail.id).await.unwrap(), Claim::Done);
    assert_eq!(store.claim_mail(&ids::new_id()).await.unwrap(), Claim::Done, "one that is not kept any more");
}

#[tokio::test]
async fn what_cannot_be_sent_is_reported_and_stays_to_be_sent() {
    let shop = Shop::open().await;
    let mail = order_mail(&shop, "ada@example.com").await;
    let notifier = cut_off(&shop).await;
    let unreadable = Delivery { id: "3".to_owned(), written: Duration::ZERO, change: Err("torn".to_owned()) };
    let batch = [delivery("1", Change::Settings), delivery("2", Change::Mail(Box::new(mail.clone()))), unreadable];
    assert_eq!(notifier.handle(&batch).await, ["2", "3"]);
    assert_eq!(shop.table.store.claim_mail(&mail.id).await.unwrap(), Claim::Taken);
    assert!(matches!(notifier.send(&mail).await, Err(NotifyError::Busy)), "somebody else is at it");
}

#[tokio::test]
async fn a_reset_mail_to_an_address_without_an_account_is_done_without_being_sent() {
    let shop = Shop::open().await;
    let mail = Mail::new(MailKind::Reset, goods::parse("nobody@example.com"));
    shop.table.store.send_mail(&mail).await.unwrap();
    cut_off(&shop).await.send(&mail).await.unwrap();
    assert_eq!(shop.table.store.claim_mail(&mail.id).await.unwrap(), Claim::Done);
}

/// What SES has sent to an address, where SES is LocalStack's.
async fn sent(to: &str) -> Vec<String> {
    let endpoint = std::env::var("AWS_ENDPOINT_URL_SES").or_else(|_| std::env::var("AWS_ENDPOINT_URL")).unwrap();
    let (_, text) = browser::get(&format!("{endpoint}/_aws/ses")).await.unwrap();
    let all: Value = serde_json::from_str(&text).unwrap();
    let messages = all["messages"].as_array().unwrap().iter();
    messages.filter_map(|m| m["RawData"].as_str()).filter(|raw| raw.contains(to)).map(str::to_owned).collect()
}

#[tokio::test]
#[ignore = "needs SES, which the embedded services do not have: run by make test-localstack"]
async fn an_order_and_a_forgotten_password_reach_the_mailbox_through_ses_once_each() {
    let ses = aws_sdk_ses::Client::new(&Service::default().load("AWS_ENDPOINT_URL_SES").await);
    ses.verify_email_identity().email_address(FROM).send().await.unwrap();
    let known = ses.get_identity_verification_attributes().identities(FROM).send().await.unwrap();
    assert_eq!(known.verification_attributes[FROM].verification_status, VerificationStatus::Success);
    let shop = Shop::open().await;
    let mut stream = shop.table.store.stream(None).await.unwrap();
    let email = format!("{}@example.com", ids::new_id());
    let mut ada = shop.customer(&email).await;
    let number = ada.buys("MUG", "1", &email).await;
    ada.post("/auth/forgot", &[("email", &email)]).await;
    let sender = Sender::connect(&Service::default()).await;
    let notifier = Notifier::new(shop.app.clone(), sender, goods::parse(FROM));
    let changes = shop.table.changes(&mut stream).await;
    let batch: Vec<Delivery> = changes.into_iter().enumerate().map(|(i, c)| delivery(&i.to_string(), c)).collect();
    for _ in 0..2 {
        assert!(notifier.handle(&batch).await.is_empty(), "a batch that comes again is done already");
    }
    let sent = sent(&email).await;
    assert_eq!(sent.len(), 2, "{sent:?}");
    let order = sent.iter().find(|raw| raw.contains(&number)).unwrap();
    for part in ["From: \"Test Shop\" <shop@shop.example>", "Reply-To:", "Auto-Submitted: auto-generated", "IBAN 123"] {
        assert!(order.contains(part), "{part} is not in {order}");
    }
    let reset = sent.iter().find(|raw| raw.contains("/auth/reset?token=")).unwrap().replace("=\r\n", "");
    let secret = reset.split_once("token=").unwrap().1.trim_start_matches("3D").split_whitespace().next().unwrap().to_owned();
    let fields = [("token", secret.as_str()), ("password", "a quite different sentence of mine")];
    assert_eq!(shop.visitor().post("/auth/reset", &fields).await.location(), "/auth/sign-in", "the link works");
}
