use anyhow::{Context, Result};
use fantoccini::{Client, Locator, wd::WebDriverCompatibleCommand};
use serde_json::json;
use std::{path::Path, process::Stdio, time::Duration};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

/// Whether the pages' scripts run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scripts {
    /// As in most browsers.
    On,
    /// Forms and links alone.
    Off,
}

/// How wide the window is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// 360 pixels.
    Phone,
    /// 768 pixels.
    Tablet,
    /// 1280 pixels.
    Desktop,
}

/// A person's browser, with a profile of its own.
pub struct Browser {
    /// The WebDriver session, for what has no method here.
    pub client: Client,
    _driver: Child,
    _profile: TempDir,
}

impl Browser {
    /// Opens a window on an empty profile.
    pub async fn open(scripts: Scripts, width: Width) -> Result<Self> {
        let mut driver = Command::new("chromedriver")
            .args(["--port=0", "--log-level=SEVERE"])
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("chromedriver is missing: run tests/setup.sh")?;
        let mut lines = BufReader::new(driver.stdout.take().context("no standard output")?).lines();
        let port = timeout(Duration::from_secs(20), async {
            while let Ok(Some(line)) = lines.next_line().await {
                if let Some((_, port)) = line.rsplit_once("successfully on port ") {
                    return Some(port.trim_end_matches('.').to_owned());
                }
            }
            None
        });
        let port = port.await.context("chromedriver did not start")?.context("chromedriver ended")?;
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let profile = TempDir::new()?;
        let client = connect(&port, profile.path(), scripts).await?;
        let browser = Self { client, _driver: driver, _profile: profile };
        browser.resizes(width).await?;
        Ok(browser)
    }

    /// Prefers dark pages from now on, or light ones.
    pub async fn prefers(&self, scheme: &str) -> Result<()> {
        let feature = json!({ "name": "prefers-color-scheme", "value": scheme });
        let emulated = DevTools("Emulation.setEmulatedMedia", json!({ "features": [feature] }));
        self.client.issue_cmd(emulated).await.map(|_| ()).context("no other colour scheme")
    }

    /// Makes the window as wide and high as that of a device.
    pub async fn resizes(&self, width: Width) -> Result<()> {
        let (wide, high) = match width {
            Width::Phone => (360, 780),
            Width::Tablet => (768, 1024),
            Width::Desktop => (1280, 800),
        };
        Ok(self.client.set_window_size(wide, high).await?)
    }

    /// Goes to an address.
    pub async fn visits(&self, address: &str) -> Result<()> {
        self.client.goto(address).await.with_context(|| format!("going to {address}"))
    }

    /// Clicks the first element that a CSS selector finds and that can be seen, and waits for the page that follows.
    pub async fn clicks(&self, css: &str) -> Result<()> {
        let page = || async { self.client.find(Locator::Css("html")).await };
        let before = page().await?.element_id();
        let mut shown = None;
        for element in self.client.find_all(Locator::Css(css)).await? {
            if element.is_displayed().await? {
                shown = Some(element);
                break;
            }
        }
        let Some(element) = shown else {
            anyhow::bail!("nothing to click for {css} on {}:\n{}", self.client.current_url().await?, self.text().await?);
        };
        element.click().await.with_context(|| format!("clicking {css}"))?;
        for _ in 0..200 {
            if page().await.is_ok_and(|after| after.element_id() != before) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        Ok(())
    }

    /// Presses the first element that a CSS selector finds, and stays on the page.
    pub async fn presses(&self, css: &str) -> Result<()> {
        let element = self.client.find(Locator::Css(css)).await.with_context(|| format!("nothing to press for {css}"))?;
        element.click().await.with_context(|| format!("pressing {css}"))
    }

    /// Whether a CSS selector finds anything.
    pub async fn has(&self, css: &str) -> Result<bool> {
        Ok(!self.client.find_all(Locator::Css(css)).await?.is_empty())
    }

    /// A picture of the whole page, PNG.
    pub async fn picture(&self) -> Result<Vec<u8>> {
        let height = self.client.execute("return document.documentElement.scrollHeight", vec![]).await?;
        let (width, _) = self.client.get_window_size().await?;
        let height = u32::try_from(height.as_u64().unwrap_or(900)).unwrap_or(900);
        self.client.set_window_size(u32::try_from(width)?, height.clamp(600, 6000) + 140).await?;
        Ok(self.client.screenshot().await?)
    }

    /// Types into the field of this name, in place of what is there.
    pub async fn types(&self, name: &str, text: &str) -> Result<()> {
        let css = format!("main [name={name}]:not([type=hidden])");
        let field = self.client.find(Locator::Css(&css)).await.with_context(|| format!("no field {name}"))?;
        field.clear().await?;
        Ok(field.send_keys(text).await?)
    }

    /// Chooses an option by its value from the list of this name.
    pub async fn chooses(&self, name: &str, value: &str) -> Result<()> {
        let css = format!("main select[name={name}]");
        let list = self.client.find(Locator::Css(&css)).await.with_context(|| format!("no list {name}"))?;
        Ok(list.select_by_value(value).await?)
    }

    /// What the page says, as a reader sees it.
    pub async fn text(&self) -> Result<String> {
        Ok(self.client.find(Locator::Css("body")).await?.text().await?)
    }

    /// The page's address without the host.
    pub async fn path(&self) -> Result<String> {
        Ok(self.client.current_url().await?.path().to_owned())
    }

    /// Fails, with the page's text, unless it says this within ten seconds.
    pub async fn sees(&self, words: &str) -> Result<()> {
        let mut text = String::new();
        for _ in 0..100 {
            text = self.text().await.unwrap_or_default();
            if text.contains(words) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        anyhow::bail!("{} does not say {words:?}:\n{text}", self.client.current_url().await?)
    }

    /// Ends the browser.
    pub async fn closes(self) -> Result<()> {
        Ok(self.client.close().await?)
    }
}

/// A command of Chromium's own protocol, through its driver.
#[derive(Debug)]
struct DevTools(&'static str, serde_json::Value);

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(json!({ "cmd": self.0, "params": self.1 }).to_string()))
    }
}

async fn connect(port: &str, profile: &Path, scripts: Scripts) -> Result<Client> {
    let mut arguments: Vec<String> = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
    ]
    .map(str::to_owned)
    .into();
    arguments.push(format!("--user-data-dir={}", profile.display()));
    let javascript = if scripts == Scripts::On { 1 } else { 2 };
    let capabilities = json!({
        "goog:chromeOptions": {
            "args": arguments,
            "prefs": { "profile.managed_default_content_settings.javascript": javascript },
        }
    });
    let capabilities = capabilities.as_object().cloned().unwrap_or_default();
    let connector = hyper_util::client::legacy::connect::HttpConnector::new();
    Client::with_capabilities_and_connector(&format!("http://127.0.0.1:{port}"), &capabilities, connector)
        .await
        .context("no browser session")
}
