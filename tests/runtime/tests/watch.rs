//! `cargo lambda watch` serves the functions behind the shop's front door, and starts them again when their code changes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use browser::Shop;
use runtime::Visitor;
use std::{
    collections::BTreeSet,
    fs,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime},
};
use tempfile::TempDir;
use tokio::{
    net::{TcpListener, TcpStream},
    process::{Child, Command},
    sync::Mutex,
    time::{sleep, timeout},
};

/// A function is compiled when its first request comes.
const COMPILED_WITHIN: Duration = Duration::from_mins(10);
/// Between two times that somebody saves a file.
const SAVED_EVERY: Duration = Duration::from_secs(10);
/// A variant of the demonstration shop.
const SKU: &str = "HOM-CANDLE-01";
/// One at a time: what a test touches, another would see.
static ONE: Mutex<()> = Mutex::const_new(());

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The shop on one machine with its functions under `cargo lambda watch`.
struct Watched {
    shop: Shop<Option<(String, String)>>,
    watch: Child,
}

impl Watched {
    async fn open(options: &[&str]) -> Self {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap().local_addr().unwrap();
        let shop = Shop::open_with(TempDir::new().unwrap(), &["--functions", &format!("http://{free}")]).await.unwrap();
        let log = fs::File::create(shop.data().join("watch.log")).unwrap();
        let binary = workspace().join("target/cargo-lambda/bin/cargo-lambda");
        let watch = Command::new(binary)
            .args(["lambda", "watch", "--invoke-address", "127.0.0.1", "--invoke-port", &free.port().to_string(), "--env-file"])
            .arg(shop.data().join("functions.env"))
            .args(options)
            .current_dir(workspace())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .expect("cargo-lambda is missing: run tests/setup.sh");
        let listening = async {
            while TcpStream::connect(free).await.is_err() {
                sleep(Duration::from_millis(50)).await;
            }
        };
        timeout(Duration::from_secs(20), listening).await.expect("cargo lambda watch does not listen");
        Self { shop, watch }
    }

    /// The first request of a function waits until it is compiled.
    async fn get(&self, path: &str) -> u16 {
        let get = async { Visitor::new(&self.shop.address).get(path).await.unwrap().status };
        timeout(COMPILED_WITHIN, get).await.unwrap_or_else(|_| panic!("{path} is not answered:\n{}", self.log()))
    }

    /// What `cargo lambda watch`, the compiler and the functions have written.
    fn log(&self) -> String {
        fs::read_to_string(self.shop.data().join("watch.log")).unwrap()
    }

    /// The process of a function.
    fn process(&self, function: &str) -> Option<u32> {
        let below = below(self.watch.id().unwrap());
        let is =
            |process: &u32| fs::read_to_string(format!("/proc/{process}/comm")).is_ok_and(|name| name.trim_end() == function);
        below.into_iter().find(is)
    }

    /// Ends what was started, as Ctrl-C does, and looks whether anything is left.
    async fn close(mut self) {
        let own = below(self.watch.id().unwrap());
        Command::new("kill").args(["-INT", &self.watch.id().unwrap().to_string()]).status().await.unwrap();
        timeout(Duration::from_secs(20), self.watch.wait()).await.expect("cargo lambda watch did not stop").unwrap();
        let left = || own.iter().filter(|process| Path::new(&format!("/proc/{process}")).exists()).collect::<Vec<_>>();
        for _ in 0..100 {
            if left().is_empty() {
                break;
            }
            sleep(Duration::from_millis(50)).await;
        }
        for process in left() {
            let _ = Command::new("kill").args(["-KILL", &process.to_string()]).status().await;
        }
        self.shop.close().await.unwrap();
    }
}

/// The processes that a process has started, and those that they have.
fn below(process: u32) -> BTreeSet<u32> {
    let all = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    let parent = |process: u32| {
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        stat.rsplit(')').next()?.split_whitespace().nth(1)?.parse::<u32>().ok()
    };
    let parents: Vec<(u32, u32)> = all.filter_map(|process| Some((process, parent(process)?))).collect();
    let mut below = BTreeSet::new();
    let mut open = vec![process];
    while let Some(process) = open.pop() {
        let children = parents.iter().filter(|(_, parent)| *parent == process).map(|(child, _)| *child);
        open.extend(children.filter(|child| below.insert(*child)));
    }
    below
}

#[tokio::test]
async fn a_purchase_runs_through_cargo_lambda_watch() {
    let _one = ONE.lock().await;
    let watched = Watched::open(&["--ignore-changes"]).await;
    for (path, status) in
        [("/cart", 200), ("/auth/sign-in", 200), ("/account", 303), ("/checkout", 303), ("/orders", 200), ("/admin", 404)]
    {
        assert_eq!(watched.get(path).await, status, "{path}:\n{}", watched.log());
    }
    let mut guest = Visitor::new(&watched.shop.address);
    let number = guest.buys(SKU, "ada@example.com").await.unwrap();
    let done = guest.get(&format!("/checkout/done/{number}")).await.unwrap();
    assert!(done.status == 200 && done.text().contains(&number), "{}", done.text());
    watched.close().await;
}

#[tokio::test]
async fn a_function_whose_code_changes_is_built_and_started_again() {
    let _one = ONE.lock().await;
    let watched = Watched::open(&[]).await;
    assert_eq!(watched.get("/cart").await, 200);
    let before = watched.process("cart").expect("the function's process");
    let source = fs::File::options().append(true).open(workspace().join("functions/cart/src/main.rs")).unwrap();
    let written = source.metadata().unwrap().modified().unwrap();
    let again = async {
        let mut saved: Option<Instant> = None;
        while watched.process("cart").is_none_or(|process| process == before) {
            // A first request may be answered before every folder is watched.
            if watched.process("cart").is_some() && saved.is_none_or(|saved| saved.elapsed() >= SAVED_EVERY) {
                source.set_modified(SystemTime::now()).unwrap();
                saved = Some(Instant::now());
            }
            sleep(Duration::from_millis(100)).await;
        }
    };
    let started = timeout(COMPILED_WITHIN, again).await;
    // Nobody else is to build anew what did not change.
    source.set_modified(written).unwrap();
    assert!(started.is_ok(), "the function was not started again:\n{}", watched.log());
    assert_eq!(watched.get("/cart").await, 200);
    watched.close().await;
}
