//! Imports into a table and a bucket, also when something goes wrong between them.

use super::{categories::Counts, *};
use crate::shopify::{
    export::write,
    images::tests::{PIXEL, answer, anywhere, serve},
    round_trip::{described, tree},
    saved::{addresses, save},
};
use builder::{Caching, Object};
use domain::catalogue::{Category, CategoryTree, Snapshot};
use embedded::{ACCESS_KEY, IN_PROCESS, Keys, REGION, S3, SECRET_KEY};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use publish::Bucket;
use std::time::Duration;
use store::Service;
use suite::{Fault, Faults, Table, goods};
use tempfile::TempDir;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// A table and a bucket, with what goes wrong between them and the import.
struct Services {
    table: Table,
    media: Bucket,
    objects: Faults,
    file: String,
    folder: Option<PictureFolder>,
    map: CategoryMap,
    fetcher: Fetcher,
    _folder: TempDir,
    _s3: S3,
}

impl Services {
    async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let s3 = S3::start(folder.path(), &Keys::of_tests()).unwrap();
        let objects = Faults::over(s3.client());
        let service = Service::at(IN_PROCESS, ACCESS_KEY, SECRET_KEY, REGION).over(objects.client());
        let media = Bucket::connect("media", &service).await;
        media.create().await.unwrap();
        let table = Table::new().await;
        table.store.put_settings(&goods::settings()).await.unwrap();
        let pictures = serve(vec![answer("200 OK", PIXEL); 40]).await;
        let hats = r#"[{""path"":[""Hats""],""slug"":""hats"",""description"":""To wear.""}]"#;
        let file = format!(
            "Handle,Title,Type,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price,Image Src,\
             Shop: categories\n\
             cap,Cap,Hats,Size,S,CAP-S,3,10.00,{pictures}/cap.png,\"{hats}\"\n\
             cap,,,,M,CAP-M,4,11.00,,\n\
             bowl,Bowl,Kitchen,,,BOWL,5,12.00,{pictures}/bowl.png,\n"
        );
        Self {
            table,
            media,
            objects,
            file,
            folder: None,
            map: CategoryMap::default(),
            fetcher: anywhere(),
            _folder: folder,
            _s3: s3,
        }
    }

    async fn import(&self) -> Result<Outcome> {
        let file = ProductFile::read(self.file.clone().into_bytes()).unwrap();
        let mut importer = Importer::new(
            &self.table.store,
            Pictures::new(self.fetcher.clone(), &self.media, self.folder.clone()),
            self.map.clone(),
        )
        .await?;
        let mut outcome = Outcome::default();
        importer.take_all(&file, &mut outcome, &AtomicBool::new(false), &ProgressBar::hidden()).await?;
        Ok(outcome)
    }

    fn calls(&self) -> [usize; 2] {
        [&self.table.faults, &self.objects].map(|faults| faults.sent().start)
    }

    /// Both products and categories, once each, with their pictures.
    async fn are_whole(&self, here: &str) {
        let tree: CategoryTree = self.table.store.categories().await.unwrap();
        let described = |category: &Category| format!("{}: {}", category.slug, category.description);
        let mut categories: Vec<String> = tree.iter().map(described).collect();
        categories.sort();
        assert_eq!(categories, ["hats: To wear.", "kitchen: "], "{here}");
        assert_eq!(self.table.items("PRODUCT#").await.iter().filter(|item| item["sk"] == "PRODUCT").count(), 2, "{here}");
        for (slug, variants, stock) in [("cap", 2, ("CAP-S", 3)), ("bowl", 1, ("BOWL", 5))] {
            let target = self.table.store.product_slug(&goods::parse(slug)).await.unwrap().unwrap();
            let product = self.table.store.product(&target.id).await.unwrap().unwrap();
            assert_eq!((product.variants.len(), product.images.len()), (variants, 1), "{here}");
            assert_eq!(self.table.stock(stock.0).await, stock.1, "{here}");
            let picture = self.media.get(&builder::key_of(&product.images[0].src)).await.unwrap();
            assert_eq!(picture.unwrap().body, PIXEL, "{here}: {}", product.images[0].src);
        }
    }
}

impl Services {
    /// Imports a file: how many products were added, changed, the same and refused.
    async fn takes_in(&mut self, file: &str) -> [usize; 4] {
        file.clone_into(&mut self.file);
        let Outcome { added, changed, same, refused, .. } = self.import().await.unwrap();
        [added, changed, same, refused]
    }

    /// The name and price of the product at an address.
    async fn at(&self, slug: &str) -> Option<(String, String)> {
        let target = self.table.store.product_slug(&goods::parse(slug)).await.unwrap()?;
        let product = self.table.store.product(&target.id).await.unwrap()?;
        Some((product.name.to_string(), product.variants[0].price.to_string()))
    }
}

#[tokio::test]
async fn products_whose_addresses_would_be_the_same_stay_apart_and_a_second_import_changes_nothing() {
    let mut services = Services::new().await;
    let long = "x".repeat(130);
    let file = |price: &str| {
        format!(
            "Handle,Title,Variant SKU,Variant Price\nBlue-Shirt,Cotton,C,{price}\nblue-shirt,Linen,L,20\n\
             Blue Shirt,Silk,S,30\nчашка-1,Cup,CUP,1\nчашка1,Other cup,CUP1,2\n\
             {long}a,Long,A,3\n{long}b,Longer,B,4\n"
        )
    };
    assert_eq!(services.takes_in(&file("10")).await, [7, 0, 0, 0]);
    assert_eq!(services.takes_in(&file("10")).await, [0, 0, 7, 0]);
    for (slug, name) in [("blue-shirt", "Cotton"), ("blue-shirt-2", "Linen"), ("blue-shirt-3", "Silk")] {
        assert_eq!(services.at(slug).await.map(|(name, _)| name).as_deref(), Some(name), "{slug}");
    }
    assert_eq!(services.takes_in(&file("11")).await, [0, 1, 6, 0]);
    assert_eq!(services.at("blue-shirt").await.unwrap().1, "11");
}

#[tokio::test]
async fn a_product_that_was_made_here_is_brought_up_to_date_by_its_address_alone() {
    let mut services = Services::new().await;
    services.table.store.create_category(&goods::category()).await.unwrap();
    services.table.store.create_product(&goods::simple("cap", "CAP", "1.00", 1)).await.unwrap();
    let row = |handle: &str, title: &str, sku: &str| {
        format!("Handle,Title,Type,Variant SKU,Variant Price\n{handle},{title},Clothes,{sku},5\n")
    };
    assert_eq!(services.takes_in(&row("cap", "Felt cap", "CAP")).await, [0, 1, 0, 0]);
    assert_eq!(services.at("cap").await, Some(("Felt cap".to_owned(), "5".to_owned())));
    assert_eq!(services.takes_in(&row("Cap", "Another cap", "CAP-2")).await, [1, 0, 0, 0]);
    assert_eq!(services.at("cap-2").await.unwrap().0, "Another cap");
}

#[tokio::test]
async fn categories_of_one_name_stay_apart_by_their_paths() {
    let mut services = Services::new().await;
    let file = "Handle,Title,Product Category,Type,Variant SKU,Variant Price\n\
                a,A,Women > Boots,,A,1\nb,B,Men > Boots,,B,1\nc,C,Men > Boots,,C,1\nd,D,,Hats,D,1\ne,E,,Boots,E,1\n";
    assert_eq!(services.takes_in(file).await, [5, 0, 0, 0]);
    let tree = services.table.store.categories().await.unwrap();
    let mut paths: Vec<String> =
        tree.iter().map(|c| tree.path(&c.id).iter().map(|c| c.name.as_str()).collect::<Vec<_>>().join(" > ")).collect();
    paths.sort();
    assert_eq!(paths, ["Boots", "Hats", "Men", "Men > Boots", "Women", "Women > Boots"]);
    assert_eq!(services.takes_in(file).await, [0, 0, 5, 0]);
}

/// An import of which one call goes wrong: the nth of the table, or after those the nth of the bucket.
async fn goes_wrong(fault: Fault, of_bucket: Fault, times: usize, call: usize, of_table: usize) {
    // Most of the time is spent waiting; more at once would be too slow for the import's own patience.
    static PLACES: Semaphore = Semaphore::const_new(16);
    let _place = PLACES.acquire().await.unwrap();
    let here = format!("{fault:?} {times} times at call {call}");
    let services = Services::new().await;
    match call.checked_sub(of_table) {
        None | Some(0) => services.table.faults.from("*", call, times, fault),
        Some(call) => services.objects.from("*", call, times, of_bucket),
    }
    let mut done = 0;
    for _ in 0..8 {
        if let Ok(outcome) = services.import().await {
            assert_eq!((outcome.refused, outcome.remarks.len()), (0, 0), "{here}: {outcome:?}");
            done += 1;
        }
        if done == 2 {
            break;
        }
    }
    assert_eq!(done, 2, "{here}: it does not come to its end");
    services.table.faults.end();
    services.objects.end();
    services.are_whole(&here).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_ends_half_way_is_completed_by_the_next_one_whatever_happens_to_any_call() {
    let undisturbed = Services::new().await;
    let before = undisturbed.calls();
    assert_eq!(undisturbed.import().await.unwrap().added, 2);
    undisturbed.are_whole("undisturbed").await;
    let after = undisturbed.calls();
    let [of_table, of_bucket] = [after[0] - before[0], after[1] - before[1]];
    assert!(of_table > 6 && of_bucket > 1, "{of_table} and {of_bucket} calls");
    let late = Fault::Late(Duration::from_millis(700));
    let mut all = JoinSet::new();
    for (fault, of_objects) in [
        (Fault::LostRequest, Fault::LostRequest),
        (Fault::LostAnswer, Fault::LostAnswer),
        (Fault::throttled(), Fault::Refused(503, "SlowDown")),
        (Fault::conflict(), Fault::Refused(500, "InternalError")),
        (late.clone(), late),
        (Fault::Twice, Fault::Twice),
    ] {
        for times in [1, 6] {
            for call in 1..=of_table + of_bucket {
                all.spawn(goes_wrong(fault.clone(), of_objects.clone(), times, call, of_table));
            }
        }
    }
    while let Some(done) = all.join_next().await {
        done.unwrap();
    }
}

impl Services {
    async fn whole(&self, slug: &str) -> Product {
        let target = self.table.store.product_slug(&goods::parse(slug)).await.unwrap().unwrap();
        self.table.store.product(&target.id).await.unwrap().unwrap()
    }

    async fn category_of(&self, slug: &str) -> String {
        let tree = self.table.store.categories().await.unwrap();
        let path = tree.path(&self.whole(slug).await.category);
        path.iter().map(|category| category.name.as_str()).collect::<Vec<_>>().join(" > ")
    }
}

#[tokio::test]
async fn products_with_the_same_title_or_the_same_made_sku_are_all_taken_in_once() {
    let mut services = Services::new().await;
    let titles = "Handle,Title,Variant SKU,Variant Price\na,Same Name,A,5\nb,same name,B,6\nc,Same Name,C,7\n";
    assert_eq!(services.takes_in(titles).await, [3, 0, 0, 0]);
    assert_eq!(services.takes_in(titles).await, [0, 0, 3, 0]);
    for (slug, name) in [("a", "Same Name"), ("b", "same name (2)"), ("c", "Same Name (3)")] {
        assert_eq!(services.at(slug).await.unwrap().0, name);
    }
    let skus = "Handle,Title,Variant SKU,Variant Price\nBig-Cup,Cup one,,1\nbig-cup,Cup two,,2\n";
    assert_eq!(services.takes_in(skus).await, [2, 0, 0, 0]);
    assert_eq!(services.takes_in(skus).await, [0, 0, 2, 0]);
    assert_eq!(services.whole("big-cup").await.variants[0].sku.as_str(), "BIG-CUP");
    assert_eq!(services.whole("big-cup-2").await.variants[0].sku.as_str(), "BIG-CUP-2");
}

#[tokio::test]
async fn names_skus_and_addresses_that_others_have_are_numbered_whatever_was_there_before() {
    let mut services = Services::new().await;
    let file =
        |x: &str, y: &str| format!("Handle,Title,Variant SKU,Variant Price,Shop: address\nx,{x},D1,5,at-x\ny,{y},d1,6,at-y\n");
    for (x, y, names) in [
        ("Cap", "Cap", ["Cap", "Cap (2)"]),
        ("Hat", "Hat", ["Hat", "Hat (2)"]),
        ("Hat", "Cap", ["Hat", "Cap"]),
        ("Cap (2)", "Cap", ["Cap (2)", "Cap"]),
        ("Bonnet", "Cap", ["Bonnet", "Cap"]),
    ] {
        services.file = file(x, y);
        let outcome = services.import().await.unwrap();
        assert_eq!(outcome.refused, 0, "{:?}", outcome.remarks);
        for (slug, name) in ["at-x", "at-y"].into_iter().zip(names) {
            assert_eq!(services.at(slug).await.unwrap().0, name, "{x}, {y}");
        }
        assert_eq!(services.takes_in(&file(x, y)).await, [0, 0, 2, 0], "{x}, {y}");
    }
    assert_eq!(services.whole("at-x").await.variants[0].sku.as_str(), "D1");
    assert_eq!(services.whole("at-y").await.variants[0].sku.as_str(), "D1-2");
    // A variant that is new in a product that is there.
    services.file =
        "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price\nx,Bonnet,Size,S,D1,5\nx,,,M,D1-2,6\n".to_owned();
    let outcome = services.import().await.unwrap();
    let text = "another product has the SKU D1-2 already: this variant has D1-2-2";
    assert!(outcome.changed == 1 && outcome.remarks.contains(&Remark::new(2, text)), "{:?}", outcome.remarks);
    services.file = file("Bonnet", "Cap").replace("at-y", "elsewhere");
    let outcome = services.import().await.unwrap();
    assert!(outcome.remarks.contains(&Remark::new(3, "the address elsewhere is left out: the product is at at-y")));
}

#[tokio::test]
async fn old_addresses_of_products_and_categories_lead_there_in_the_next_shop_too() {
    let services = Services::new().await;
    let store = services.table.store.clone();
    services.import().await.unwrap();
    for to in ["cap-2025", "cap-2026"] {
        let cap = store.product_of_handle(Source::Shopify, "cap").await.unwrap().unwrap();
        store.update_product(&cap, &Product { slug: to.parse().unwrap(), ..cap.clone() }).await.unwrap();
    }
    let hats = store.categories().await.unwrap().iter().find(|c| c.slug.as_str() == "hats").unwrap().clone();
    store.update_category(&hats, &Category { slug: "headwear".parse().unwrap(), ..hats.clone() }).await.unwrap();
    let snapshot = store.snapshot().await.unwrap();
    let mut file = Vec::new();
    write(&snapshot, goods::settings().currency, &mut file).unwrap();

    let mut other = Services::new().await;
    other.file = String::from_utf8(file).unwrap();
    for _ in 0..2 {
        let outcome = other.import().await.unwrap();
        assert!(outcome.remarks.iter().all(|remark| !remark.text.contains("old address")), "{:?}", outcome.remarks);
        let found = other.table.store.snapshot().await.unwrap();
        let leads_to = |old: &str| found.product_redirects.get(&old.parse::<Slug>().unwrap()).map(Slug::as_str);
        assert_eq!(["cap", "cap-2025"].map(leads_to), [Some("cap-2026"); 2]);
        let of_category = found.category_redirects.get(&"hats".parse::<Slug>().unwrap()).map(Slug::as_str);
        assert_eq!(of_category, Some("headwear"));
    }
    // One that another product has stays that one's.
    let mut third = Services::new().await;
    assert_eq!(third.takes_in("Handle,Title,Variant SKU,Variant Price\ncap-2025,Other,OTHER,1\n").await, [1, 0, 0, 0]);
    third.file = other.file;
    let outcome = third.import().await.unwrap();
    let said = |remark: &Remark| remark.text == "the old address cap-2025 belongs to something else here and is left out";
    assert_eq!(outcome.remarks.iter().filter(|remark| said(remark)).count(), 1, "{:?}", outcome.remarks);
    assert_eq!(third.at("cap-2025").await.unwrap().0, "Other");
}

#[tokio::test]
async fn products_come_in_the_order_in_which_they_were_made() {
    let mut services = Services::new().await;
    let file = "Handle,Title,Variant SKU,Variant Price,Shop: created\n\
                a,A,A,1,2025-03-01T00:00:00.000Z\nb,B,B,1,2024-03-01T00:00:00.000Z\nc,C,C,1,\n";
    assert_eq!(services.takes_in(file).await, [3, 0, 0, 0]);
    let mut made = Vec::new();
    for slug in ["a", "b", "c"] {
        made.push((services.whole(slug).await.created_at, slug));
    }
    made.sort();
    assert_eq!(made.iter().map(|(_, slug)| *slug).collect::<Vec<_>>(), ["b", "a", "c"]);
    assert_eq!(made[0].0.to_string(), "2024-03-01T00:00:00.000Z");
}

#[tokio::test]
async fn a_handle_of_one_shop_is_not_that_of_another() {
    let mut services = Services::new().await;
    let woo = "Type,SKU,Name,Published,Regular price,Categories\nsimple,cap77,Woo hat,1,9,Hats\n";
    assert_eq!(services.takes_in(woo).await, [1, 0, 0, 0]);
    let shopify = "Handle,Title,Type,Variant SKU,Variant Price\ncap77,Pan,Pans,PAN,30\n";
    assert_eq!(services.takes_in(shopify).await, [1, 0, 0, 0]);
    assert_eq!(services.at("woo-hat").await, Some(("Woo hat".to_owned(), "9".to_owned())));
    assert_eq!(services.at("cap77").await, Some(("Pan".to_owned(), "30".to_owned())));
    assert_eq!([services.takes_in(woo).await, services.takes_in(shopify).await], [[0, 0, 1, 0]; 2]);
}

#[tokio::test]
async fn a_category_of_one_name_is_at_the_top_whatever_else_has_that_name() {
    let mut services = Services::new().await;
    let file = "Handle,Title,Product Category,Type,Variant SKU,Variant Price\n\
                a,A,Women > Sandals,,A,1\nb,B,,Sandals,B,1\nc,C,Men > Sandals,,C,1\nd,D,Sandals,,D,1\n";
    assert_eq!(services.takes_in(file).await, [4, 0, 0, 0]);
    assert_eq!(services.takes_in(file).await, [0, 0, 4, 0]);
    for (slug, path) in [("a", "Women > Sandals"), ("b", "Sandals"), ("c", "Men > Sandals"), ("d", "Sandals")] {
        assert_eq!(services.category_of(slug).await, path, "{slug}");
    }
}

#[tokio::test]
async fn a_second_file_changes_nothing_that_it_has_no_column_for() {
    let mut services = Services::new().await;
    let pictures = serve(vec![answer("200 OK", PIXEL); 8]).await;
    let full = format!(
        "Handle,Title,Type,Option1 Name,Option1 Value,Variant SKU,Variant Price,Variant Inventory Tracker,\
         Variant Inventory Policy,Variant Inventory Qty,Variant Barcode,Image Src,Image Alt Text,Variant Image\n\
         cap,Cap,Hats,Size,S,REAL-S,10,shopify,continue,5,77,{pictures}/a.png,A view,{pictures}/a.png\n\
         cap,,,,M,REAL-M,11,,deny,0,,{pictures}/b.png,B view,{pictures}/b.png\n"
    );
    assert_eq!(services.takes_in(&full).await, [1, 0, 0, 0]);
    let before = services.whole("cap").await;
    for (name, file) in [
        ("prices by SKU", "Handle,Title,Variant SKU,Variant Price\ncap,Cap,REAL-S,10\ncap,,REAL-M,11\n".to_owned()),
        ("prices by option", "Handle,Title,Option1 Name,Option1 Value,Variant Price\ncap,Cap,Size,S,10\ncap,,,M,11\n".to_owned()),
        (
            "policies without trackers",
            "Handle,Title,Variant SKU,Variant Price,Variant Inventory Policy\ncap,Cap,REAL-S,10,continue\ncap,,REAL-M,11,deny\n"
                .to_owned(),
        ),
        (
            "pictures of variants alone",
            format!(
                "Handle,Title,Variant SKU,Variant Price,Variant Image\n\
                 cap,Cap,REAL-S,10,{pictures}/a.png\ncap,,REAL-M,11,{pictures}/b.png\n"
            ),
        ),
        (
            "pictures without texts",
            format!(
                "Handle,Title,Variant SKU,Variant Price,Image Src\n\
                 cap,Cap,REAL-S,10,{pictures}/a.png\ncap,,REAL-M,11,{pictures}/b.png\n"
            ),
        ),
    ] {
        assert_eq!(services.takes_in(&file).await, [0, 0, 1, 0], "{name}");
        assert_eq!(services.whole("cap").await, before, "{name}");
    }
    assert_eq!(services.category_of("cap").await, "Hats");

    services.file = "Handle,Title,Variant SKU,Variant Price\ncap,Cap,REAL-S,10\n".to_owned();
    let outcome = services.import().await.unwrap();
    assert_eq!(outcome.remarks[0].text, "the variant REAL-M is not in the file: it is deleted, with a stock of 0");
    assert_eq!(services.whole("cap").await.variants.len(), 1);
}

#[tokio::test]
async fn a_product_that_is_refused_leaves_no_category_behind() {
    let mut services = Services::new().await;
    let rows: Vec<String> = (0..=domain::catalogue::MAX_VARIANTS).map(|n| format!("tile,,,,{n},T-{n},1")).collect();
    let file = format!(
        "Handle,Title,Type,Option1 Name,Option1 Value,Variant SKU,Variant Price\ntile,Tile,Tiles,No,x,T,1\n{}\n",
        rows.join("\n")
    );
    assert_eq!(services.takes_in(&file).await, [0, 0, 0, 1]);
    assert_eq!(services.table.store.categories().await.unwrap().iter().count(), 0);
}

/// The file of a shop with these categories, each with a product.
fn exported(tree: &CategoryTree) -> String {
    let product = |category: &Category| Product {
        category: category.id.clone(),
        ..goods::simple(&format!("in-{}", category.id), &format!("SKU-{}", category.id), "1.00", 1)
    };
    let named = tree.iter().map(product).map(|product| Product { name: goods::parse(product.slug.as_str()), ..product });
    let products = named.map(|product| (product.id.clone(), product)).collect();
    let mut file = Vec::new();
    write(&Snapshot { tree: tree.clone(), products, ..Snapshot::default() }, goods::settings().currency, &mut file).unwrap();
    String::from_utf8(file).unwrap()
}

#[tokio::test]
async fn categories_of_any_tree_come_into_another_shop_as_they_were_and_a_second_import_changes_nothing() {
    let mut runner = TestRunner::deterministic();
    for _ in 0..12 {
        let wanted = tree().new_tree(&mut runner).unwrap().current();
        let count = wanted.iter().count();
        let mut services = Services::new().await;
        services.file = exported(&wanted);
        let first = services.import().await.unwrap();
        assert_eq!((first.categories.added, first.added, first.remarks), (count, count, Vec::new()));
        let found = services.table.store.categories().await.unwrap();
        assert_eq!(described(&found), described(&wanted));
        for category in wanted.iter() {
            let product = services.whole(&format!("in-{}", category.id)).await;
            assert_eq!(found.get(&product.category).unwrap().slug, category.slug);
        }
        let second = services.import().await.unwrap();
        assert_eq!((second.categories, second.same), (Counts { same: count, ..Counts::default() }, count));
    }
}

impl Services {
    /// Imports a list of categories alone: how many were added, changed and the same, and what is said.
    async fn lists(&mut self, entries: &str) -> (Counts, Vec<String>) {
        self.file = format!("Handle,Title,Price,Shop: categories\n,,,\"{}\"\n", entries.replace('"', "\"\""));
        let outcome = self.import().await.unwrap();
        (outcome.categories, outcome.remarks.into_iter().map(|remark| remark.text).collect())
    }

    async fn categories(&self) -> Vec<(String, String, u32)> {
        let tree = self.table.store.categories().await.unwrap();
        let mut all: Vec<_> = tree.iter().map(|c| (c.slug.to_string(), c.description.clone(), c.position)).collect();
        all.sort();
        all
    }
}

#[tokio::test]
async fn a_listed_category_is_the_one_of_its_address_or_path_and_gets_a_number_where_another_has_its_address() {
    let mut services = Services::new().await;
    services.table.store.create_category(&goods::category()).await.unwrap();
    let of = |added, changed, same| (Counts { added, changed, same }, Vec::<String>::new());
    // By its path, in any case: its own address stays. What is not said stays too.
    assert_eq!(services.lists(r#"[{"path":["CLOTHES"],"slug":"wear","position":3}]"#).await, of(0, 1, 0));
    assert_eq!(services.categories().await, [("clothes".to_owned(), "To wear.".to_owned(), 3)]);
    // Another of that address, with siblings of one name that are named for each other.
    let hats =
        r#"[{"path":["Hats"],"slug":"clothes-2","description":"Two"},{"path":["Hats"],"slug":"clothes","description":"One"}]"#;
    assert_eq!(services.lists(hats).await, of(2, 0, 0));
    assert_eq!(services.lists(hats).await, of(0, 0, 2));
    let found: Vec<_> = services.categories().await.into_iter().map(|(slug, text, _)| format!("{slug} {text}")).collect();
    assert_eq!(found, ["clothes To wear.", "clothes-2 Two", "clothes-3 One"]);
    // A product names its category by the address that this has in the file.
    let with_product = format!(
        "Handle,Title,Price,Product Category,Shop: category address,Shop: categories\n\
         a,A,1,Hats,clothes,\"{}\"\nb,B,1,Hats,clothes-2,\n",
        hats.replace('"', "\"\"")
    );
    assert_eq!(services.takes_in(&with_product).await, [2, 0, 0, 0]);
    let tree = services.table.store.categories().await.unwrap();
    for (product, category) in [("a", "clothes-3"), ("b", "clothes-2")] {
        assert_eq!(tree.get(&services.whole(product).await.category).unwrap().slug.as_str(), category, "{product}");
    }
    // By its address.
    assert_eq!(services.lists(r#"[{"path":["Hats"],"slug":"clothes-3","description":""}]"#).await, of(0, 1, 0));
    // What is above and not listed is made.
    assert_eq!(services.lists(r#"[{"path":["Shoes","Boots"],"slug":"boots"}]"#).await, of(2, 0, 0));
}

#[tokio::test]
async fn what_a_file_says_wrongly_of_categories_is_remarked_and_changes_nothing() {
    let mut services = Services::new().await;
    for (entries, why) in [
        ("[{", "the list of categories cannot be read"),
        (r#"[{"path":["A"],"slug":"a/../b"}]"#, "a category of the list is left out"),
    ] {
        let (counts, remarks) = services.lists(entries).await;
        assert_eq!((counts, remarks.len()), (Counts::default(), 1));
        assert!(remarks[0].starts_with(why), "{remarks:?}");
    }
    for image in ["https://elsewhere.example/a.png", "/media/../a.png", "javascript:alert(1)"] {
        let (_, remarks) = services.lists(&format!(r#"[{{"path":["A"],"slug":"a","image":"{image}"}}]"#)).await;
        assert_eq!(remarks, [format!("the picture {image} of the category “A” is no address below /media/ and is left out")]);
    }
    let tree = services.table.store.categories().await.unwrap();
    assert_eq!(tree.iter().map(|category| category.image.clone()).collect::<Vec<_>>(), [None]);
}

#[tokio::test]
async fn a_product_that_the_store_refuses_takes_its_category_with_it_and_no_other() {
    let mut services = Services::new().await;
    let one = "Handle,Title,Product Category,Variant SKU,Variant Price\na,A,Things,A,1\n";
    assert_eq!(services.takes_in(one).await, [1, 0, 0, 0]);
    // More than an item of the table holds.
    let (body, values) = ("😀".repeat(60_000), (0..240).map(|n| format!("\"\"{}{n}\"\"", "😀".repeat(250))).collect::<Vec<_>>());
    services.file = format!(
        "Handle,Title,Product Category,Variant SKU,Variant Price,Body (HTML),Option1 Name,Option1 Value,Shop: option values\n\
         b,B,Things > New > Newer,B,1,{body},Size,S,\"[[{}]]\"\nc,C,Things > Other,OTHER,1,,,,\n",
        values.join(",")
    );
    let outcome = services.import().await.unwrap();
    assert_eq!((outcome.added, outcome.refused, outcome.categories.added), (1, 1, 1));
    let tree = services.table.store.categories().await.unwrap();
    let mut names: Vec<_> = tree.iter().map(|category| category.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["Other", "Things"]);
}

fn picture_at(address: &str) -> Object {
    let body = PIXEL.to_vec();
    Object { path: address.to_owned(), content_type: "image/png", caching: Caching::Media, location: None, body }
}

#[tokio::test]
async fn pictures_of_this_shops_kind_come_from_the_folder_and_those_of_the_demonstration_from_the_program() {
    let mut services = Services::new().await;
    let place = TempDir::new().unwrap();
    let folder = PictureFolder::open(place.path()).unwrap();
    folder.write("/media/cap.png", PIXEL).unwrap();
    folder.write("/media/hats.png", PIXEL).unwrap();
    folder.write("/media/page.png", b"<html>").unwrap();
    services.folder = Some(folder.clone());
    let list = r#"[{""path"":[""Hats""],""slug"":""hats"",""image"":""/media/hats.png""}]"#;
    let file = format!(
        "Handle,Title,Type,Variant SKU,Variant Price,Image Src,Shop: categories\n\
         cap,Cap,Hats,CAP,1,/media/cap.png#1x1,\"{list}\"\ncap,,,,,/media/demo/category-desk.svg#800x800,\n\
         cap,,,,,/media/late.png#1x1,\ncap,,,,,/media/page.png#1x1,\n"
    );
    services.file.clone_from(&file);
    let outcome = services.import().await.unwrap();
    let mut remarks: Vec<_> = outcome.remarks.iter().map(|remark| (remark.line, remark.text.as_str())).collect();
    remarks.sort_unstable();
    let placeholder = "a placeholder stands for it";
    assert_eq!(remarks[0], (4, &*format!("the picture /media/late.png#1x1 is not in the folder of pictures; {placeholder}")));
    assert_eq!(remarks[1], (5, &*format!("the picture /media/page.png#1x1 is not a picture; {placeholder}")));
    for (address, kind) in
        [("/media/cap.png", "image/png"), ("/media/hats.png", "image/png"), ("/media/demo/category-desk.svg", "image/svg+xml")]
    {
        let found = services.media.get(&builder::key_of(address)).await.unwrap().unwrap();
        assert_eq!(found.content_type, kind, "{address}");
    }
    let images = services.whole("cap").await.images;
    let sources: Vec<_> = images.iter().map(|image| image.src.split('#').next().unwrap()).collect();
    let stands = "/media/placeholder.svg";
    assert_eq!(sources, ["/media/cap.png", "/media/demo/category-desk.svg", stands, stands]);
    assert_eq!(services.takes_in(&file).await, [0, 0, 1, 0]);
    // What comes into the folder later is taken by the next import.
    folder.write("/media/late.png", PIXEL).unwrap();
    assert_eq!(services.takes_in(&file).await, [0, 1, 0, 0]);
    assert_eq!(services.whole("cap").await.images[2].src, "/media/late.png");
    assert!(services.media.has("media/late.png").await.unwrap());
}

#[tokio::test]
async fn an_export_writes_the_pictures_that_the_bucket_has_and_another_shop_takes_them_in() {
    let (mut services, other, place) = (Services::new().await, Services::new().await, TempDir::new().unwrap());
    for address in ["/media/a/b.png", "/media/hats.png"] {
        other.media.put(&picture_at(address)).await.unwrap();
    }
    let image = |src: &str| domain::catalogue::Image {
        src: src.to_owned(),
        alt: "Seen".to_owned(),
        width: 1,
        height: 1,
        origin: Some("https://elsewhere.example/a.png".to_owned()),
    };
    let mut product = goods::simple("cap", "CAP", "1.00", 1);
    product.images = vec![image("/media/a/b.png"), image("/media/lost.png"), image("/media/placeholder.svg#1")];
    let with_picture = |id: &str, image: &str| Category {
        id: goods::parse(id),
        slug: goods::parse(id),
        image: Some(image.to_owned()),
        ..goods::category()
    };
    let snapshot = Snapshot {
        tree: CategoryTree::new([with_picture("clothes", "/media/hats.png"), with_picture("x", "https://x.example/")]),
        products: [(product.id.clone(), product)].into(),
        ..Snapshot::default()
    };
    let folder = PictureFolder::open(place.path()).unwrap();
    let missing = save(&addresses(&snapshot), &other.media, &folder, &ProgressBar::hidden()).await.unwrap();
    assert_eq!(missing, ["/media/lost.png", "https://x.example/"]);
    let mut file = Vec::new();
    write(&snapshot, goods::settings().currency, &mut file).unwrap();
    services.file = String::from_utf8(file).unwrap().replace("https://elsewhere.example/a.png", "https://127.0.0.1:1/a.png");
    services.folder = Some(folder);
    services.import().await.unwrap();
    for key in ["media/a/b.png", "media/hats.png"] {
        assert_eq!(services.media.get(key).await.unwrap().unwrap().body, PIXEL, "{key}");
    }
    assert!(!services.media.has("media/lost.png").await.unwrap());
}

#[tokio::test]
async fn one_import_at_a_time_and_the_turn_of_one_that_died_is_free_in_a_while() {
    let table = Table::new().await;
    let mut first = Turn::take(&table.store).await.unwrap();
    let refused = Turn::take(&table.store).await.unwrap_err().to_string();
    assert_eq!(refused, "another import into this shop is running: wait until it has ended");
    first.give_back().await;
    first = Turn::take(&table.store).await.unwrap();
    // As if it had slept for long: another one takes its turn, and it learns of it.
    table.set("IMPORT", "IMPORT", "held_until", 0).await;
    let second = Turn::take(&table.store).await.unwrap();
    tokio::time::timeout(Duration::from_secs(20), first.lost()).await.unwrap();
    first.give_back().await;
    assert_eq!(table.items("IMPORT").await.len(), 1, "the turn is still the second one's");
    second.give_back().await;
    assert_eq!(table.items("IMPORT").await.len(), 0);
}

#[tokio::test]
async fn categories_below_one_that_the_map_names_move_along_with_all_that_the_file_says_of_them() {
    let mut services = Services::new().await;
    services.map = CategoryMap::read(b"from,to\nClothing,Apparel > All\n".to_vec()).unwrap();
    let entry = |path: &str, slug: &str, parent: &str| {
        format!(r#"{{""path"":[{path}],""slug"":""{slug}"",""parent"":""{parent}"",""description"":""Of {slug}""}}"#)
    };
    let list = [
        r#"{""path"":[""Clothing""],""slug"":""clothing"",""description"":""Gone""}"#.to_owned(),
        entry(r#"""Clothing"",""Boots"""#, "boots", "clothing"),
        entry(r#"""Clothing"",""Boots"",""Winter"""#, "winter", "boots"),
    ];
    services.file = format!(
        "Handle,Title,Product Category,Variant SKU,Variant Price,Shop: categories,Shop: category address\n\
         a,A,Clothing,A,1,\"[{}]\",clothing\nb,B,Clothing > Boots,B,1,,boots\nc,C,Clothing > Boots > Winter,C,1,,winter\n",
        list.join(",")
    );
    let outcome = services.import().await.unwrap();
    assert_eq!(outcome.remarks, []);
    let tree = services.table.store.categories().await.unwrap();
    let mut categories: Vec<_> = tree
        .iter()
        .map(|category| {
            let path: Vec<&str> = tree.path(&category.id).iter().map(|category| category.name.as_str()).collect();
            (path.join(" > "), category.slug.as_str(), category.description.as_str())
        })
        .collect();
    categories.sort();
    let expected = [
        ("Apparel", "apparel", ""),
        ("Apparel > All", "all", ""),
        ("Apparel > All > Boots", "boots", "Of boots"),
        ("Apparel > All > Boots > Winter", "winter", "Of winter"),
    ];
    assert_eq!(categories, expected.map(|(path, slug, description)| (path.to_owned(), slug, description)));
    for (slug, category) in [("a", "Apparel > All"), ("b", "Apparel > All > Boots"), ("c", "Apparel > All > Boots > Winter")] {
        assert_eq!(services.category_of(slug).await, category, "{slug}");
    }
    assert_eq!(services.import().await.unwrap().same, 3);
}

#[tokio::test]
async fn a_map_puts_products_into_categories_of_this_shop_whatever_column_named_theirs() {
    let mut services = Services::new().await;
    let map = "from,to\nmen > boots,Clothing > Boots\nBOOTS,Other boots\nnew,News\nhats,Clothing\nnothing,X\n";
    services.map = CategoryMap::read(map.as_bytes().to_vec()).unwrap();
    let list = r#"[{""path"":[""Hats""],""slug"":""hats"",""description"":""Gone""}]"#;
    services.file = format!(
        "Handle,Title,Product Category,Custom Product Type,Type,Tags,Variant SKU,Variant Price,Shop: categories,\
         Shop: category address\n\
         a,A,Men > Boots,,,,A,1,\"{list}\",\nb,B,Women > Boots,,,,B,1,,\nc,C,,,,\"new, blue\",C,1,,\n\
         d,D,,hats,,,D,1,,hats\ne,E,,,Boots,,E,1,,\nf,F,,,Pans,,F,1,,\n"
    );
    let outcome = services.import().await.unwrap();
    assert_eq!(outcome.remarks, [Remark::new(1, "the file has no category “nothing”, which is in line 6 of the map")]);
    for (slug, category) in
        [("a", "Clothing > Boots"), ("b", "Other boots"), ("c", "News"), ("d", "Clothing"), ("e", "Other boots"), ("f", "Pans")]
    {
        assert_eq!(services.category_of(slug).await, category, "{slug}");
    }
    assert_eq!(outcome.categories.added, 5, "nothing of what the map replaces is made");
    assert_eq!(services.import().await.unwrap().same, 6);
}

#[tokio::test]
async fn a_handle_that_is_no_address_is_said_with_the_one_that_the_product_has() {
    let mut services = Services::new().await;
    services.file = "Handle,Title,Variant SKU,Variant Price\nblue-cap,One,A,1\nBlue Cap,Two,B,2\nblue cap,Three,C,3\n".to_owned();
    for _ in 0..2 {
        let said: Vec<_> =
            services.import().await.unwrap().remarks.into_iter().map(|remark| (remark.line, remark.text)).collect();
        let text = |line: u64, handle: &str, number: u32| (line, format!("the handle “{handle}” becomes blue-cap-{number}"));
        assert_eq!(said, [text(3, "Blue Cap", 2), text(4, "blue cap", 3)]);
    }
}

#[tokio::test]
async fn products_of_woocommerce_are_found_again_by_their_own_handle_after_an_export() {
    let (mut services, mut other) = (Services::new().await, Services::new().await);
    let woo =
        "ID,Type,SKU,Name,Published,Regular price,Categories,Stock\n7,simple,,Woo hat,1,9,Hats,3\n8,simple,CAP,Cap,1,9,Hats,2\n";
    assert_eq!(services.takes_in(woo).await, [2, 0, 0, 0]);
    let mut file = Vec::new();
    write(&services.table.store.snapshot().await.unwrap(), goods::settings().currency, &mut file).unwrap();
    assert_eq!(other.takes_in(&String::from_utf8(file).unwrap()).await, [2, 0, 0, 0]);
    assert_eq!(other.whole("woo-hat").await.handle.as_deref(), Some("id:7"));
    other.file = woo.replace(",3\n", ",5\n");
    let again = other.import().await.unwrap();
    assert_eq!((again.added, again.refused, again.quantities_left), (0, 0, 1));
}

#[tokio::test]
async fn a_product_that_is_refused_is_not_said_to_lose_variants() {
    let mut services = Services::new().await;
    let file = "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price\npo,Po,Size,S,PO-S,3\npo,,,M,PO-M,4\n";
    services.file = file.to_owned();
    services.import().await.unwrap();
    let before = services.whole("po").await;
    services.file = "Handle,Title,Option1 Value,Variant Price\npo,Po,S,3\npo,,M,4\n".to_owned();
    let outcome = services.import().await.unwrap();
    assert_eq!((outcome.refused, outcome.changed), (1, 0), "{:?}", outcome.remarks);
    assert!(outcome.remarks.iter().all(|remark| !remark.text.contains("deleted")), "{:?}", outcome.remarks);
    assert_eq!(services.whole("po").await, before);
}
