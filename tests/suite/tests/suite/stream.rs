//! The table's stream: every change once, in order, also by another reader later.

use store::{
    changes::Change,
    mail::{Mail, MailKind},
    stream::Stream,
};
use suite::{Table, goods};

async fn changes(table: &Table, stream: &mut Stream) -> Vec<Change> {
    table.changes(stream).await.into_iter().filter(|c| *c != Change::Other).collect()
}

#[tokio::test]
async fn a_reader_sees_what_happens_from_now_on_and_goes_on_where_the_last_one_stopped() {
    let table = Table::with_goods().await;
    let mut stream = table.store.stream(None).await.unwrap();
    assert_eq!(changes(&table, &mut stream).await, [], "what was before is not news");
    crate::placing::place(&table, &[("MUG", 1)]).await.unwrap();
    let seen = changes(&table, &mut stream).await;
    assert!(seen.contains(&Change::Product(goods::parse("mug"))), "{seen:?}");
    assert!(
        seen.iter().any(|c| matches!(c, Change::Mail(mail) if matches!(mail.kind, MailKind::OrderPlaced { .. }))),
        "{seen:?}"
    );
    let positions = stream.positions().clone();
    table.store.delete_product(&table.store.product(&goods::parse("mug")).await.unwrap().unwrap()).await.unwrap();
    let mut next = table.store.stream(Some(positions)).await.unwrap();
    let seen = changes(&table, &mut next).await;
    assert!(seen.contains(&Change::Product(goods::parse("mug"))), "{seen:?}");
    assert!(seen.contains(&Change::ProductSlug(goods::parse("mug"))), "{seen:?}");
    assert!(!seen.iter().any(|c| matches!(c, Change::Mail(_) | Change::Categories)), "{seen:?}");
    assert_eq!(changes(&table, &mut next).await, []);
}

#[tokio::test]
async fn categories_settings_and_mail_are_told_apart() {
    let table = Table::with_goods().await;
    let mut stream = table.store.stream(None).await.unwrap();
    let clothes = table.store.category(&goods::parse("clothes")).await.unwrap().unwrap();
    let renamed = domain::catalogue::Category { slug: goods::parse("wear"), ..clothes.clone() };
    table.store.update_category(&clothes, &renamed).await.unwrap();
    let settings = table.store.settings().await.unwrap().unwrap();
    table.store.put_settings(&settings).await.unwrap();
    let mail = Mail::new(MailKind::AlreadyRegistered, goods::parse("ada@example.com"));
    table.store.send_mail(&mail).await.unwrap();
    let seen = changes(&table, &mut stream).await;
    for expected in [
        Change::Categories,
        Change::CategorySlug(goods::parse("clothes")),
        Change::CategorySlug(goods::parse("wear")),
        Change::Settings,
        Change::Mail(Box::new(mail)),
    ] {
        assert!(seen.contains(&expected), "{expected:?} is not in {seen:?}");
    }
}
