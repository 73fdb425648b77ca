use anyhow::{Context, Result, bail};
use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

/// The whole shop as a process of its own, with its data in a folder that goes when it is dropped.
pub struct Shop {
    /// `http://127.0.0.1:PORT`, no slash at the end.
    pub address: String,
    /// The admin's e-mail address and password, as printed at the first start.
    pub admin: (String, String),
    process: Child,
    data: TempDir,
}

impl Shop {
    /// Starts the shop with its demonstration catalogue and waits until it serves.
    pub async fn open() -> Result<Self> {
        let binary = build().await?;
        let data = TempDir::new()?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut process = Command::new(binary)
            .args(["--port", &port.to_string(), "--data"])
            .arg(data.path())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut lines = BufReader::new(process.stdout.take().context("no standard output")?).lines();
        let mut admin = (None, None);
        let started = async {
            while let Some(line) = lines.next_line().await? {
                let mut words = line.split_whitespace();
                match words.next() {
                    Some("E-mail") => admin.0 = words.next().map(str::to_owned),
                    Some("Password") => admin.1 = words.next().map(str::to_owned),
                    Some("Ready") => return Ok(()),
                    _ => {}
                }
            }
            bail!("the shop ended before it was ready")
        };
        timeout(Duration::from_secs(60), started).await.context("the shop was not ready within a minute")??;
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let admin = (admin.0.context("no admin e-mail printed")?, admin.1.context("no admin password printed")?);
        Ok(Self { address: format!("http://127.0.0.1:{port}"), admin, process, data })
    }

    /// Where the shop writes the mail it would send.
    pub fn outbox(&self) -> PathBuf {
        self.data.path().join("outbox")
    }

    /// Stops it as Ctrl-C does, and waits until it has ended.
    pub async fn close(mut self) -> Result<()> {
        if let Some(id) = self.process.id() {
            Command::new("kill").args(["-INT", &id.to_string()]).status().await?;
        }
        let status = timeout(Duration::from_secs(20), self.process.wait()).await.context("the shop did not stop")??;
        if status.success() { Ok(()) } else { bail!("the shop stopped with {status}") }
    }
}

/// The `shop` command as the working tree has it now. Nothing is left to build when all tests were built together.
async fn build() -> Result<PathBuf> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let status = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--workspace", "--bin", "shop"])
        .current_dir(workspace)
        .status()
        .await?;
    if !status.success() {
        bail!("the shop does not build");
    }
    let profile = std::env::current_exe()?;
    let profile = profile.ancestors().nth(2).context("no target folder")?;
    Ok(profile.join("shop"))
}
