//! Imports into a table and a bucket, also when something goes wrong between them.

use super::*;
use crate::shopify::images::tests::{PIXEL, answer, anywhere, serve};
use domain::catalogue::CategoryTree;
use embedded::{ACCESS_KEY, IN_PROCESS, Keys, REGION, S3, SECRET_KEY};
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
        let file = format!(
            "Handle,Title,Type,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price,Image Src\n\
             cap,Cap,Hats,Size,S,CAP-S,3,10.00,{pictures}/cap.png\n\
             cap,,,,M,CAP-M,4,11.00,\n\
             bowl,Bowl,Kitchen,,,BOWL,5,12.00,{pictures}/bowl.png\n"
        );
        Self { table, media, objects, file, fetcher: anywhere(), _folder: folder, _s3: s3 }
    }

    async fn import(&self) -> Result<Outcome> {
        let file = ProductFile::read(self.file.clone().into_bytes()).unwrap();
        let mut importer = Importer::new(&self.table.store, &self.media, self.fetcher.clone()).await?;
        importer.take_all(&file, &ProgressBar::hidden()).await
    }

    fn calls(&self) -> [usize; 2] {
        [&self.table.faults, &self.objects].map(|faults| faults.sent().start)
    }

    /// Both products and categories, once each, with their pictures.
    async fn are_whole(&self, here: &str) {
        let tree: CategoryTree = self.table.store.categories().await.unwrap();
        let mut names: Vec<String> = tree.iter().map(|category| category.name.to_string()).collect();
        names.sort();
        assert_eq!(names, ["Hats", "Kitchen"], "{here}");
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
