use crate::http::post;
use anyhow::{Context, Result, bail, ensure};
use serde_json::json;
use std::{
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    sync::OnceCell,
    time::timeout,
};

/// The whole shop as a process of its own, with its data in a folder that goes when it is dropped.
pub struct Shop<Admin = (String, String)> {
    /// `http://127.0.0.1:PORT`, no slash at the end.
    pub address: String,
    /// The admin's e-mail address and password; of a shop that was opened again, what it prints of them: the address, and the
    /// link that sets the password.
    pub admin: Admin,
    /// From the start of the process to its readiness.
    pub started_in: Duration,
    process: Child,
    data: TempDir,
    said: Arc<Mutex<String>>,
}

/// The password that tests give the admin.
pub const PASSWORD: &str = "a lamp, two chairs and a table";

impl Shop {
    /// Starts the shop with its demonstration catalogue, waits until it serves, and sets the admin's password by the link.
    pub async fn open() -> Result<Self> {
        Self::with_password(Shop::open_again(TempDir::new()?).await?).await
    }

    /// [`Shop::open`] with a DynamoDB that is elsewhere.
    pub async fn open_at(dynamodb: &str) -> Result<Self> {
        let mut command = command().await?;
        command.envs([
            ("AWS_ENDPOINT_URL_DYNAMODB", dynamodb),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
        ]);
        Self::with_password(Shop::start(command, TempDir::new()?, &[]).await?).await
    }

    async fn with_password(shop: Shop<Option<(String, String)>>) -> Result<Self> {
        let Shop { address, admin, started_in, process, data, said } = shop;
        let (email, link) = admin.context("no admin e-mail and link printed")?;
        sets_password(&link, PASSWORD).await?;
        Ok(Self { address, admin: (email, PASSWORD.to_owned()), started_in, process, data, said })
    }
}

/// Opens a printed link, and chooses a password there.
pub async fn sets_password(link: &str, password: &str) -> Result<()> {
    let (page, token) = link.split_once("?token=").context("no link for a password")?;
    let answer = post(page, &[], &json!({ "token": token, "password": password })).await?;
    ensure!(answer.status == 303, "{link} answers {}: {}", answer.status, answer.text());
    Ok(())
}

impl Shop<Option<(String, String)>> {
    /// Starts the shop on a folder that may have data.
    pub async fn open_again(data: TempDir) -> Result<Self> {
        Self::open_with(data, &[]).await
    }

    /// [`Shop::open_again`] with more arguments.
    pub async fn open_with(data: TempDir, arguments: &[&str]) -> Result<Self> {
        Self::start(command().await?, data, arguments).await
    }

    async fn start(mut command: Command, data: TempDir, arguments: &[&str]) -> Result<Self> {
        let started = Instant::now();
        let mut process = command
            .args(if arguments.contains(&"--port") { &[][..] } else { &["--port", "0"] })
            .arg("--data")
            .arg(data.path())
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let said = Arc::<Mutex<String>>::default();
        let mut lines = BufReader::new(process.stdout.take().context("no standard output")?).lines();
        let mut errors = BufReader::new(process.stderr.take().context("no standard error")?).lines();
        let kept = said.clone();
        tokio::spawn(async move {
            while let Ok(Some(line)) = errors.next_line().await {
                eprintln!("{line}");
                keep(&kept, &line);
            }
        });
        let (mut address, mut email, mut password) = (None, None, None);
        let ready = async {
            while let Some(line) = lines.next_line().await? {
                keep(&said, &line);
                let mut words = line.split_whitespace();
                let place = match words.next() {
                    Some("Shop") => &mut address,
                    Some("E-mail") => &mut email,
                    Some("Password") => &mut password,
                    Some("Ready") => return Ok(()),
                    _ => continue,
                };
                *place = words.next().map(|word| word.trim_end_matches('/').to_owned());
            }
            bail!("the shop ended before it was ready: {}", said.lock().unwrap_or_else(PoisonError::into_inner))
        };
        timeout(Duration::from_mins(1), ready).await.context("the shop was not ready within a minute")??;
        let started_in = started.elapsed();
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { address: address.context("no address printed")?, admin: email.zip(password), started_in, process, data, said })
    }
}

fn keep(said: &Mutex<String>, line: &str) {
    let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
    said.push_str(line);
    said.push('\n');
}

impl<Admin> Shop<Admin> {
    /// What it has said: all until it was ready, then what went wrong.
    pub fn said(&self) -> String {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Its process.
    pub fn process_id(&self) -> Option<u32> {
        self.process.id()
    }

    /// Its data.
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// Where the shop writes the mail it would send.
    pub fn outbox(&self) -> PathBuf {
        self.data.path().join("outbox")
    }

    /// The path in the newest mail to this address that leads below another: `/auth/verify?token=..`.
    pub async fn mailed(&self, email: &str, below: &str) -> Result<String> {
        for _ in 0..100 {
            let mut mails: Vec<PathBuf> = std::fs::read_dir(self.outbox())?.filter_map(Result::ok).map(|m| m.path()).collect();
            mails.sort_by_key(|mail| std::fs::metadata(mail).and_then(|facts| facts.modified()).ok());
            let texts = mails.iter().rev().filter_map(|mail| std::fs::read_to_string(mail).ok());
            // Quoted-printable.
            let texts = texts.map(|text| text.replace("=\r\n", "").replace("=\n", "").replace("=3D", "="));
            let links = texts.filter(|text| text.contains(email)).filter_map(|text| {
                let (_, rest) = text.split_once(&format!("{}{below}", self.address))?;
                Some(format!("{below}{}", rest.split_whitespace().next().unwrap_or_default()))
            });
            if let Some(link) = links.into_iter().next() {
                return Ok(link);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        bail!("no mail to {email} leads below {below}")
    }

    /// Stops it as Ctrl-C does, and waits until it has ended.
    pub async fn close(self) -> Result<()> {
        self.stops().await.map(|_| ())
    }

    /// Ends it at once, as a crash does, and hands its data over.
    pub async fn killed(mut self) -> Result<TempDir> {
        self.process.kill().await?;
        Ok(self.data)
    }

    /// Stops it and hands its data over.
    pub async fn stops(mut self) -> Result<TempDir> {
        if let Some(id) = self.process.id() {
            Command::new("kill").args(["-INT", &id.to_string()]).status().await?;
        }
        let status = timeout(Duration::from_secs(20), self.process.wait()).await.context("the shop did not stop")??;
        if status.success() { Ok(self.data) } else { bail!("the shop stopped with {status}") }
    }
}

/// The `shop` command, without the settings of who runs the tests.
pub async fn command() -> Result<Command> {
    // Looking whether it is built takes as long as starting it.
    static BUILT: OnceCell<Vec<PathBuf>> = OnceCell::const_new();
    let built = BUILT.get_or_try_init(|| binaries(&["shop"])).await?;
    let mut command = Command::new(built.first().context("one binary")?);
    for name in
        ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_S3", "PORT", "BASE_URL", "SHOP_DATA", "TABLE_NAME"]
    {
        command.env_remove(name);
    }
    Ok(command)
}

/// Binaries as the working tree has them now. Little is left to build when all tests were built together.
pub async fn binaries(names: &[&str]) -> Result<Vec<PathBuf>> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let profile: &[&str] = if cfg!(debug_assertions) { &[] } else { &["--release"] };
    let status = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--workspace"])
        .args(names.iter().flat_map(|name| ["--bin", name]))
        .args(profile)
        .current_dir(workspace)
        .status()
        .await?;
    if !status.success() {
        bail!("{} does not build", names.join(", "));
    }
    let own = std::env::current_exe()?;
    let found = |name: &&str| own.ancestors().map(|folder| folder.join(name)).find(|path| path.is_file());
    let found: Option<Vec<PathBuf>> = names.iter().map(found).collect();
    found.context("binaries were not built where this is built")
}
