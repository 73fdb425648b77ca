//! The least that a function can be: each request reads one item. The shop's functions are measured beside it.
//!
//! `TABLE_NAME` says which table.

use aws_sdk_dynamodb::{Client, types::AttributeValue};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};
use lambda_http::{Error, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let table = std::env::var("TABLE_NAME")?;
    let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let client = Client::new(&aws_config::from_env().http_client(http).load().await);
    read(&client, &table).await?;
    let (client, table) = (&client, &table);
    lambda_http::run(service_fn(|_: lambda_http::Request| async move {
        read(client, table).await?;
        Ok::<&str, Error>("read")
    }))
    .await
}

async fn read(client: &Client, table: &str) -> Result<(), Error> {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let request = client.get_item().table_name(table).key("pk", text("BARE")).key("sk", text("BARE"));
    request.send().await?;
    Ok(())
}
