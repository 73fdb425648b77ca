use crate::report::Figures;
use anyhow::{Context, Result, ensure};
use browser::{Shop, fetch};
use runtime::{Visitor, usage};
use std::{
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tempfile::TempDir;
use tokio::{
    process::{Child, Command},
    task::JoinSet,
    time::sleep,
};

pub(crate) const ABOUT: &str =
    "A product's page over connections that stay open, from the shop on one machine and from nginx, which serves
the same bytes from a file. CPU of the whole process for one request.";

const PAGE: &str = "/products/tallow-table-lamp/";
const CONNECTIONS: usize = 8;
const REQUESTS: usize = 2_500;
/// In turns, so that what else the machine does meets both.
const TURNS: usize = 4;

pub(crate) async fn measure(figures: &mut Figures) -> Result<()> {
    let shop = Shop::open().await?;
    let nginx = Nginx::start(&fetch(&format!("{}{PAGE}", shop.address), &[]).await?.body).await?;
    let (own, other) = (shop.process_id().context("the shop has ended")?, nginx.process.id().context("nginx has ended")?);
    let (mut ours, mut theirs) = (Duration::ZERO, Duration::ZERO);
    for _ in 0..TURNS {
        ours += look(own, &shop.address).await?;
        theirs += look(other, &nginx.address).await?;
    }
    let each = |cpu: Duration| cpu.as_secs_f64() * 1e6 / (TURNS * CONNECTIONS * REQUESTS) as f64;
    figures.add("the shop", &format!("{:.1} us", each(ours)), "");
    figures.add("nginx", &format!("{:.1} us", each(theirs)), "");
    figures.add("the shop beside nginx", &format!("{:.2}", each(ours) / each(theirs)), "1.3");
    shop.close().await
}

/// CPU that a process takes for many looks at the page.
async fn look(process: u32, address: &str) -> Result<Duration> {
    let before = usage(process)?.cpu;
    let mut looks = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let mut visitor = Visitor::new(address);
        looks.spawn(async move {
            for _ in 0..REQUESTS {
                let answer = visitor.get(PAGE).await?;
                ensure!(answer.status == 200, "{}", answer.status);
            }
            Ok(())
        });
    }
    while let Some(done) = looks.join_next().await {
        done??;
    }
    Ok(usage(process)?.cpu.saturating_sub(before))
}

/// nginx with one page, as one process.
struct Nginx {
    address: String,
    process: Child,
    _folder: TempDir,
}

impl Nginx {
    async fn start(page: &[u8]) -> Result<Self> {
        let folder = TempDir::new()?;
        let root = folder.path().display();
        let file = folder.path().join(PAGE.trim_matches('/'));
        std::fs::create_dir_all(&file)?;
        std::fs::write(file.join("index.html"), page)?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let temporary: String =
            ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(|of| format!("{of}_temp_path {root}/{of};")).concat();
        let settings = format!(
            "daemon off; master_process off; pid {root}/pid; error_log stderr; events {{}}
             http {{
                 access_log off; types {{ text/html html; }} keepalive_requests 1000000; sendfile on; tcp_nopush on; {temporary}
                 open_file_cache max=100;
                 server {{ listen 127.0.0.1:{port}; root {root}; }}
             }}"
        );
        let path = folder.path().join("nginx.conf");
        std::fs::write(&path, settings)?;
        let mut command = Command::new(installed()?);
        let process = command.arg("-e").arg("stderr").arg("-c").arg(&path).stdout(Stdio::null()).kill_on_drop(true).spawn()?;
        let address = format!("http://127.0.0.1:{port}");
        for _ in 0..100 {
            if fetch(&format!("{address}{PAGE}"), &[]).await.is_ok() {
                break;
            }
            sleep(Duration::from_millis(20)).await;
        }
        Ok(Self { address, process, _folder: folder })
    }
}

/// nginx; `tests/bench.sh` unpacks it where it is not installed.
fn installed() -> Result<PathBuf> {
    let unpacked = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/nginx/usr/sbin/nginx");
    let places = [unpacked, "/usr/sbin/nginx".into()];
    places.into_iter().find(|place| place.is_file()).context("nginx is missing: run tests/bench.sh")
}
