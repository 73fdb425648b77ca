//! Damaged data: it is noticed at the start, said in one line with what to do, and mended where only pages are missing.

use anyhow::{Context, Result, ensure};
use browser::{PASSWORD, Program, Shop, command};
use serde_json::json;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Output,
    time::Duration,
};
use tempfile::TempDir;
use tokio::time::timeout;

const LAMP: &str = "/products/tallow-table-lamp/";
const REMEDY: &str = "back from a backup, or move it away, and the next start makes a new shop";

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A start and a command are refused, each in one line with these words.
async fn is_refused(data: &Path, words: &[&str]) -> Result<()> {
    for arguments in [&["--port", "0"][..], &["export"]] {
        let mut start = command().await?;
        let output = start.args(arguments).arg("--data").arg(data).kill_on_drop(true).output();
        // One that is not refused runs until it is stopped.
        let output = timeout(Duration::from_mins(1), output).await.context("it was not refused within a minute")??;
        let said = text(&output);
        ensure!(output.status.code() == Some(1), "{arguments:?} ends with {}: {said}", output.status);
        ensure!(said.trim().lines().count() == 1 && !said.contains("panicked"), "{arguments:?}: {said}");
        ensure!(words.iter().all(|words| said.contains(words)), "{arguments:?}: {words:?} are not in {said}");
    }
    Ok(())
}

async fn shows(address: &str, words: &str) -> Result<()> {
    let (status, page) = browser::get(address).await?;
    ensure!(status == 200 && page.contains(words), "{address} is {status} and does not say {words:?}: {page}");
    Ok(())
}

/// A shop that has run and was stopped.
async fn data() -> Result<TempDir> {
    Shop::open().await?.stops().await
}

fn database(data: &TempDir) -> PathBuf {
    data.path().join("dynamodb.sqlite")
}

/// Changes a price, the owner's way: by an import.
async fn sells_the_lamp_for(price: &str, data: &Path) -> Result<()> {
    let file = data.join("all.csv");
    for (arguments, change) in [(["export"], true), (["import"], false)] {
        let output = command().await?.args(arguments).arg(&file).arg("--data").arg(data).output().await?;
        ensure!(output.status.success(), "{}", text(&output));
        if change {
            let all = fs::read_to_string(&file)?.replace("89.00", price);
            fs::write(&file, all)?;
        }
    }
    Ok(fs::remove_file(&file)?)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_was_deleted_is_published_again_with_a_line_that_says_so() -> Result<()> {
    let data = data().await?;
    fs::remove_dir_all(data.path().join("s3"))?;
    let shop = Shop::open_again(data).await?;
    ensure!(shop.said().contains("missing files have been published again"), "{}", shop.said());
    ensure!(!shop.said().contains("Pictures"), "the demonstration shop's pictures are had again: {}", shop.said());
    shows(&format!("{}/", shop.address), "<h1>").await?;
    shows(&format!("{}{LAMP}", shop.address), "Tallow Table Lamp").await?;
    for picture in ["/media/demo/hero.svg", "/media/placeholder.svg", "/api/openapi.json"] {
        ensure!(browser::get(&format!("{}{picture}", shop.address)).await?.0 == 200, "{picture}");
    }
    let again = Shop::open_again(shop.stops().await?).await?;
    ensure!(!again.said().contains("missing"), "said once: {}", again.said());
    again.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn single_files_of_the_site_that_are_gone_are_published_again_and_what_the_shop_took_away_is_not_missed() -> Result<()> {
    let shop = Shop::open().await?;
    let csv = shop.data().join("cap.csv");
    let header = "Handle,Title,Published,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price,Image Src";
    fs::write(&csv, format!("{header}\ncap,Felt Cap,TRUE,Title,Default Title,CAP,5,30.00,\n"))?;
    let output = command().await?.arg("import").arg(&csv).arg("--data").arg(shop.data()).output().await?;
    ensure!(output.status.success(), "{}", text(&output));
    let data = shop.stops().await?;
    let site = data.path().join("s3/shop-site");
    fs::remove_file(site.join("products/tallow-table-lamp/index.html"))?;
    fs::remove_file(site.join("404.html"))?;
    fs::remove_file(site.join("media/demo/hero.svg"))?;
    let shop = Shop::open_again(data).await?;
    ensure!(shop.said().contains("2 missing files have been published again"), "{}", shop.said());
    shows(&format!("{}{LAMP}", shop.address), "Tallow Table Lamp").await?;
    let (status, page) = browser::get(&format!("{}/nothing/", shop.address)).await?;
    ensure!(status == 404 && page.contains("<h1>"), "{status}: {page}");
    ensure!(browser::get(&format!("{}/media/demo/hero.svg", shop.address)).await?.0 == 200, "the picture");
    // What the shop itself takes away is not missed.
    let hidden = fs::read_to_string(shop.data().join("cap.csv"))?.replace("TRUE", "FALSE");
    fs::write(shop.data().join("cap.csv"), hidden)?;
    let output = command().await?.arg("import").arg(shop.data().join("cap.csv")).arg("--data").arg(shop.data()).output().await?;
    ensure!(output.status.success(), "{}", text(&output));
    for _ in 0..100 {
        if browser::get(&format!("{}/products/cap/", shop.address)).await?.0 == 404 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    ensure!(browser::get(&format!("{}/products/cap/", shop.address)).await?.0 == 404, "the page is gone");
    let again = Shop::open_again(shop.stops().await?).await?;
    ensure!(!again.said().contains("missing"), "{}", again.said());
    again.close().await
}

/// A shop that has run at a port of its own and was published there to the end, so that the next start there publishes nothing.
async fn settled() -> Result<(TempDir, String)> {
    let shop = Shop::open().await?;
    let port = shop.address.rsplit(':').next().unwrap_or_default().to_owned();
    let data = shop.stops().await?;
    let shop = Shop::open_with(data, &["--port", &port]).await?;
    ensure!(!shop.said().contains("Site "), "{}", shop.said());
    Ok((shop.stops().await?, port))
}

/// Waits until an address shows these words.
async fn comes_to_show(address: &str, words: &str) -> Result<()> {
    for _ in 0..100 {
        let (status, page) = browser::get(address).await?;
        if status == 200 && page.contains(words) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    shows(address, words).await
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_pages_are_published_again_at_the_start_with_a_line_that_counts_them_alone() -> Result<()> {
    let (data, port) = settled().await?;
    let page = data.path().join("s3/shop-site/products/tallow-table-lamp/index.html");
    let home = data.path().join("s3/shop-site/index.html");
    fs::OpenOptions::new().write(true).open(&page)?.set_len(0)?;
    fs::OpenOptions::new().write(true).open(&home)?.set_len(100)?;
    let style = fs::read_dir(data.path().join("s3/shop-site/assets"))?.find_map(Result::ok).context("a file")?.path();
    let mut garbage = fs::read(&style)?;
    garbage[0] ^= 1;
    fs::write(&style, garbage)?;
    fs::remove_file(data.path().join("s3/shop-site/404.html"))?;
    let shop = Shop::open_with(data, &["--port", &port]).await?;
    ensure!(shop.said().contains("1 missing and 3 damaged files have been published again"), "{}", shop.said());
    shows(&format!("{}{LAMP}", shop.address), "Tallow Table Lamp").await?;
    shows(&format!("{}/", shop.address), "<h1>").await?;
    let asset = style.file_name().context("a name")?.to_string_lossy().into_owned();
    ensure!(browser::get(&format!("{}/assets/{asset}", shop.address)).await?.0 == 200, "{asset}");
    let again = Shop::open_with(shop.stops().await?, &["--port", &port]).await?;
    ensure!(!again.said().contains("Site "), "said once: {}", again.said());
    again.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_was_missing_is_counted_also_where_it_is_the_home_page_and_all_is_published_anew() -> Result<()> {
    let data = data().await?;
    fs::remove_file(data.path().join("s3/shop-site/index.html"))?;
    // At another port each page is another.
    let shop = Shop::open_again(data).await?;
    ensure!(shop.said().contains("1 missing file has been published again"), "{}", shop.said());
    shop.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_damaged_while_the_shop_runs_is_soon_there_again_once_it_is_read_or_its_product_is_saved() -> Result<()> {
    let (data, port) = settled().await?;
    let shop = Shop::open_with(data, &["--port", &port]).await?;
    let page = shop.data().join("s3/shop-site/products/tallow-table-lamp/index.html");
    let lamp = format!("{}{LAMP}", shop.address);
    // As a disk does: nothing tells but the content.
    let modified = fs::metadata(&page)?.modified()?;
    let mut content = fs::read(&page)?;
    content[0] ^= 1;
    fs::write(&page, content)?;
    fs::OpenOptions::new().write(true).open(&page)?.set_modified(modified)?;
    let (status, _) = browser::get(&lamp).await?;
    ensure!(status == 200 || status == 503, "never what is damaged as if it was whole: {status}");
    comes_to_show(&lamp, "Tallow Table Lamp").await?;
    fs::write(&page, "")?;
    sells_the_lamp_for("93.00", shop.data()).await?;
    comes_to_show(&lamp, "€93.00").await?;
    fs::write(shop.data().join("s3/shop-site/products/ash-wall-clock/index.html"), "")?;
    comes_to_show(&format!("{}/products/ash-wall-clock/", shop.address), "Ash Wall Clock").await?;
    shop.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn shoppers_see_whole_pages_while_the_site_is_published_and_after_kills_meanwhile() -> Result<()> {
    let mut data = data().await?;
    for moment in [0, 60, 150, 300, 600, 1000] {
        // Each at another port, where all pages are published anew behind the shoppers.
        let shop = Shop::open_again(data).await?;
        let sitemap = browser::get(&format!("{}/sitemap.xml", shop.address)).await?.1;
        let pages = sitemap.split("<loc>").skip(1).filter_map(|rest| rest.split("</loc>").next()).filter_map(|page| {
            let (_, path) = page.split_once("://")?.1.split_once('/')?;
            Some(format!("{}/{path}", shop.address))
        });
        let pages: Vec<String> = pages.collect();
        ensure!(pages.len() > 58, "{pages:?}");
        for page in &pages {
            let (status, html) = browser::get(page).await?;
            ensure!(status == 200 && html.contains("</html>"), "{moment} ms: {page} is {status}: {html}");
        }
        ensure!(!shop.said().contains("damaged") && !shop.said().contains("cannot be read"), "{}", shop.said());
        let shop = Shop::open_again(shop.stops().await?).await?;
        tokio::time::sleep(Duration::from_millis(moment)).await;
        data = shop.killed().await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_that_cannot_be_made_again_is_said_with_what_to_do() -> Result<()> {
    let data = data().await?;
    let seed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/local/seed/settings.json");
    let settings = fs::read_to_string(seed)?.replace("/media/demo/hero.svg", "/media/mine.svg");
    ensure!(settings.contains("/media/mine.svg"), "a picture of the shop's own: {settings}");
    let file = data.path().join("settings.json");
    fs::write(&file, settings)?;
    let output = command().await?.args(["publish", "--settings"]).arg(&file).arg("--data").arg(data.path()).output().await?;
    ensure!(output.status.success(), "{}", text(&output));
    fs::remove_dir_all(data.path().join("s3"))?;
    let shop = Shop::open_again(data).await?;
    ensure!(shop.said().contains("Pictures  missing: 1; put "), "{}", shop.said());
    ensure!(shop.said().contains("back from a backup, or import their products again"), "{}", shop.said());
    shows(&format!("{}{LAMP}", shop.address), "Tallow Table Lamp").await?;
    shop.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emptied_database_is_refused_and_one_from_a_backup_goes_on() -> Result<()> {
    let data = data().await?;
    let whole = fs::read(database(&data))?;
    fs::write(database(&data), "")?;
    is_refused(data.path(), &["dynamodb.sqlite is missing or empty", REMEDY]).await?;
    fs::remove_file(database(&data))?;
    is_refused(data.path(), &["dynamodb.sqlite is missing or empty", REMEDY]).await?;
    ensure!(fs::metadata(database(&data)).map_or(0, |facts| facts.len()) == 0, "no new shop was made");
    fs::write(database(&data), whole)?;
    let shop = Shop::open_again(data).await?;
    shows(&format!("{}{LAMP}", shop.address), "Tallow Table Lamp").await?;
    shop.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_database_is_refused_before_anybody_sees_the_shop() -> Result<()> {
    let data = data().await?;
    let whole = fs::read(database(&data))?;
    let middle = whole.len() / 2;
    let noise: Vec<u8> = (0..8192_u32).map(|i| i.wrapping_mul(2_654_435_761).to_be_bytes()[1]).collect();
    let mut random = whole.clone();
    random[middle..middle + noise.len()].copy_from_slice(&noise);
    let mut head = whole.clone();
    head[..100].copy_from_slice(&noise[..100]);
    // In the middle of an item's text, which SQLite takes as it is.
    let name = b"Tallow Table Lamp";
    let (mut item, mut no_text) = (whole.clone(), whole.clone());
    for place in 0..whole.len() - name.len() {
        if whole[place..].starts_with(name) {
            item[place + 3] = b'"';
            no_text[place + 3] = 0xff;
        }
    }
    ensure!(item != whole, "an item has the lamp's name");
    for (what, damaged) in [
        ("random bytes in the middle", &random[..]),
        ("another beginning", &head[..]),
        ("cut short", &whole[..middle]),
        ("cut short within a page", &whole[..middle + 1000]),
        ("an item", &item[..]),
        ("a byte of an item that is of no text", &no_text[..]),
    ] {
        fs::write(database(&data), damaged)?;
        is_refused(data.path(), &["dynamodb.sqlite is damaged", REMEDY]).await.context(what)?;
    }
    fs::write(database(&data), whole)?;
    let shop = Shop::open_again(data).await?;
    shows(&format!("{}{LAMP}", shop.address), "Tallow Table Lamp").await?;
    shop.close().await
}

/// Carries out SQL in a shop's database.
fn changes(data: &TempDir, sql: &str) -> Result<()> {
    Ok(rusqlite::Connection::open(database(data))?.execute_batch(sql)?)
}

#[tokio::test(flavor = "multi_thread")]
async fn items_and_tables_that_are_not_what_they_were_are_refused_with_the_file_and_the_remedy() -> Result<()> {
    let data = data().await?;
    let whole = fs::read(database(&data))?;
    let settings = "pk LIKE '%SETTINGS'";
    for (sql, words) in [
        (format!("UPDATE shop SET item_json = '{{}}' WHERE {settings}"), "an item in shop cannot be read"),
        // Its keys are there, and nothing else.
        (format!("UPDATE shop SET item_json = json_remove(item_json, '$.document') WHERE {settings}"), "SETTINGS"),
        ("UPDATE _stream_records SET new_image = '{' WHERE new_image IS NOT NULL".to_owned(), "a record of the stream"),
        ("DROP TABLE shop".to_owned(), "its table shop is missing"),
        ("DROP TABLE \"shop::gsi::gsi3\"".to_owned(), "its table shop::gsi::gsi3 is missing"),
        ("DROP TABLE _tables".to_owned(), "its table _tables is missing"),
        ("DELETE FROM _tables".to_owned(), "its list of tables does not have shop"),
    ] {
        changes(&data, &sql)?;
        is_refused(data.path(), &["dynamodb.sqlite is damaged: ", words, REMEDY]).await.with_context(|| sql)?;
        fs::write(database(&data), &whole)?;
    }
    let shop = Shop::open_again(data).await?;
    shows(&format!("{}{LAMP}", shop.address), "Tallow Table Lamp").await?;
    shop.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_where_the_shop_has_its_own_is_refused_by_its_path_with_what_to_do() -> Result<()> {
    let data = data().await?;
    for (name, is_folder) in [
        ("s3", true),
        ("outbox", true),
        ("lock", false),
        ("dynamodb.sqlite", false),
        ("secrets.json", false),
        ("stream.json", false),
    ] {
        let (path, aside) = (data.path().join(name), data.path().join("aside"));
        let is_there = path.exists();
        if is_there {
            fs::rename(&path, &aside)?;
        }
        if is_folder {
            fs::write(&path, "x")?;
        } else {
            fs::create_dir(&path)?;
        }
        let words = format!("{} is a {}", path.display(), if is_folder { "file" } else { "folder" });
        is_refused(data.path(), &[&words, "move it away, or put", "back from a backup"]).await?;
        if is_folder { fs::remove_file(&path) } else { fs::remove_dir(&path) }?;
        if is_there {
            fs::rename(&aside, &path)?;
        }
    }
    let shop = Shop::open_again(data).await?;
    shows(&format!("{}{LAMP}", shop.address), "Tallow Table Lamp").await?;
    shop.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_another_program_is_refused_and_left_as_it_is() -> Result<()> {
    let fresh = TempDir::new()?;
    changes(&fresh, "CREATE TABLE moz_places (id INTEGER PRIMARY KEY, url TEXT); INSERT INTO moz_places VALUES (1, 'x')")?;
    let other = fs::read(database(&fresh))?;
    is_refused(fresh.path(), &["dynamodb.sqlite is of another program", "name another folder for the shop with --data"]).await?;
    ensure!(fs::read(database(&fresh))? == other, "nothing was changed");
    let data = data().await?;
    fs::write(database(&data), &other)?;
    is_refused(data.path(), &["dynamodb.sqlite is of another program", REMEDY]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_that_need_a_shop_make_no_folder_where_there_is_none() -> Result<()> {
    let folder = TempDir::new()?;
    let (nothing, empty) = (folder.path().join("mistyped"), folder.path().join("empty"));
    fs::create_dir(&empty)?;
    let csv = folder.path().join("cap.csv");
    fs::write(&csv, "Handle,Title,Variant SKU,Variant Price\ncap,Felt Cap,CAP,30.00\n")?;
    let (csv, out) = (csv.to_string_lossy().into_owned(), folder.path().join("out").to_string_lossy().into_owned());
    for arguments in [
        &["admin", "password", "admin@shop.example"][..],
        &["admin", "create", "admin@shop.example"],
        &["export"],
        &["import", &csv],
        &["build", "--out", &out],
        &["migrate"],
        &["seed", "--products", "1"],
    ] {
        for data in [&nothing, &empty] {
            let output = command().await?.args(arguments).arg("--data").arg(data).output().await?;
            let said = text(&output);
            let words = format!("there is no shop in {}: name the shop's folder with --data", data.display());
            ensure!(output.status.code() == Some(1) && said.contains(&words), "{arguments:?}: {said}");
            ensure!(said.trim().lines().count() == 1, "{arguments:?}: {said}");
        }
    }
    ensure!(!nothing.exists() && fs::read_dir(&empty)?.next().is_none(), "nothing was made");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_alone_is_a_shop_whose_secrets_are_made_anew_with_a_line_that_says_so() -> Result<()> {
    let data = data().await?;
    for entry in fs::read_dir(data.path())?.collect::<Result<Vec<_>, _>>()? {
        let (path, name) = (entry.path(), entry.file_name());
        if path.is_dir() {
            fs::remove_dir_all(path)?;
        } else if name != "dynamodb.sqlite" {
            fs::remove_file(path)?;
        }
    }
    let shop = Shop::open_again(data).await?;
    ensure!(shop.said().contains("secrets.json was missing, so new secrets were made"), "{}", shop.said());
    shows(&format!("{}{LAMP}", shop.address), "Tallow Table Lamp").await?;
    shop.close().await
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn mail_that_cannot_be_written_keeps_no_page_back_and_comes_once_it_can() -> Result<()> {
    let shop = Shop::open().await?;
    let outbox = shop.outbox();
    let _ = fs::remove_dir_all(&outbox);
    // Nothing can be made at its end, and no command is in its way.
    std::os::unix::fs::symlink("/nothing/is/here", &outbox)?;
    let sign_up = json!({ "name": "Ada Example", "email": "ada@example.com", "password": PASSWORD });
    Program::new(&shop.address).post("/auth/sign-up", &sign_up).await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    sells_the_lamp_for("94.00", shop.data()).await?;
    comes_to_show(&format!("{}{LAMP}", shop.address), "€94.00").await?;
    fs::remove_file(&outbox)?;
    for _ in 0..100 {
        if outbox.is_dir() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    ensure!(shop.mailed("ada@example.com", "/auth/").await?.contains("token="), "the mail");
    shop.close().await
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn files_that_others_may_read_are_closed_at_the_next_start_also_in_a_closed_folder() -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let data = data().await?;
    let mode = |path: &Path| fs::metadata(path).map_or(0, |facts| facts.permissions().mode() & 0o777);
    let is_closed = |path: &Path| mode(path).trailing_zeros() >= 6;
    fs::set_permissions(data.path(), fs::Permissions::from_mode(0o700))?;
    let page = "s3/shop-site/products/tallow-table-lamp/index.html";
    let open =
        [("secrets.json", 0o644), ("dynamodb.sqlite", 0o644), (page, 0o644), ("s3/shop-site/products", 0o755), ("lock", 0o666)];
    for (name, open) in open {
        fs::set_permissions(data.path().join(name), fs::Permissions::from_mode(open))?;
    }
    let shop = Shop::open_again(data).await?;
    for name in ["dynamodb.sqlite-wal", "dynamodb.sqlite-shm", "secrets.json", "dynamodb.sqlite", "lock"] {
        ensure!(mode(&shop.data().join(name)) == 0o600, "{name} is {:o}", mode(&shop.data().join(name)));
    }
    // Deeper ones behind the shoppers.
    for _ in 0..100 {
        if open.iter().all(|(name, _)| is_closed(&shop.data().join(name))) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    for (name, _) in open {
        ensure!(is_closed(&shop.data().join(name)), "{name} is {:o}", mode(&shop.data().join(name)));
    }
    shop.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_older_than_the_site_has_its_pages_published_again() -> Result<()> {
    let data = data().await?;
    let backup = fs::read(database(&data))?;
    let shop = Shop::open_again(data).await?;
    let lamp = format!("{}{LAMP}", shop.address);
    shows(&lamp, "€89.00").await?;
    sells_the_lamp_for("91.00", shop.data()).await?;
    for _ in 0..100 {
        if browser::get(&lamp).await?.1.contains("€91.00") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    shows(&lamp, "€91.00").await?;
    let data = shop.stops().await?;
    fs::write(database(&data), backup)?;
    let shop = Shop::open_again(data).await?;
    ensure!(shop.said().contains("is newer than the database and is published again"), "{}", shop.said());
    shows(&format!("{}{LAMP}", shop.address), "€89.00").await?;
    shop.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn data_of_a_newer_version_is_refused_and_left_as_it_is() -> Result<()> {
    let data = data().await?;
    let mut newer = fs::read(database(&data))?;
    // The number that SQLite keeps for the program: https://www.sqlite.org/fileformat2.html#user_version_number
    newer[60..64].copy_from_slice(&999_u32.to_be_bytes());
    fs::write(database(&data), &newer)?;
    is_refused(data.path(), &["was written by a newer version of the shop", "start that version"]).await?;
    ensure!(fs::read(database(&data))? == newer, "nothing was changed");
    Ok(())
}

/// The status of the account's page for who has this cookie.
async fn account(visitor: &mut Program) -> Result<u16> {
    Ok(visitor.get("/account").await?.status)
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_secrets_are_refused_and_lost_ones_are_made_anew_with_a_line_that_says_what_comes_of_it() -> Result<()> {
    let shop = Shop::open().await?;
    let mut owner = Program::new(&shop.address);
    let signs_in = json!({ "email": shop.admin.0, "password": PASSWORD });
    ensure!(owner.post("/auth/sign-in", &signs_in).await?.status == 200, "signed in");
    ensure!(account(&mut owner).await? == 200, "signed in");
    let address = shop.address.clone();
    let data = shop.stops().await?;
    let (secrets, port) = (data.path().join("secrets.json"), address.rsplit(':').next().unwrap_or_default().to_owned());
    let whole = fs::read(&secrets)?;
    for damaged in ["", "{", r#"{"session_keys":"short:short","link_secret":"short","service_secret":"short"}"#] {
        fs::write(&secrets, damaged)?;
        is_refused(data.path(), &["secrets.json is damaged", "from a backup, or remove it", "has to sign in again"]).await?;
    }
    fs::write(&secrets, whole)?;
    let shop = Shop::open_with(data, &["--port", &port]).await?;
    ensure!(!shop.said().contains("secrets"), "{}", shop.said());
    ensure!(account(&mut owner).await? == 200, "still signed in");
    let data = shop.stops().await?;
    fs::remove_file(&secrets)?;
    let shop = Shop::open_with(data, &["--port", &port]).await?;
    ensure!(shop.said().contains("secrets.json was missing, so new secrets were made"), "{}", shop.said());
    ensure!(shop.said().contains("everybody has to sign in again"), "{}", shop.said());
    ensure!(Program::new(&shop.address).post("/auth/sign-in", &signs_in).await?.status == 200, "signing in again");
    shop.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn notes_of_the_shop_that_are_damaged_are_made_anew() -> Result<()> {
    let data = data().await?;
    for name in ["stream.json", "edition.json", "endpoints.json"] {
        fs::write(data.path().join(name), "{")?;
    }
    let shop = Shop::open_again(data).await?;
    sells_the_lamp_for("92.00", shop.data()).await?;
    for _ in 0..100 {
        if browser::get(&format!("{}{LAMP}", shop.address)).await?.1.contains("€92.00") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    shows(&format!("{}{LAMP}", shop.address), "€92.00").await?;
    shop.close().await
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_cannot_be_read_or_written_is_said_in_one_line() -> Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let data = data().await?;
    let folder = data.path().to_string_lossy().into_owned();
    let is_root = fs::metadata("/proc/self")?.uid() == 0;
    for (path, mode, words) in [
        (data.path().to_path_buf(), 0o500, folder.as_str()),
        (data.path().to_path_buf(), 0o000, folder.as_str()),
        (data.path().join("secrets.json"), 0o000, "cannot read"),
        (database(&data), 0o000, "dynamodb.sqlite"),
    ] {
        let before = fs::metadata(&path)?.permissions();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode))?;
        let mut start = command().await?;
        start.args(["--port", "0", "--data"]).arg(data.path());
        if is_root {
            // Nothing is closed to root: as somebody else, whose the folder is.
            for entry in fs::read_dir(data.path())?.filter_map(Result::ok) {
                std::os::unix::fs::chown(entry.path(), Some(65534), Some(65534))?;
            }
            std::os::unix::fs::chown(data.path(), Some(65534), Some(65534))?;
            start.uid(65534).gid(65534);
        }
        let output = start.output().await?;
        let said = text(&output);
        fs::set_permissions(&path, before)?;
        ensure!(output.status.code() == Some(1) && said.contains(words), "{} {mode:o}: {said}", path.display());
        ensure!(said.to_lowercase().contains("denied") || said.contains("unable to open"), "{} {mode:o}: {said}", path.display());
        ensure!(said.trim().lines().count() == 1, "{} {mode:o}: {said}", path.display());
    }
    Ok(())
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_first_start_on_a_full_disk_says_so_and_goes_on_once_there_is_room() -> Result<()> {
    let disk = TempDir::new()?;
    let shop = command().await?.as_std().get_program().to_owned();
    // A small disk of the test's own; 77 says that it may not have one.
    let script = r#"mount -t tmpfs -o size=$2 none "$0" || exit 77
        "$1" --port 0 --data "$0/shop" 2>&1; status=$?
        [ $status -eq 1 ] || exit $status
        mount -o remount,size=200m "$0" && exec "$1" --port 0 --data "$0/shop" 2>&1"#;
    for size in ["100k", "600k", "1500k", "3m"] {
        let mut start = tokio::process::Command::new("unshare");
        start.args(["--map-root-user", "--mount", "sh", "-c", script]).arg(disk.path()).arg(&shop).arg(size);
        start.env_remove("AWS_ENDPOINT_URL").stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        let mut started = start.kill_on_drop(true).spawn()?;
        let mut lines = tokio::io::BufReader::new(started.stdout.take().context("output")?);
        let mut said = String::new();
        while !said.contains("Ready") {
            if tokio::io::AsyncBufReadExt::read_line(&mut lines, &mut said).await? == 0 {
                break;
            }
        }
        let refused = !said.contains("Ready") && started.wait().await?.code() == Some(77);
        ensure!(!refused, "this test mounts a small disk, and may not: it needs unprivileged user namespaces");
        let first = said.lines().next().unwrap_or_default();
        ensure!(first.starts_with("shop: the disk of ") && first.ends_with(" is full"), "{size}: {said}");
        ensure!(said.contains("Ready") && said.contains("token="), "{size}: {said}");
        started.kill().await?;
    }
    Ok(())
}
