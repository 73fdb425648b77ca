use crate::report;
use anyhow::{Context, Result, ensure};
use browser::{Shop, command};
use http::{Request, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

const LOOKS: usize = 2_000;
const CHANGES: usize = 500;
const ORDERS: usize = 100;
/// Clock ticks a second of Linux's process times.
const TICKS: f64 = 100.0;

/// Latency and CPU of a shopper's steps against the whole shop on this machine. The CPU is that of its process, so the embedded
/// database and S3 are in it.
pub(crate) async fn measure() -> Result<()> {
    let shop = Shop::open().await?;
    report("first start of the shop, to serving", &format!("{:.2} s", shop.started_in.as_secs_f64()), "5 s");
    stock_up(&shop).await?;
    let mut visitor = Visitor::new(&shop.address);
    steps(&shop, "look at a product's page", LOOKS, "", async |_| visitor.get("/products/tallow-table-lamp/").await.map(|_| ()))
        .await?;
    let mut visitor = Visitor::new(&shop.address);
    let budget = "300 us of own CPU, the database's aside";
    steps(&shop, "add to cart", CHANGES, budget, async |i| {
        if i % 50 == 0 {
            visitor.cookies.clear();
        }
        visitor.post("/cart/lines", &format!("sku={SKU}&quantity=1")).await.map(|_| ())
    })
    .await?;
    steps(&shop, "look at the cart", CHANGES, budget, async |_| visitor.get("/cart").await.map(|_| ())).await?;
    let mut ready = Vec::new();
    for _ in 0..ORDERS {
        ready.push(reviewing(&shop).await?);
    }
    steps(&shop, "place an order", ORDERS, budget, async |i| {
        let (visitor, form) = ready.get_mut(i).context("a cart")?;
        let answer = visitor.post("/checkout/place", form).await?;
        ensure!(answer.contains("/checkout/done/"), "{answer}");
        Ok(())
    })
    .await?;
    shop.close().await
}

/// A visitor whose cart is ready to be ordered, and the form that orders it.
async fn reviewing(shop: &Shop) -> Result<(Visitor, String)> {
    let mut visitor = Visitor::new(&shop.address);
    visitor.post("/cart/lines", &format!("sku={SKU}&quantity=1")).await?;
    let contact = "email=ada@example.com&name=Ada&line1=Am+Hang+3&postal_code=10115&city=Berlin&country=DE";
    visitor.post("/checkout", contact).await?;
    visitor.post("/checkout/delivery", "shipping_method=standard").await?;
    visitor.post("/checkout/payment", "payment_method=bank_transfer").await?;
    let review = visitor.get("/checkout/review").await?;
    let field = |name: &str| review.split(&format!("name=\"{name}\" value=\"")).nth(1).and_then(|rest| rest.split('"').next());
    let (key, total) = (field("idempotency_key").context("no key")?, field("seen_total").context("no total")?);
    let form = format!("idempotency_key={key}&seen_total={total}");
    Ok((visitor, form))
}

/// A variant with plenty of stock.
const SKU: &str = "PLENTY";

/// Takes in a product that does not sell out.
async fn stock_up(shop: &Shop) -> Result<()> {
    let file = shop.data().join("plenty.csv");
    std::fs::write(
        &file,
        format!("Handle,Title,Variant SKU,Variant Price,Variant Inventory Qty\nplenty,Plenty,{SKU},9.90,1000000\n"),
    )?;
    let output = command().await?.arg("import").arg(&file).arg("--data").arg(shop.data()).output().await?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

async fn steps(
    shop: &Shop,
    what: &str,
    count: usize,
    budget: &str,
    mut step: impl AsyncFnMut(usize) -> Result<()>,
) -> Result<()> {
    let mut times = Vec::with_capacity(count);
    let before = cpu(shop)?;
    for i in 0..count {
        let start = Instant::now();
        step(i).await?;
        times.push(start.elapsed());
    }
    let own = (cpu(shop)? - before) / count as f64 * 1e6;
    times.sort();
    let at = |share: usize| times.get(count * share / 100).copied().unwrap_or(Duration::ZERO).as_secs_f64() * 1e3;
    report(&format!("{what}: median, 95th percentile"), &format!("{:.2}, {:.2} ms", at(50), at(95)), "");
    report(&format!("{what}: CPU of the whole process"), &format!("{own:.0} us"), budget);
    Ok(())
}

/// Seconds of CPU the shop's process has used.
fn cpu(shop: &Shop) -> Result<f64> {
    let id = shop.process_id().context("the shop has ended")?;
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |place: usize| fields.get(place).and_then(|f| f.parse::<f64>().ok()).unwrap_or(0.0);
    Ok((ticks(11) + ticks(12)) / TICKS)
}

/// Keeps a connection and cookies.
struct Visitor {
    client: Client<HttpConnector, Full<Bytes>>,
    shop: String,
    cookies: BTreeMap<String, String>,
}

impl Visitor {
    fn new(shop: &str) -> Self {
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self { client, shop: shop.to_owned(), cookies: BTreeMap::new() }
    }

    async fn get(&mut self, path: &str) -> Result<String> {
        let request = Request::get(format!("{}{path}", self.shop)).header(header::ACCEPT_ENCODING, "br");
        self.send(request.header(header::COOKIE, self.cookie()).body(Full::default())?).await
    }

    /// The page, or where it leads.
    async fn post(&mut self, path: &str, form: &str) -> Result<String> {
        let request = Request::post(format!("{}{path}", self.shop))
            .header(header::ORIGIN, &self.shop)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::COOKIE, self.cookie());
        self.send(request.body(Full::from(form.to_owned()))?).await
    }

    fn cookie(&self) -> String {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    async fn send(&mut self, request: Request<Full<Bytes>>) -> Result<String> {
        let answer = self.client.request(request).await?;
        let (parts, body) = answer.into_parts();
        let body = body.collect().await?.to_bytes();
        ensure!(!parts.status.is_client_error() && !parts.status.is_server_error(), "{}", String::from_utf8_lossy(&body));
        for cookie in parts.headers.get_all(header::SET_COOKIE).iter().filter_map(|v| v.to_str().ok()) {
            if let Some((name, value)) = cookie.split(';').next().and_then(|pair| pair.split_once('=')) {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let leads = parts.headers.get(header::LOCATION).and_then(|v| v.to_str().ok());
        Ok(leads.map_or_else(|| String::from_utf8_lossy(&body).into_owned(), str::to_owned))
    }
}
