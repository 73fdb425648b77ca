//! The `shop` command itself: starting, stopping, importing, exporting, and what it says when something is wrong.

use anyhow::{Context, Result, ensure};
use browser::{Shop, command};
use serde_json::{Map, Value, json};
use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Output, Stdio},
    time::Duration,
};
use tempfile::TempDir;

const HEADER: &str = "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,Option2 Value,\
    Option3 Name,Option3 Value,Variant SKU,Variant Grams,Variant Inventory Qty,Variant Price,\
    Variant Compare At Price,Variant Taxable,Image Src,Image Position,Image Alt Text";

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

async fn runs(arguments: &[&str], data: &Path) -> Result<Output> {
    Ok(command().await?.args(arguments).arg("--data").arg(data).output().await?)
}

async fn sees(address: &str, words: &str) -> Result<()> {
    let mut page = String::new();
    for _ in 0..100 {
        page = browser::get(address).await?.1;
        if page.contains(words) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    anyhow::bail!("{address} does not say {words:?}:\n{page}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_keeps_everything_and_asks_nobody_again() -> Result<()> {
    let shop = Shop::open().await?;
    // Far above what it takes on a busy machine: it finds a start that waits for something.
    ensure!(shop.started_in < Duration::from_secs(30), "first start took {:?}", shop.started_in);
    let data = shop.stops().await?;
    let again = Shop::open_again(data).await?;
    sees(&format!("{}/products/tallow-table-lamp/", again.address), "Tallow Table Lamp").await?;
    again.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_whose_output_nobody_reads_goes_on() -> Result<()> {
    let folder = TempDir::new()?;
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port().to_string();
    let mut shop = command().await?;
    shop.args(["--port", &port, "--data"]).arg(folder.path()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    let mut shop = shop.spawn()?;
    drop(shop.stdout.take());
    let mut served = false;
    for _ in 0..600 {
        served = browser::get(&format!("http://127.0.0.1:{port}/")).await.is_ok_and(|(status, _)| status == 200);
        if served || shop.try_wait()?.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // What it says last comes after the home page is there.
    tokio::time::sleep(Duration::from_secs(1)).await;
    ensure!(served && shop.try_wait()?.is_none(), "the shop has ended");
    Ok(shop.kill().await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_at_the_start_is_said_in_one_line() -> Result<()> {
    let folder = TempDir::new()?;
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let port = taken.local_addr()?.port().to_string();
    let broken = folder.path().join("broken");
    std::fs::create_dir_all(&broken)?;
    std::fs::write(broken.join("dynamodb.sqlite"), vec![b'x'; 8192])?;
    let file = folder.path().join("file");
    std::fs::write(&file, "")?;
    for (arguments, data, words) in [
        (&["--port", &port][..], folder.path().join("a"), format!("port {port} is in use")),
        (&["--port", "0"], broken.clone(), "dynamodb.sqlite".to_owned()),
        (&["--port", "0"], file.join("below"), "cannot make the folder".to_owned()),
        (&["import", "nothing.csv"], folder.path().join("b"), "cannot open nothing.csv".to_owned()),
        (&["export"], broken, "dynamodb.sqlite".to_owned()),
    ] {
        let output = runs(arguments, &data).await?;
        let said = text(&output);
        ensure!(!output.status.success() && said.contains(&words), "{arguments:?}: {said}");
        ensure!(said.trim().lines().count() == 1 && !said.contains("panicked"), "{arguments:?}: {said}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_cannot_be_meant_are_refused_in_one_line_and_the_shop_stays_as_it_is() -> Result<()> {
    let shop = Shop::open().await?;
    let file = shop.data().join("settings.json");
    let settings: serde_json::Value = serde_json::from_str(include_str!("../../../infra/local/seed/settings.json"))?;
    for (name, value, why) in [
        ("currency", "JPY".into(), "has more decimals than the currency JPY"),
        ("currency", "USD".into(), "the currency stays EUR: 58 products have prices in it"),
        ("countries", serde_json::json!(["DE", "ZZ"]), "there is no country ZZ"),
        ("colour", "red".into(), "there is no setting “colour”"),
        ("name", "".into(), "holds no settings: “name” must not be empty"),
    ] {
        let mut changed = settings.clone();
        changed[name] = value;
        std::fs::write(&file, changed.to_string())?;
        let output = runs(&["publish", "--settings", &file.to_string_lossy()], shop.data()).await?;
        let said = text(&output);
        ensure!(!output.status.success() && said.contains(why) && said.trim().lines().count() == 1, "{name}: {said}");
    }
    let new = shop.data().join("new");
    for arguments in [vec!["publish", "--settings", &*file.to_string_lossy()], vec!["publish"]] {
        ensure!(!runs(&arguments, &new).await?.status.success() && !new.exists(), "{arguments:?} leaves no folder behind");
    }
    sees(&format!("{}/products/tallow-table-lamp/", shop.address), "€").await?;
    let output = runs(&["publish", "--base-url", "not a url"], shop.data()).await?;
    ensure!(!output.status.success() && text(&output).contains("--base-url"), "{}", text(&output));
    shop.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_name_the_address_at_which_the_shop_runs_whatever_was_published_meanwhile() -> Result<()> {
    let shop = Shop::open().await?;
    let link = format!("rel=\"canonical\" href=\"{}/products/tallow-table-lamp/\"", shop.address);
    let page = format!("{}/products/tallow-table-lamp/", shop.address);
    sees(&page, &link).await?;
    let output = runs(&["publish"], shop.data()).await?;
    ensure!(output.status.success(), "{}", text(&output));
    ensure!(browser::get(&page).await?.1.contains(&link), "published while it runs");
    let data = shop.stops().await?;
    let output = runs(&["publish", "--base-url", "https://elsewhere.example"], data.path()).await?;
    ensure!(output.status.success(), "{}", text(&output));
    let shop = Shop::open_again(data).await?;
    let page = format!("{}/products/tallow-table-lamp/", shop.address);
    sees(&page, &format!("rel=\"canonical\" href=\"{page}\"")).await?;
    shop.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_that_runs_is_not_started_twice_and_takes_commands() -> Result<()> {
    let shop = Shop::open().await?;
    let second = runs(&["--port", "0"], shop.data()).await?;
    ensure!(text(&second).contains("running in this data folder already"), "{}", text(&second));
    let made = runs(&["admin", "create", "staff@shop.example", "--role", "orders"], shop.data()).await?;
    ensure!(made.status.success() && text(&made).contains("/auth/reset?token="), "{}", text(&made));
    let again = runs(&["admin", "create", "staff@shop.example"], shop.data()).await?;
    ensure!(text(&again).contains("has an account already"), "{}", text(&again));
    shop.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_sdks_variables_set_other_services_are_used() -> Result<()> {
    let one = Shop::open_with(TempDir::new()?, ELSEWHERE).await?;
    let folder = TempDir::new()?;
    let output = command()
        .await?
        .args(["admin", "create", "other@shop.example", "--data"])
        .arg(folder.path())
        .envs(variables(one.data())?)
        .output()
        .await?;
    ensure!(output.status.success(), "{}", text(&output));
    ensure!(!folder.path().join("dynamodb.sqlite").exists(), "its own services were not started");
    let again = runs(&["admin", "create", "other@shop.example"], one.data()).await?;
    ensure!(text(&again).contains("has an account already"), "the account is in the other table: {}", text(&again));
    one.close().await
}

/// Functions that run elsewhere, though nobody is there.
const ELSEWHERE: &[&str] = &["--functions", "http://127.0.0.1:9"];

/// The SDK's variables that a shop has for functions that run elsewhere.
fn variables(data: &Path) -> Result<Vec<(String, String)>> {
    let text = std::fs::read_to_string(data.join("functions.env"))?;
    let all = text.lines().filter_map(|line| line.split_once('='));
    Ok(all.filter(|(name, _)| name.starts_with("AWS_")).map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

/// How many ports a process listens at.
#[cfg(target_os = "linux")]
fn ports(process: u32) -> Result<usize> {
    let open = std::fs::read_dir(format!("/proc/{process}/fd"))?.filter_map(|file| std::fs::read_link(file.ok()?.path()).ok());
    let open: Vec<String> = open.map(|link| link.to_string_lossy().into_owned()).collect();
    let mut listening = 0;
    for table in ["tcp", "tcp6"] {
        let rows = std::fs::read_to_string(format!("/proc/{process}/net/{table}")).unwrap_or_default();
        let rows = rows.lines().map(|row| row.split_whitespace().collect::<Vec<_>>());
        // The state "listening", and the socket's number.
        let rows = rows.filter(|row| row.get(3) == Some(&"0A"));
        listening += rows.filter(|row| row.get(9).is_some_and(|inode| open.contains(&format!("socket:[{inode}]")))).count();
    }
    Ok(listening)
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn table_and_bucket_have_no_port_unless_functions_run_elsewhere() -> Result<()> {
    let shop = Shop::open().await?;
    ensure!(ports(shop.process_id().context("a process")?)? == 1, "the shop's own port is the only one");
    ensure!(variables(shop.data())?.is_empty(), "functions elsewhere have nowhere to go");
    let data = shop.stops().await?;
    let shop = Shop::open_with(data, ELSEWHERE).await?;
    ensure!(ports(shop.process_id().context("a process")?)? == 3, "table and bucket have one each");
    let secrets: Vec<_> = variables(shop.data())?.into_iter().filter(|(name, _)| name == "AWS_SECRET_ACCESS_KEY").collect();
    let other = Shop::open_with(TempDir::new()?, ELSEWHERE).await?;
    ensure!(
        !secrets.is_empty() && secrets.iter().all(|own| variables(other.data()).is_ok_and(|all| !all.contains(own))),
        "own keys"
    );
    other.close().await?;
    shop.close().await
}

/// What in a folder others than its owner could open, by path and mode.
#[cfg(unix)]
fn open_to_others(path: &Path) -> Result<Vec<String>> {
    use std::os::unix::fs::PermissionsExt;
    // A file that a running shop has put into the place of another meanwhile is not there any more.
    let Ok(facts) = std::fs::symlink_metadata(path) else { return Ok(Vec::new()) };
    let mode = facts.permissions().mode() & 0o777;
    let mut found = Vec::new();
    if mode & 0o077 != 0 {
        found.push(format!("{} {mode:o}", path.display()));
    }
    if facts.is_dir() {
        for entry in std::fs::read_dir(path)? {
            found.extend(open_to_others(&entry?.path())?);
        }
    }
    Ok(found)
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn what_the_shop_keeps_is_its_owners_alone() -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let folder = Shop::open_again(TempDir::new()?).await?.stops().await?;
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755))?;
    std::fs::create_dir_all(folder.path().join("outbox"))?;
    std::fs::write(folder.path().join("outbox/of-before.eml"), "made by a shop of before")?;
    let shop = Shop::open_with(folder, ELSEWHERE).await?;
    let made = runs(&["admin", "create", "staff@shop.example"], shop.data()).await?;
    ensure!(made.status.success(), "{}", text(&made));
    for name in
        ["dynamodb.sqlite", "dynamodb.sqlite-wal", "dynamodb.sock", "s3.sock", "endpoints.json", "functions.env", "secrets.json"]
    {
        ensure!(shop.data().join(name).exists(), "{name}");
    }
    let found = open_to_others(shop.data())?;
    ensure!(found.is_empty(), "{found:#?}");
    let data = shop.stops().await?;
    let out = data.path().join("site");
    let built = runs(&["build", "--out", &out.to_string_lossy()], data.path()).await?;
    ensure!(built.status.success(), "{}", text(&built));
    let page = std::fs::metadata(out.join("index.html"))?.permissions().mode();
    std::fs::remove_dir_all(&out)?;
    let found = open_to_others(data.path())?;
    ensure!(found.is_empty() && page & 0o044 != 0, "a site is for others: {page:o}; {found:#?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_awkward_kind_of_row_is_taken_in_or_refused_with_its_line() -> Result<()> {
    let shop = Shop::open().await?;
    let file = shop.data().join("products.csv");
    let listener = TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let private = format!("http://{}/secret.png", listener.local_addr()?);
    let rows = [
        HEADER.to_owned(),
        // Lines 2 to 4: two variants, one row that is a picture alone, a body over two lines.
        "cap,Felt Cap,\"<p>Warm</p>\n<script>alert(1)</script>\",Hatter,Hats,\"wool, felt\",TRUE,\
         Size,S,,,,,CAP-S,80,5,30.00,35.00,true,,,"
            .to_owned(),
        "cap,,,,,,,,L,,,,,CAP-L,90,-2,32.00,10.00,true,,,".to_owned(),
        format!("cap,,,,,,,,,,,,,,,,,,,{private},1,A cap"),
        // A product without options, hidden, without a SKU.
        "plain-thing,Plain Thing,,,,gift,FALSE,Title,Default Title,,,,,,0,3,12,,false,,,".to_owned(),
        // Wrong: price, quantity, option without a value, title, SKU twice, cells missing, no handle.
        "bad-price,Bad Price,,,Hats,,true,Title,Default Title,,,,,BP,0,1,twelve,,true,,,".to_owned(),
        "bad-quantity,Bad Quantity,,,Hats,,true,Title,Default Title,,,,,BQ,0,1.5,12.00,,true,,,".to_owned(),
        "half,Half Good,,,Hats,,true,Size,S,,,,,HALF-S,0,1,12.00,,true,,,".to_owned(),
        "half,,,,,,,,M,,,,,HALF-M,0,1,1.999,,true,,,".to_owned(),
        "no-title,,,,Hats,,true,Title,Default Title,,,,,NT,0,1,12.00,,true,,,".to_owned(),
        "twice,Twice,,,Hats,,true,Size,S,,,,,TWICE,0,1,12.00,,true,,,".to_owned(),
        "twice,,,,,,,,M,,,,,twice,0,1,12.00,,true,,,".to_owned(),
        "taken,Taken SKU,,,Hats,,true,Title,Default Title,,,,,HOM-TLAMP-INK,0,1,12.00,,true,,,".to_owned(),
        "short,Short,,,Hats".to_owned(),
        ",No Handle,,,Hats,,true,Title,Default Title,,,,,NH,0,1,12.00,,true,,,".to_owned(),
        "Odd Handle!,\"Quoted, \"\"Thing\"\"\",,,Hats,,true,Title,Default Title,,,,,'00012 X/1,0,1,12.00,,true,\
         https://127.0.0.1:1/a.png,1,"
            .to_owned(),
    ];
    std::fs::write(&file, rows.join("\r\n"))?;
    let path = file.to_string_lossy().into_owned();
    let output = runs(&["import", &path], shop.data()).await?;
    let said = text(&output);
    ensure!(!output.status.success(), "some were refused: {said}");
    ensure!(said.contains("5 products added, 0 changed, 0 as they were, 6 refused"), "{said}");
    for (lines, words) in [
        ("4", "the quantity -2 becomes 0"),
        ("4", "the compare-at price is not above the price"),
        ("5, 17", "is on a private network; a placeholder stands for it"),
        ("7", "the price “twelve” is not an amount"),
        ("8", "the quantity “1.5” is not a whole number"),
        ("10", "the price “1.999” has more decimals"),
        ("11", "the title must not be empty"),
        ("13", "another variant has the SKU “twice” already: this one has TWICE-2"),
        ("14", "another product has the SKU HOM-TLAMP-INK already: this variant has HOM-TLAMP-INK-2"),
        ("15", "the row has 5 cells, the header 22"),
        ("16", "the row has no handle"),
        ("17", "the handle “Odd Handle!” becomes odd-handle"),
        ("17", "the SKU “00012 X/1” becomes 00012-X-1"),
    ] {
        let row = said.lines().find(|row| row.contains(words));
        ensure!(row.is_some_and(|row| row.contains(&format!(" {lines} "))), "{words:?} of {lines} is not in\n{said}");
    }
    ensure!(listener.accept().is_err(), "nobody asked the private address");
    let cap = format!("{}/products/cap/", shop.address);
    sees(&cap, "Felt Cap").await?;
    let page = browser::get(&cap).await?.1;
    ensure!(page.contains("placeholder.svg") && page.contains("€35.00") && !page.contains("alert(1)"), "{page}");
    ensure!(browser::get(&format!("{}/products/plain-thing/", shop.address)).await?.0 == 404, "hidden");
    ensure!(browser::get(&format!("{}/products/half/", shop.address)).await?.0 == 404, "nothing half-imported");
    let again = text(&runs(&["import", &path], shop.data()).await?);
    ensure!(again.contains("0 products added, 0 changed, 5 as they were, 6 refused"), "{again}");

    let exported = shop.data().join("all.csv").to_string_lossy().into_owned();
    let pictures = shop.data().join("pictures").to_string_lossy().into_owned();
    let output = runs(&["export", &exported, "--with-pictures", &pictures], shop.data()).await?;
    ensure!(output.status.success(), "{}", text(&output));
    ensure!(shop.data().join("pictures/media/demo/category-desk.svg").is_file(), "{}", text(&output));
    ensure!(text(&output).contains("2 pictures could not be fetched so far"), "{}", text(&output));
    let map = shop.data().join("map.csv").to_string_lossy().into_owned();
    std::fs::write(&map, "from,to\nhats,\n")?;
    let output = runs(&["import", &exported, "--map", &map], shop.data()).await?;
    let said = text(&output);
    ensure!(!output.status.success() && said.contains("map.csv line 2: “to” must not be empty"), "{said}");
    let output = text(&runs(&["import", &exported, "--with-pictures", &pictures], shop.data()).await?);
    ensure!(output.contains("0 products added, 0 changed, 63 as they were, 0 refused"), "{output}");
    ensure!(!output.contains("categories added"), "{output}");
    shop.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_are_no_export_are_refused_in_one_line() -> Result<()> {
    let folder = TempDir::new()?;
    let file = folder.path().join("x.csv");
    for (content, why) in [
        (&b""[..], "x.csv is empty: expected a CSV file"),
        (b"a,b\n1,2\n", "x.csv is no product file: its first line is “a,b”; expected names of columns such as “Handle”"),
        (&[0xff, 0xfe, 0x00, 0x01], "x.csv is no product file"),
        (b"\x89PNG\r\n\x1a\n", "x.csv is a PNG picture; expected a CSV file"),
        (b"Handle,Title\na,\x00\n", "x.csv has NUL bytes"),
        (b"Title,Price\nA,1\n", "x.csv has no column “Handle” or “URL handle”; it has “Title”, “Price”"),
    ] {
        std::fs::write(&file, content)?;
        let output = runs(&["import", &file.to_string_lossy()], folder.path()).await?;
        let said = text(&output);
        ensure!(!output.status.success() && said.contains(why), "{said}");
        ensure!(said.trim().lines().count() == 1, "{said}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_other_programs_are_taken_in_and_what_nobody_reads_is_reported() -> Result<()> {
    let shop = Shop::open().await?;
    let at = |name: &str| shop.data().join(name).to_string_lossy().into_owned();
    let (file, report) = (at("products.csv"), at("report.json"));
    let bytes = b"Handle;Title;Variant Price;Product Category;Variant Tax Code\r\n\
        m\xfctze;M\xfctze f\xfcr M\xe4dchen;9.00;Kleidung > M\xfctzen;401\r\n";
    let spreadsheet: Vec<u8> =
        "\u{feff}URL handle\tTitle\tPrice\tType\ncap\tCap\t8.00\tMützen\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (bytes, encoding, separator) in [(bytes.to_vec(), "windows-1252", ";"), (spreadsheet, "UTF-16LE", "\t")] {
        std::fs::write(&file, bytes)?;
        let output = runs(&["import", &file, "--report", &report], shop.data()).await?;
        let said = text(&output);
        ensure!(output.status.success() && said.contains("1 products added, 0 changed"), "{said}");
        ensure!(said.contains(&format!("it was read as {encoding}")), "{said}");
        let barcodes = said.lines().any(|line| line.starts_with("not read") && line.ends_with("column “Variant Tax Code”"));
        ensure!(barcodes == (encoding == "windows-1252"), "{said}");
        let report: serde_json::Value = serde_json::from_slice(&std::fs::read(&report)?)?;
        ensure!(report["encoding"] == encoding && report["separator"] == separator && report["added"] == 1, "{report}");
        ensure!(report["unread"]["Variant Tax Code"]["first_lines"] == serde_json::json!([2]) || !barcodes, "{report}");
    }
    // A file that is refused as a whole is in the report, too.
    std::fs::write(&file, "\u{89}PNG")?;
    ensure!(!runs(&["import", &file, "--report", &report], shop.data()).await?.status.success());
    let refusal: serde_json::Value = serde_json::from_slice(&std::fs::read(&report)?)?;
    ensure!(refusal["error"].as_str().is_some_and(|why| why.contains("is no product file")), "{refusal}");
    std::fs::write(&file, "Handle,Title,Variant Price\n")?;
    let said = text(&runs(&["import", &file], shop.data()).await?);
    ensure!(said.contains("The file has no products."), "{said}");
    // A report that cannot be written is no reason to import without one.
    std::fs::write(&file, "Handle,Title,Variant Price\nlate,Late,1.00\n")?;
    let unwritable = shop.data().to_string_lossy().into_owned();
    let said = text(&runs(&["import", &file, "--report", &unwritable], shop.data()).await?);
    ensure!(said.contains("cannot write") && !text(&runs(&["export"], shop.data()).await?).contains("late,Late"), "{said}");
    // The type is a category at the top, whatever has that name below another.
    for (category, words) in [("muetzen", "Mütze für Mädchen"), ("muetzen", "Kleidung"), ("muetzen-2", "Cap")] {
        sees(&format!("{}/categories/{category}/", shop.address), words).await?;
    }
    shop.close().await
}

/// Starts an import, and sends it a signal once a product of it is on the site.
async fn import_until(shop: &Shop, file: &str, seen: &str, signal: &str) -> Result<Output> {
    let mut import = command().await?;
    let import =
        import.args(["import", file, "--data"]).arg(shop.data()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let page = format!("{}/products/{seen}/", shop.address);
    // The turn of an import that was killed is free after some seconds.
    if sees(&page, "Thing").await.is_err() {
        sees(&page, "Thing").await?;
    }
    let process = import.id().context("it has ended already")?.to_string();
    ensure!(tokio::process::Command::new("kill").args([signal, &process]).status().await?.success());
    Ok(import.wait_with_output().await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_is_killed_or_stopped_goes_on_where_it_ended() -> Result<()> {
    const PRODUCTS: usize = 800;
    let shop = Shop::open().await?;
    let file = shop.data().join("products.csv").to_string_lossy().into_owned();
    let rows: Vec<String> = (0..PRODUCTS).map(|at| format!("thing-{at},Thing {at},THING-{at},7.00")).collect();
    std::fs::write(&file, format!("Handle,Title,Variant SKU,Variant Price\n{}\n", rows.join("\n")))?;
    let killed = import_until(&shop, &file, "thing-0", "-KILL").await?;
    ensure!(!killed.status.success() && killed.stdout.is_empty(), "{}", text(&killed));
    let at = {
        let exported = runs(&["export"], shop.data()).await?;
        text(&exported).lines().filter(|line| line.starts_with("thing-")).count()
    };
    ensure!(at > 0 && at < PRODUCTS, "{at} of the products are there");
    let stopped = import_until(&shop, &file, &format!("thing-{at}"), "-INT").await?;
    let said = text(&stopped);
    ensure!(!stopped.status.success() && said.contains(&format!("{at} as they were, 0 refused")), "{said}");
    ensure!(said.contains("An import into this shop has not ended"), "{said}");
    ensure!(said.contains("are still to be taken in. Run it again: it goes on there"), "{said}");
    let whole = text(&runs(&["import", &file], shop.data()).await?);
    let number =
        |words: &str| whole.split(words).next().and_then(|start| start.rsplit([' ', '\n']).next()?.parse::<usize>().ok());
    let (added, same) = (number(" products added").unwrap_or(0), number(" as they were").unwrap_or(0));
    ensure!(added > 0 && same > at && added + same == PRODUCTS, "{whole}");
    shop.close().await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the folder SHOPIFY_EXPORTS with Shopify's own examples, apparel.csv and home-and-garden.csv"]
async fn real_exports_are_taken_in_while_the_shop_runs() -> Result<()> {
    let folder = PathBuf::from(std::env::var_os("SHOPIFY_EXPORTS").context("SHOPIFY_EXPORTS is not set")?);
    let shop = Shop::open().await?;
    for name in ["apparel.csv", "home-and-garden.csv"] {
        let path = folder.join(name).to_string_lossy().into_owned();
        let output = runs(&["import", &path], shop.data()).await?;
        ensure!(output.status.success(), "{}", text(&output));
        ensure!(text(&output).contains("20 products added"), "{}", text(&output));
        let again = text(&runs(&["import", &path], shop.data()).await?);
        ensure!(again.contains("0 products added, 0 changed, 20 as they were, 0 refused"), "{again}");
    }
    sees(&format!("{}/products/ocean-blue-shirt/", shop.address), "Ocean Blue Shirt").await?;
    sees(&format!("{}/products/", shop.address), "of 98").await?;
    shop.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_site_is_built_into_a_folder_and_is_the_same_every_time() -> Result<()> {
    let shop = Shop::open().await?;
    let data = shop.stops().await?;
    let (one, two) = (data.path().join("one"), data.path().join("two"));
    for out in [&one, &two] {
        let output = runs(&["build", "--out", &out.to_string_lossy()], data.path()).await?;
        ensure!(output.status.success(), "{}", text(&output));
    }
    for file in ["index.html", "404.html", "sitemap.xml", "products/tallow-table-lamp/index.html", "media/demo/hero.svg"] {
        let (a, b) = (std::fs::read(one.join(file)), std::fs::read(two.join(file)));
        ensure!(a.context(file.to_owned())? == b?, "{file} differs");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_front_door_answers_as_a_cdn_does() -> Result<()> {
    let shop = Shop::open().await?;
    let at = |path: &str| format!("{}{path}", shop.address);
    let page = browser::fetch(&at("/products/tallow-table-lamp/"), &[("accept-encoding", "gzip, br")]).await?;
    ensure!(page.header("content-encoding") == "br" && page.header("vary") == "Accept-Encoding", "{:?}", page.headers);
    ensure!(page.header("content-security-policy").contains("default-src 'self'"), "{:?}", page.headers);
    let tag = page.header("etag").to_owned();
    let again =
        browser::fetch(&at("/products/tallow-table-lamp/"), &[("accept-encoding", "br"), ("if-none-match", &tag)]).await?;
    ensure!((again.status, again.body.len()) == (304, 0), "{}", again.status);
    let mut wire = page.body.len();
    let html = browser::get(&at("/products/tallow-table-lamp/")).await?.1;
    for (ending, budget) in [(".css", 12 * 1024), (".js", 8 * 1024)] {
        let start = html.split('"').find(|part| part.starts_with("/assets/") && part.ends_with(ending)).context("no asset")?;
        let asset = browser::fetch(&at(start), &[("accept-encoding", "br")]).await?;
        ensure!(asset.header("cache-control").contains("immutable"), "{:?}", asset.headers);
        ensure!(asset.body.len() < budget, "{start} is {} bytes", asset.body.len());
        wire += asset.body.len();
    }
    ensure!(wire < 50 * 1024, "a product page is {wire} bytes");
    for attribute in ["src=\"", "href=\""] {
        for link in html.split(attribute).skip(1).filter_map(|rest| rest.split('"').next()) {
            let own =
                link.starts_with('/') || link.starts_with('#') || link.starts_with(&shop.address) || link.starts_with("mailto:");
            ensure!(own, "a request to somebody else: {link}");
        }
    }
    for (path, status) in [
        ("/products/tallow-table-lamp", 301),
        ("/nothing/", 404),
        ("/../../etc/passwd", 404),
        ("/%2e%2e/%2e%2e/etc/passwd", 404),
        ("/.secrets", 404),
        ("//evil.example/", 404),
        ("/products/%00", 404),
        ("/sitemap.xml", 200),
        ("/robots.txt", 200),
        ("/media/demo/hero.svg", 200),
        ("/api/openapi.json", 200),
    ] {
        let answer = browser::fetch(&at(path), &[]).await?;
        ensure!(answer.status == status, "{path}: {}", answer.status);
    }
    let picture = browser::fetch(&at("/media/demo/hero.svg"), &[]).await?;
    ensure!(picture.header("content-security-policy").contains("sandbox"), "{:?}", picture.headers);
    // Browsers ask for it by themselves, also where a page names another one.
    let icon = browser::fetch(&at("/favicon.ico"), &[]).await?;
    ensure!((icon.status, icon.header("content-type")) == (200, "image/x-icon"), "{}: {:?}", icon.status, icon.headers);
    ensure!(icon.body.starts_with(&[0, 0, 1, 0]), "not the file of an icon: {:?}", icon.body.get(..4));
    shop.close().await
}

/// Signs in, and returns the header `Cookie` of the session.
async fn signs_in(shop: &Shop) -> Result<String> {
    let who = json!({ "email": shop.admin.0, "password": shop.admin.1 });
    let answer = browser::post(&format!("{}/auth/sign-in", shop.address), &[], &who).await?;
    ensure!(answer.status == 303, "{}: {}", answer.status, answer.text());
    let set = answer.headers.get_all("set-cookie").iter().filter_map(|cookie| cookie.to_str().ok()?.split(';').next());
    Ok(set.collect::<Vec<_>>().join("; "))
}

/// The fields of a product's form, as its page shows them.
async fn form_of_product(address: &str, cookie: &str) -> Result<Map<String, Value>> {
    let page = browser::fetch(address, &[("accept", "application/json"), ("cookie", cookie)]).await?;
    let mut page: Value = serde_json::from_slice(&page.body).with_context(|| page.text())?;
    let sent = |value: &Value| Value::String(value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    let mut fields = Map::new();
    for (row, variant) in page["form"]["input"]["variants"].take().as_array().into_iter().flatten().enumerate() {
        fields.extend(variant.as_object().into_iter().flatten().map(|(name, value)| (format!("{name}.{row}"), sent(value))));
    }
    let own = page["form"]["input"].as_object().into_iter().flatten().filter(|(name, _)| *name != "variants");
    fields.extend(own.map(|(name, value)| (name.clone(), sent(value))));
    Ok(fields)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_leads_on_keeps_its_query() -> Result<()> {
    const QUERY: &str = "?utm_source=mail&utm_campaign=a%20b&tag=1&tag=2";
    let shop = Shop::open().await?;
    let at = |path: &str| format!("{}{path}", shop.address);
    let cookie = signs_in(&shop).await?;
    let product = at("/admin/products/tallow-table-lamp");
    let mut form = form_of_product(&product, &cookie).await?;
    form.insert("slug".to_owned(), "tallow-desk-lamp".into());
    let saved = browser::post(&product, &[("cookie", &cookie)], &Value::Object(form)).await?;
    ensure!(saved.status == 303, "{}: {}", saved.status, saved.text());
    sees(&at("/products/tallow-desk-lamp/"), "Tallow Table Lamp").await?;
    for (from, status, to) in [
        // Pages have a slash at their end, what functions answer has none.
        ("/products/tallow-desk-lamp", 301, "/products/tallow-desk-lamp/"),
        ("/cart/", 308, "/cart"),
        ("/auth/sign-in//", 308, "/auth/sign-in"),
        ("/products/tallow-table-lamp/", 301, "/products/tallow-desk-lamp/"),
    ] {
        let moved = browser::fetch(&at(&format!("{from}{QUERY}")), &[]).await?;
        ensure!(
            (moved.status, moved.header("location")) == (status, &format!("{to}{QUERY}")),
            "{from}: {} {:?}",
            moved.status,
            moved.headers
        );
        let bare = browser::fetch(&at(from), &[]).await?;
        ensure!((bare.status, bare.header("location")) == (status, to), "{from}: {} {:?}", bare.status, bare.headers);
    }
    shop.close().await
}
