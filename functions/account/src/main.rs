//! `account` on Lambda.

use web::App;

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    web::log_as_json();
    web::run(account::router(App::from_env().await?)).await
}
