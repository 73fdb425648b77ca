//! The first start: stopped at any moment it is continued by the next one, and the admin gets in.

use anyhow::{Context, Result, ensure};
use browser::{PASSWORD, Program, Shop, command, sets_password};
use serde_json::json;
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::{Output, Stdio},
    time::Duration,
};
use tempfile::TempDir;
use tokio::{io::AsyncReadExt, time::sleep};

/// Starts the shop and ends it after so long, wherever it is then.
async fn is_killed_after(millis: u64, data: &Path) -> Result<()> {
    let mut start = command().await?;
    start.args(["--port", "0", "--data"]).arg(data).stdout(Stdio::null()).stderr(Stdio::null());
    let mut process = start.spawn()?;
    sleep(Duration::from_millis(millis)).await;
    Ok(process.kill().await?)
}

async fn runs(arguments: &[&str], data: &Path) -> Result<String> {
    let output = command().await?.args(arguments).arg("--data").arg(data).output().await?;
    ensure!(output.status.success(), "{arguments:?}: {}", text(&output));
    Ok(text(&output))
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The status of an attempt to sign in.
async fn signs_in(shop: &str, email: &str, password: &str) -> Result<u16> {
    let answer = Program::new(shop).post("/auth/sign-in", &json!({ "email": email, "password": password })).await?;
    Ok(answer.status)
}

/// Whether the whole demonstration shop is there, once, and its admin gets in.
async fn is_whole(shop: &Shop<Option<(String, String)>>) -> Result<()> {
    let at = |path: &str| format!("{}{path}", shop.address);
    let file = shop.data().join("whole.csv");
    runs(&["export", &file.to_string_lossy()], shop.data()).await?;
    let export = std::fs::read_to_string(&file)?;
    let handles: Vec<&str> = export.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
    let different: BTreeSet<&str> = handles.iter().copied().filter(|handle| !handle.is_empty()).collect();
    let listed = browser::get(&at("/products/")).await?.1;
    ensure!(listed.contains("of 58"), "58 products are listed: {listed}");
    let sitemap = browser::get(&at("/sitemap.xml")).await?.1;
    let pages: Vec<&str> = sitemap.split("<loc>").skip(1).filter_map(|rest| rest.split("</loc>").next()).collect();
    ensure!(pages.iter().collect::<BTreeSet<_>>().len() == pages.len() && pages.len() > 58, "each page once: {pages:?}");
    for page in pages.iter().filter(|page| page.contains("/products/")) {
        let (status, html) = browser::get(page).await?;
        ensure!(status == 200, "{page} is {status}: {html}");
    }
    for handle in different.iter().filter(|handle| handle.chars().all(|c| c.is_ascii_lowercase() || c == '-')) {
        let answer = browser::fetch(&at(&format!("/products/{handle}/")), &[]).await?;
        ensure!(answer.status != 200 || answer.header("content-type").contains("html"), "{handle}: {:?}", answer.headers);
    }
    let picture = browser::fetch(&at("/media/demo/hero.svg"), &[]).await?;
    ensure!((picture.status, picture.header("content-type")) == (200, "image/svg+xml"), "{:?}", picture.headers);
    let (email, link) = shop.admin.clone().context("no link for the password")?;
    sets_password(&link, PASSWORD).await?;
    ensure!(signs_in(&shop.address, &email, PASSWORD).await? == 200, "signing in with the new password");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_start_that_is_killed_again_and_again_is_continued_by_the_next() -> Result<()> {
    let data = TempDir::new()?;
    for millis in [0, 20, 50, 100, 150, 200, 300, 400, 600, 800, 1200, 1600, 2000, 2500, 3000] {
        is_killed_after(millis, data.path()).await?;
    }
    let shop = Shop::open_again(data).await?;
    is_whole(&shop).await?;
    shop.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_start_that_is_killed_at_any_moment_is_continued_by_the_next() -> Result<()> {
    for millis in [15, 35, 45, 55, 65, 80, 120, 300, 700, 1500] {
        let data = TempDir::new()?;
        is_killed_after(millis, data.path()).await?;
        let shop = Shop::open_again(data).await.with_context(|| format!("after a kill at {millis} ms"))?;
        is_whole(&shop).await.with_context(|| format!("after a kill at {millis} ms"))?;
        shop.close().await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_start_prints_a_link_for_the_password_until_the_admin_has_signed_in() -> Result<()> {
    let shop = Shop::open_again(TempDir::new()?).await?;
    let (email, first) = shop.admin.clone().context("a link")?;
    let data = shop.killed().await?;
    let shop = Shop::open_again(data).await?;
    let (_, second) = shop.admin.clone().context("another link")?;
    ensure!(first != second && email == "admin@shop.example", "{first} and {second}");
    // The shop is at another port now.
    let token = |link: &str| link.rsplit('=').next().unwrap_or_default().to_owned();
    let first = format!("{}/auth/reset?token={}", shop.address, token(&first));
    let page = browser::get(&first).await?;
    ensure!(page.0 == 200 && page.1.contains("Choose a new password"), "{}: {}", page.0, page.1);
    sets_password(&first, PASSWORD).await?;
    for used in [&first, &second] {
        let (status, page) = browser::get(used).await?;
        ensure!(status == 410 && page.contains("This link does not work any more"), "{used} is {status}: {page}");
        ensure!(sets_password(used, "somebody else's password").await.is_err(), "{used} works again");
    }
    ensure!(signs_in(&shop.address, &email, "somebody else's password").await? == 422, "the first one's password stays");
    // Nobody has signed in: a start prints a third one, and the sign-in ends it.
    let shop = Shop::open_again(shop.stops().await?).await?;
    let (_, third) = shop.admin.clone().context("a third link")?;
    ensure!(browser::get(&third).await?.0 == 200, "the third link works");
    ensure!(signs_in(&shop.address, &email, PASSWORD).await? == 200, "the first one's password");
    let (status, page) = browser::get(&third).await?;
    ensure!(status == 410 && page.contains("This link does not work any more"), "the third is {status}: {page}");
    ensure!(sets_password(&third, "somebody else's password").await.is_err(), "the third works after a sign-in");
    ensure!(signs_in(&shop.address, &email, PASSWORD).await? == 200, "the first one's password stays");
    let shop = Shop::open_again(shop.stops().await?).await?;
    ensure!(shop.admin.is_none() && !shop.said().contains("token="), "no link any more: {}", shop.said());
    shop.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn admin_password_makes_another_link_while_the_shop_runs_and_while_it_is_stopped() -> Result<()> {
    const OTHER: &str = "three chairs and a sofa, green";
    let shop = Shop::open().await?;
    let email = shop.admin.0.clone();
    let said = runs(&["admin", "password", &email], shop.data()).await?;
    let link = said.split_whitespace().find(|word| word.contains("token=")).context(said.clone())?.to_owned();
    ensure!(link.starts_with(&shop.address), "{link} is of the shop that runs at {}", shop.address);
    sets_password(&link, OTHER).await?;
    ensure!(signs_in(&shop.address, &email, PASSWORD).await? == 422, "the old password works");
    ensure!(signs_in(&shop.address, &email, OTHER).await? == 200, "the new password does not work");
    let data = shop.stops().await?;
    let said = runs(&["admin", "password", &email, "--base-url", "http://127.0.0.1:1234/"], data.path()).await?;
    let link = said.split_whitespace().find(|word| word.contains("token=")).context(said.clone())?.to_owned();
    let shop = Shop::open_again(data).await?;
    sets_password(&link.replace("http://127.0.0.1:1234/auth", &format!("{}/auth", shop.address)), PASSWORD).await?;
    ensure!(signs_in(&shop.address, &email, PASSWORD).await? == 200, "the newest password");
    let sign_up = json!({ "name": "Ada Example", "email": "ada@example.com", "password": OTHER });
    Program::new(&shop.address).post("/auth/sign-up", &sign_up).await?;
    for (who, words) in [("nobody@shop.example", "nobody@shop.example has no account"), ("ada@example.com", "is a customer")] {
        let refused = command().await?.args(["admin", "password", who, "--data"]).arg(shop.data()).output().await?;
        ensure!(!refused.status.success() && text(&refused).contains(words), "{}", text(&refused));
    }
    shop.close().await
}

/// All files below a folder.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else if path.is_file() {
            found.push(path);
        }
    }
    Ok(found)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_link_is_on_the_terminal_alone_and_in_no_file_or_log() -> Result<()> {
    let data = TempDir::new()?;
    let mut start = command().await?;
    start.env("RUST_LOG", "debug").args(["--port", "0", "--data"]).arg(data.path());
    let mut process = start.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true).spawn()?;
    let (mut out, mut log) = (process.stdout.take().context("output")?, process.stderr.take().context("errors")?);
    let reading = tokio::spawn(async move {
        let mut text = String::new();
        log.read_to_string(&mut text).await.map(|_| text)
    });
    let mut said = String::new();
    while !said.contains("Ready") {
        let mut part = vec![0; 4096];
        let length = out.read(&mut part).await?;
        ensure!(length > 0, "ended: {said}");
        said.push_str(&String::from_utf8_lossy(&part[..length]));
    }
    let link = said.split_whitespace().find(|word| word.contains("token=")).context(said.clone())?.to_owned();
    sets_password(&link, PASSWORD).await?;
    process.kill().await?;
    let log = reading.await??;
    let token = link.rsplit('=').next().unwrap_or_default();
    ensure!(token.len() >= 32 && !log.contains(token), "the log has it: {:?}", log.lines().find(|line| line.contains(token)));
    for file in files(data.path())? {
        let content = std::fs::read(&file)?;
        ensure!(!content.windows(token.len()).any(|part| part == token.as_bytes()), "{} has it", file.display());
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_shops_that_start_at_once_in_one_folder_one_runs_and_the_other_says_so() -> Result<()> {
    let data = TempDir::new()?;
    let mut second = command().await?;
    second.args(["--port", "0", "--data"]).arg(data.path()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let path = data.path().to_path_buf();
    let second = second.spawn()?;
    let mut first = command().await?;
    let mut first = first.args(["--port", "0", "--data"]).arg(&path).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    sleep(Duration::from_secs(1)).await;
    // Whichever was later has ended by now.
    let (ended, mut running) = if first.try_wait()?.is_some() { (first, second) } else { (second, first) };
    let ended = ended.wait_with_output().await?;
    ensure!(!ended.status.success(), "{}", text(&ended));
    ensure!(text(&ended).contains("is running in this data folder already"), "{}", text(&ended));
    ensure!(text(&ended).trim().lines().count() == 1, "{}", text(&ended));
    ensure!(running.try_wait()?.is_none(), "the other one runs");
    // A command of this moment waits until the shop can take it.
    let made = runs(&["admin", "create", "staff@shop.example"], &path).await?;
    ensure!(made.contains("token="), "{made}");
    running.kill().await?;
    let shop = Shop::open_again(data).await?;
    is_whole(&shop).await?;
    shop.close().await
}
