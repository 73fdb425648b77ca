//! One import at a time.

use store::import::ImportTurn;
use suite::{Fault, Table, goods};

const BUSY: fn(ImportTurn) -> bool = |turn| matches!(turn, ImportTurn::Busy { .. });

#[tokio::test]
async fn the_turn_to_import_is_one_holders_until_it_is_given_back_or_not_held_anew() {
    let table = Table::new().await;
    let (first, second) = (goods::parse("first"), goods::parse("second"));
    let hold = async |holder| table.store.hold_import(holder).await.unwrap();
    assert_eq!((hold(&first).await, hold(&first).await), (ImportTurn::Taken, ImportTurn::Taken));
    assert!(BUSY(hold(&second).await));
    table.store.give_back_import(&second).await.unwrap();
    assert!(BUSY(hold(&second).await), "nobody gives back what is another's");
    table.store.give_back_import(&first).await.unwrap();
    assert_eq!(hold(&second).await, ImportTurn::Taken);
    table.set("IMPORT", "IMPORT", "held_until", 1).await;
    assert_eq!(hold(&first).await, ImportTurn::Taken, "of one that has ended without a word");
    assert!(BUSY(hold(&second).await));
}

#[tokio::test]
async fn two_who_want_the_turn_at_once_get_it_once_also_when_an_answer_is_lost() {
    for fault in [None, Some(Fault::LostAnswer), Some(Fault::Twice)] {
        let table = Table::new().await;
        if let Some(fault) = fault {
            table.faults.nth("UpdateItem", 1, fault);
        }
        let holders = ["a", "b", "c"].map(goods::parse);
        let [a, b, c] = holders.each_ref().map(|holder| table.store.hold_import(holder));
        let turns = tokio::try_join!(a, b, c).unwrap();
        let taken = [turns.0, turns.1, turns.2].iter().filter(|turn| **turn == ImportTurn::Taken).count();
        assert_eq!((taken, table.items("IMPORT").await.len()), (1, 1));
    }
}
