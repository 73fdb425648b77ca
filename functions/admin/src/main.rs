//! `admin` on Lambda.

use web::App;

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    web::log_as_json();
    web::run(admin::router(App::from_env().await?)).await
}
