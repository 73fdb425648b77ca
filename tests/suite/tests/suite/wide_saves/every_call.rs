//! The writer dies at any call, or the answers get lost. Time stands still while nothing is done.

use super::{VARIANTS, changed, seen_by_all, stored, tiles};
use domain::catalogue::Product;
use store::catalogue::ProductWriteError;
use suite::{Fault, Table, goods};

/// How many calls some work makes.
async fn calls<T>(table: &Table, work: impl Future<Output = T>) -> usize {
    let since = table.faults.sent();
    work.await;
    table.faults.calls(since).len()
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Create,
    Update,
    Delete,
}

impl Step {
    async fn take(self, table: &Table) -> Result<(), ProductWriteError> {
        match (self, table.store.product(&goods::parse("tile")).await?) {
            (Self::Create, None) => table.store.create_product(&tiles(VARIANTS)).await,
            (Self::Update, Some(seen)) if seen.variants.len() == VARIANTS => {
                table.store.update_product(&seen, &changed(&seen)).await.map(drop)
            }
            (Self::Delete, Some(seen)) => table.store.delete_product(&seen).await,
            _ => Ok(()),
        }
    }
}

/// After some call, none of its others arrives.
#[tokio::test(start_paused = true)]
async fn a_writer_may_die_at_any_call_and_the_next_one_brings_it_to_its_end() {
    for step in [Step::Create, Step::Update, Step::Delete] {
        let prepared = async || {
            let table = Table::with_goods().await;
            if !matches!(step, Step::Create) {
                table.store.create_product(&tiles(VARIANTS)).await.unwrap();
            }
            table
        };
        let table = prepared().await;
        let number = calls(&table, step.take(&table)).await;
        let done = stored(&table).await;
        // Around what is done once, and here and there among what is done for each variant.
        let some = (2..=3).chain((30..=number).step_by(75)).chain(number - 2..=number);
        for call in some {
            let (table, here) = (prepared().await, format!("{step:?} at call {call} of {number}"));
            let before = stored(&table).await;
            // One for what was read just now.
            table.faults.from("*", call + 1, usize::MAX, Fault::LostRequest);
            let _ = step.take(&table).await;
            table.faults.end();
            let now = seen_by_all(&table, &here).await;
            assert!(now == before || now == done, "{here}: neither as before nor as afterwards");
            step.take(&table).await.unwrap_or_else(|error| panic!("{here}: the next try: {error}"));
            assert_eq!(seen_by_all(&table, &here).await.is_some(), done.is_some(), "{here}: the next try");
            if let Some(product) = stored(&table).await {
                table.store.update_product(&product, &product).await.unwrap();
                let variants = seen_by_all(&table, &here).await.unwrap().variants;
                assert!(Some(&variants) == done.as_ref().map(|done| &done.variants), "{here}");
                table.store.delete_product(&Product { version: product.version + 1, ..product }).await.unwrap();
            }
            table.store.create_product(&tiles(VARIANTS)).await.unwrap_or_else(|error| panic!("{here}: anew: {error}"));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn answers_that_are_lost_change_nothing_about_a_save() {
    for fault in [Fault::LostAnswer, Fault::throttled(), Fault::Twice] {
        let table = Table::with_goods().await;
        for step in [Step::Create, Step::Update] {
            table.faults.one_of(10, "*", fault.clone());
            let mut tries = 0;
            while let Err(error) = step.take(&table).await {
                tries += 1;
                assert!(tries < 30, "{fault:?}, {step:?}: {error}");
            }
            table.faults.end();
        }
        let product = seen_by_all(&table, &format!("{fault:?}")).await.unwrap();
        assert!(product.variants == changed(&tiles(VARIANTS)).variants, "{fault:?}");
    }
}
