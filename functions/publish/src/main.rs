//! `publish` on Lambda: a batch of the table's stream makes pages in the bucket.
//!
//! `BASE_URL`, `TABLE_NAME` and `SITE_BUCKET` say of which shop, and where to.

use aws_lambda_events::event::dynamodb::Event;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use publish::{Bucket, Publisher};
use render::Renderer;
use store::{
    Service, Store, StoreConfig,
    changes::{Change, Record},
};
use tokio::sync::Mutex;

#[tokio::main]
async fn main() -> Result<(), Error> {
    web::log_as_json();
    let store = Store::connect(&StoreConfig::from_env()).await;
    let bucket = Bucket::connect(&std::env::var("SITE_BUCKET")?, &Service::default()).await;
    let publisher = Mutex::new(Publisher::new(store, bucket, Renderer::new()?, &std::env::var("BASE_URL")?));
    lambda_runtime::run(service_fn(|event: LambdaEvent<Event>| async {
        let records = event.payload.records.into_iter();
        let changes: Vec<Change> =
            records.map(|r| Record::new(r.change.old_image, r.change.new_image).change()).collect::<Result<_, _>>()?;
        let mut publisher = publisher.lock().await;
        publisher.forget();
        let done = publisher.publish(&changes).await?;
        tracing::info!(rendered = done.rendered, uploaded = done.uploaded.len(), removed = done.removed.len(), "published");
        Ok::<(), Error>(())
    }))
    .await
}
