use crate::percentile;
use anyhow::{Context, Result, ensure};
use domain::customer::Role;
use http::Request;
use runtime::{Function, Route, Stage, event};
use serde_json::{Value, json};
use std::{
    fmt::Write,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    time::Duration,
};
use store::{
    cart::CartKey,
    mail::{Mail, MailKind},
};
use suite::goods;
use web::{App, Keys, cookies::Cookies};

/// Cold starts of each function.
const STARTS: usize = 21;
/// Events of a warm function, twice.
const EVENTS: usize = 1_000;

/// One function, and events that make it ask the table.
struct Subject {
    name: &'static str,
    asked: &'static str,
    events: Vec<String>,
}

/// What was measured of one function.
struct Figures {
    binary: u64,
    init: Duration,
    first: Duration,
    /// The first answer of the bare function, started in turns with this one.
    bare: Duration,
    median: Duration,
    most: Duration,
    cpu: Duration,
    memory: [u64; 2],
}

const HEAD: &str = "## Functions

The binaries as they are deployed, under the Runtime API of `tests/runtime`, with a DynamoDB engine on the same machine. The
machine matters, so each run also measures `bare`: the smallest useful function, which reads one item and does nothing else.

";

const FOOT: &str = "
- *Init* is the time from the start of the process until it asks for its first event.
- *First answer* is *init* plus the time for the first event: what the first shopper waits for after a cold start.
- *Beside bare* divides that by the time that `bare` takes from its start to its first answer. `bare` starts in turns with the
  function, on the same machine. Example: `bare` takes 7 ms and `cart` 9 ms, so `cart` is 9 / 7 = 1.29 beside bare: 29 % slower
  than the smallest useful function. Times differ between machines; this figure hardly does. The budget is 1.5.
- *CPU* is all that the process uses for one event. It includes the SDK, Lambda's runtime and the kernel.
- *Less bare* is that CPU without what `bare` needs for its one read: what the shop itself adds.

Functions over their budget ask the table more than once for an event: `cart` twice in turn; `admin` asks all shards of its lists;
`notify` claims a mail and notes that it was sent; `publish` reads the products for sale and writes pages.
";

/// The figures of every function as it is deployed, beside one that does nothing but read an item, as a section in Markdown.
pub(crate) async fn section() -> Result<String> {
    Ok(format!("{HEAD}{}{FOOT}", measure().await?))
}

async fn measure() -> Result<String> {
    let stage = Stage::open().await?;
    let mut rows = String::new();
    let subjects = subjects(&stage).await?;
    let bare = subjects.first().context("no functions")?;
    let least = figures(&stage, bare, bare).await?.cpu;
    for subject in &subjects {
        let figures = figures(&stage, subject, bare).await.context(subject.name)?;
        write!(rows, "{}", row(subject, &figures, least))?;
    }
    Ok(format!(
        "| function | event | binary | init | first answer | beside bare | warm: median, 95 % | CPU | less bare \
         | memory after {EVENTS} and {} events |\n\
         |---|---|--:|--:|--:|--:|--:|--:|--:|--:|\n\
         | *budget* | | 12 MB | | 25 ms | 1.5 | | | 300 us | 40 MB, not growing |\n{rows}",
        2 * EVENTS
    ))
}

fn row(subject: &Subject, figures: &Figures, least: Duration) -> String {
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let us = |time: Duration| time.as_secs_f64() * 1e6;
    let mb = |bytes: u64| bytes as f64 / 1e6;
    format!(
        "| `{}` | {} | {:.1} MB | {:.1} ms | {:.1} ms | {:.2} | {:.2}, {:.2} ms | {:.0} us | {:.0} us | {:.1}, {:.1} MB |\n",
        subject.name,
        subject.asked,
        mb(figures.binary),
        ms(figures.init),
        ms(figures.first),
        figures.first.as_secs_f64() / figures.bare.as_secs_f64(),
        ms(figures.median),
        ms(figures.most),
        us(figures.cpu),
        us(figures.cpu) - us(least),
        mb(figures.memory[0]),
        mb(figures.memory[1]),
    )
}

async fn figures(stage: &Stage, subject: &Subject, bare: &Subject) -> Result<Figures> {
    let mut events = subject.events.iter().cycle();
    let (mut inits, mut firsts, mut bares) = (Vec::new(), Vec::new(), Vec::new());
    // In turns: what else the machine does meets both.
    for _ in 0..STARTS {
        let (init, first) = cold(stage, bare.name, bare.events.first()).await?;
        bares.push(init + first);
        let (init, first) = cold(stage, subject.name, events.next()).await?;
        inits.push(init);
        firsts.push(init + first);
    }
    let binary = deployed(subject.name)?;
    let function = Function::start(&binary, &stage.variables).await?;
    answer(&function, events.next()).await?;
    // What starting took is not counted.
    let started = function.usage().await.context("it has ended")?.cpu;
    let (mut times, mut memory) = (Vec::new(), [0; 2]);
    for memory in &mut memory {
        for _ in 0..EVENTS {
            times.push(answer(&function, events.next()).await?);
        }
        *memory = function.usage().await.context("it has ended")?.resident;
    }
    let cpu = function.usage().await.context("it has ended")?.cpu.saturating_sub(started) / u32::try_from(2 * EVENTS)?;
    Ok(Figures {
        binary: std::fs::metadata(&binary)?.len(),
        init: percentile(&mut inits, 50),
        first: percentile(&mut firsts, 50),
        bare: percentile(&mut bares, 50),
        median: percentile(&mut times, 50),
        most: percentile(&mut times, 95),
        cpu,
        memory,
    })
}

/// Starts a function anew: how long until it asks for its first event, and until that is answered.
async fn cold(stage: &Stage, name: &str, event: Option<&String>) -> Result<(Duration, Duration)> {
    let function = Function::start(&deployed(name)?, &stage.variables).await?;
    let first = answer(&function, event).await?;
    let init = function.init().await;
    function.stop().await;
    Ok((init, first))
}

/// Hands over an event and looks whether it was done.
async fn answer(function: &Function, event: Option<&String>) -> Result<Duration> {
    let timed = function.invoke_timed(event.context("no event")?.clone()).await;
    let answer = timed.answer?;
    let refused = answer["statusCode"].as_u64().is_some_and(|status| status >= 400);
    let failed = answer["batchItemFailures"].as_array().is_some_and(|failed| !failed.is_empty());
    ensure!(!refused && !failed, "{answer}");
    Ok(timed.took)
}

/// The binary of the profile for functions; `tests/lambda.sh` builds it.
fn deployed(name: &str) -> Result<PathBuf> {
    let folder = format!("../../target/{}-unknown-linux-gnu/lambda", std::env::consts::ARCH);
    let binary = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(name);
    ensure!(binary.is_file(), "{} is missing: run tests/lambda.sh", binary.display());
    Ok(binary)
}

async fn subjects(stage: &Stage) -> Result<Vec<Subject>> {
    let guest = goods::guest();
    goods::full_cart(&stage.store, &guest, "ada@example.com", &[("MUG", 2), ("SHIRT-S", 1)]).await;
    let CartKey::Guest(secret) = &guest else { unreachable!("a guest") };
    let with_cart = format!("__Host-cart={secret}");
    let customer = session(stage, "customer@example.com", Role::Customer).await?;
    let owner = session(stage, "owner@example.com", Role::Owner).await?;
    let http =
        |name, asked, path, cookies: &str| Ok::<_, anyhow::Error>(Subject { name, asked, events: vec![get(path, cookies)?] });
    let product = stage.feed().await?.until(|record| record["dynamodb"]["Keys"]["sk"]["S"] == "PRODUCT").await?;
    let product = product.into_iter().filter(|record| record["dynamodb"]["Keys"]["sk"]["S"] == "PRODUCT").take(1).collect();
    Ok(vec![
        http("bare", "reads an item", "/", "")?,
        http("auth", "a sign-in's page", "/auth/sign-in", "")?,
        http("account", "a customer's page", "/account", &customer)?,
        http("cart", "a cart of two lines", "/cart", &with_cart)?,
        http("checkout", "the first step", "/checkout", &with_cart)?,
        http("admin", "the back office", "/admin", &owner)?,
        Subject { name: "publish", asked: "a product that changed", events: vec![batch(product)] },
        Subject {
            name: "notify",
            asked: "a mail to send",
            events: mails(stage).await?.into_iter().map(|mail| batch(vec![mail])).collect(),
        },
        Subject { name: "sweep", asked: "nothing to sweep", events: vec!["{}".to_owned()] },
    ])
}

/// `GET` as the gateway hands it over.
fn get(path: &str, cookies: &str) -> Result<String> {
    let request = Request::get(path).header("host", "shop.example").header("accept", "text/html").header("cookie", cookies);
    let (parts, ()) = request.body(())?.into_parts();
    let first = path.split('/').nth(1).unwrap_or_default();
    Ok(event(&parts, &Vec::new().into(), Ipv4Addr::LOCALHOST.into(), &Route::of(first, path)).to_string())
}

fn batch(records: Vec<Value>) -> String {
    json!({ "Records": records }).to_string()
}

/// A mail for each event.
async fn mails(stage: &Stage) -> Result<Vec<Value>> {
    let mut feed = stage.feed().await?;
    feed.next().await?;
    let wanted = STARTS + 1 + 2 * EVENTS;
    for _ in 0..wanted {
        stage.store.send_mail(&Mail::new(MailKind::AlreadyRegistered, goods::parse("ada@example.com"))).await?;
    }
    let mut mails = Vec::new();
    while mails.len() < wanted {
        mails.extend(feed.next().await?.into_iter().filter(|record| record["dynamodb"]["Keys"]["sk"]["S"] == "MAIL"));
    }
    Ok(mails)
}

/// The cookie of somebody who has just signed in.
async fn session(stage: &Stage, email: &str, role: Role) -> Result<String> {
    let id = goods::account(&stage.store, email, role).await;
    let customer = stage.store.customer(&id).await?.context("the account")?;
    let variable = |name: &str| stage.variables.get(name).map(String::as_str).unwrap_or_default();
    let keys = Keys::parse(variable("SESSION_KEYS"), variable("LINK_SECRET"))?;
    let app = App::new(stage.store.clone(), keys, variable("BASE_URL"))?;
    let credentials = stage.store.credentials(&customer.email).await?.context("the password")?;
    let new = web::NewSession::of(&customer);
    ensure!(stage.store.open_session(&new.session, &customer.email, &credentials).await?, "the password has changed");
    let mut cookies = Cookies::default();
    new.open(&mut cookies, &app, &customer);
    let changed = cookies.changed();
    let cookies: Vec<&str> = changed.iter().filter_map(|cookie| cookie.split(';').next()).collect();
    Ok(cookies.join("; "))
}
