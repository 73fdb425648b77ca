//! From a change in the table to the pages in the bucket.

use builder::{PageKey, Site, Sort, synthetic};
use domain::{
    catalogue::{OptionType, OptionValue, Product, Seo, Snapshot, StockPolicy, Variant},
    text::Id,
};
use publish::{Bucket, Publisher};
use render::Renderer;
use std::collections::{BTreeMap, BTreeSet};
use store::stream::Stream;
use suite::{SiteBucket, Table, goods};

pub(crate) struct Published {
    pub(crate) table: Table,
    pub(crate) bucket: Bucket,
    pub(crate) publisher: Publisher,
    stream: Stream,
    _site: SiteBucket,
}

impl Published {
    pub(crate) async fn open() -> Self {
        let table = Table::with_goods().await;
        let site = SiteBucket::new().await;
        let bucket = site.bucket.clone();
        let renderer = Renderer::new().unwrap();
        let mut publisher = Publisher::new(table.store.clone(), bucket.clone(), renderer, "https://shop.example");
        publisher.publish_all().await.unwrap();
        let stream = table.store.stream(None).await.unwrap();
        Self { table, bucket, publisher, stream, _site: site }
    }

    /// Publishes what happened; returns the keys that were written and those that went.
    pub(crate) async fn follow(&mut self) -> (BTreeSet<String>, BTreeSet<String>) {
        let changes = self.table.changes(&mut self.stream).await;
        let published = self.publisher.publish(&changes).await.unwrap();
        (published.uploaded.into_iter().collect(), published.removed.into_iter().collect())
    }

    pub(crate) async fn page(&self, key: &str) -> Option<String> {
        self.bucket.get(key).await.unwrap().map(|found| String::from_utf8(found.body).unwrap())
    }

    pub(crate) async fn change(&self, id: &str, change: impl FnOnce(&mut Product)) {
        let seen = self.table.store.product(&goods::parse(id)).await.unwrap().unwrap();
        let mut next = seen.clone();
        change(&mut next);
        self.table.store.update_product(&seen, &next).await.unwrap();
    }
}

fn set(keys: &[&str]) -> BTreeSet<String> {
    keys.iter().map(|k| (*k).to_owned()).collect()
}

#[tokio::test]
async fn the_address_of_every_page_is_known_before_it_is_rendered() {
    let mut shop = Published::open().await;
    shop.change("mug", |mug| mug.slug = goods::parse("cup")).await;
    shop.follow().await;
    let snapshot = shop.table.store.snapshot().await.unwrap();
    let settings = shop.table.store.settings().await.unwrap().unwrap();
    let (info, renderer) = (web::site_info(&settings, "https://shop.example"), Renderer::new().unwrap());
    let site = Site::new(&snapshot, &info, &renderer);
    let pages: Vec<PageKey> = site.pages().collect();
    assert!(pages.contains(&PageKey::ProductRedirect(goods::parse("mug"))));
    for page in pages {
        let object = site.render(&page).unwrap();
        assert_eq!(site.path(&page), object.map(|object| object.path), "{page:?}");
    }
    let missing = [PageKey::Sitemap(7), PageKey::Product(goods::parse("none")), PageKey::ProductRedirect(goods::parse("cup"))];
    let beyond = PageKey::Listing { category: None, sort: Sort::Name, page: 99 };
    for page in missing.iter().chain([&beyond]) {
        assert_eq!((site.path(page), site.render(page).unwrap()), (None, None), "{page:?}");
    }
}

#[tokio::test]
async fn a_sale_republishes_the_products_own_page_alone() {
    let mut shop = Published::open().await;
    crate::placing::place(&shop.table, &[("SHIRT-M", 1)]).await.unwrap();
    let (written, gone) = shop.follow().await;
    assert_eq!((written, gone), (set(&["products/shirt/index.html"]), set(&[])));
    assert!(shop.page("products/shirt/index.html").await.unwrap().contains("only 2 left"));
}

/// Shirts in S and M, under a change of each.
async fn with_shirts(small: impl FnOnce(&mut Variant), medium: impl FnOnce(&mut Variant)) -> Published {
    let mut shop = Published::open().await;
    shop.change("shirt", |shirt| {
        small(&mut shirt.variants[0]);
        medium(&mut shirt.variants[1]);
    })
    .await;
    shop.follow().await;
    shop
}

/// The choice of a variant on a product's page.
fn choice<'a>(page: &'a str, sku: &str) -> &'a str {
    let from = page.find(&format!("value=\"{sku}\"")).unwrap();
    page[from..].split("</label>").next().unwrap()
}

#[tokio::test]
async fn what_can_be_ordered_though_it_is_out_is_called_sold_out_nowhere() {
    let out = |policy| move |variant: &mut Variant| (variant.stock, variant.stock_policy) = (0, policy);
    let shop = with_shirts(out(StockPolicy::SellWhenOut), out(StockPolicy::Untracked)).await;
    let page = shop.page("products/shirt/index.html").await.unwrap();
    assert!(choice(&page, "SHIRT-S").contains("available to order") && page.contains("https://schema.org/BackOrder"), "{page}");
    assert!(choice(&page, "SHIRT-M").contains("in stock") && page.contains("https://schema.org/InStock"));
    assert!(!page.to_lowercase().contains("sold out") && !page.contains("OutOfStock") && page.contains("Add to cart"));
    let card = card(&shop.page("products/index.html").await.unwrap(), "shirt");
    assert!(!card.contains("Sold out"), "{card}");
}

/// A product's card in a listing.
fn card(listing: &str, slug: &str) -> String {
    let from = listing.find(&format!("/products/{slug}/")).unwrap();
    listing[from..].split("</li>").next().unwrap().to_owned()
}

#[tokio::test]
async fn a_card_and_a_choice_call_reduced_only_what_is() {
    let reduced = |before: &'static str| move |variant: &mut Variant| variant.compare_at = Some(goods::money(before));
    let one = with_shirts(reduced("30.00"), |_| ()).await;
    let card_of_one = card(&one.page("products/index.html").await.unwrap(), "shirt");
    assert!(!card_of_one.contains("Reduced") && !card_of_one.contains("€30.00"), "{card_of_one}");
    let page = one.page("products/shirt/index.html").await.unwrap();
    assert!(choice(&page, "SHIRT-S").contains("€30.00") && !choice(&page, "SHIRT-M").contains("before"), "{page}");

    let both = with_shirts(reduced("30.00"), reduced("25.00")).await;
    let card_of_both = card(&both.page("products/index.html").await.unwrap(), "shirt");
    assert!(card_of_both.contains("Reduced") && card_of_both.contains("€25.00"), "{card_of_both}");
    let page = both.page("products/shirt/index.html").await.unwrap();
    assert!(choice(&page, "SHIRT-S").contains("€30.00") && choice(&page, "SHIRT-M").contains("€25.00"), "{page}");
}

#[tokio::test]
async fn a_page_shows_unit_prices_makers_and_texts_for_search_engines_and_never_the_cost() {
    let mut shop = with_shirts(
        |variant| {
            variant.measure = "250 ml / 1 l".parse().ok();
            variant.barcode = "4006381333931".parse().ok();
            variant.cost = Some(goods::money("3.21"));
        },
        |variant| variant.measure = "500 ml / 100 ml".parse().ok(),
    )
    .await;
    shop.change("shirt", |shirt| {
        shirt.seo = Seo { title: Some("Shirts of flax".to_owned()), description: Some("Cool in summer.".to_owned()) };
        shirt.manufacturer = Some("Flax <GmbH>\nWeg 1, Berlin".to_owned());
        shirt.responsible_person = Some("Rep BV".to_owned());
    })
    .await;
    shop.follow().await;
    let page = shop.page("products/shirt/index.html").await.unwrap();
    assert!(choice(&page, "SHIRT-S").contains("€80.00 per l"), "{page}");
    assert!(choice(&page, "SHIRT-M").contains("€4.00 per 100 ml"), "{page}");
    assert!(
        page.contains("<title>Shirts of flax · ")
            && page.contains("content=\"Cool in summer.\"")
            && page.contains("<h1>Shirt</h1>")
    );
    assert!(page.contains("Flax &lt;GmbH&gt;\nWeg 1, Berlin") && page.contains("Rep BV"));
    assert!(page.contains("\"gtin\":\"4006381333931\"") && !page.contains("3.21"));
}

#[tokio::test]
async fn a_new_price_is_on_every_page_that_shows_it() {
    let mut shop = Published::open().await;
    shop.change("mug", |p| p.variants[0].price = goods::money("99.00")).await;
    let (written, _) = shop.follow().await;
    for key in [
        "products/mug/index.html",
        "products/index.html",
        "categories/clothes/index.html",
        "categories/clothes/price-up/index.html",
        "index.html",
    ] {
        assert!(written.contains(key), "{key} is not in {written:?}");
        assert!(shop.page(key).await.unwrap().contains("€99.00"), "{key}");
    }
    assert!(!written.contains("categories/index.html"), "{written:?}");
}

#[tokio::test]
async fn changes_that_come_again_write_nothing() {
    let mut shop = Published::open().await;
    shop.change("mug", |p| p.variants[0].price = goods::money("99.00")).await;
    let changes = shop.table.changes(&mut shop.stream).await;
    assert!(!shop.publisher.publish(&changes).await.unwrap().uploaded.is_empty());
    assert!(shop.publisher.publish(&changes).await.unwrap().uploaded.is_empty());
    // Somebody else has published: what is kept in memory does not count.
    shop.table.store.take_turn_at_publishing().await.unwrap();
    assert!(shop.publisher.publish(&changes).await.unwrap().uploaded.is_empty(), "nor after a cold start");
    assert_eq!(shop.publisher.publish_all().await.unwrap().uploaded, [""; 0]);
}

#[tokio::test]
async fn a_renamed_page_leaves_a_redirect_and_a_hidden_one_nothing() {
    let mut shop = Published::open().await;
    shop.change("mug", |p| p.slug = goods::parse("cup")).await;
    shop.follow().await;
    let old = shop.bucket.get("products/mug/index.html").await.unwrap().unwrap();
    assert_eq!(old.location.as_deref(), Some("/products/cup/"));
    assert!(shop.page("products/cup/index.html").await.unwrap().contains("<h1>Mug</h1>"));
    assert!(shop.page("sitemap.xml").await.unwrap().contains("/products/cup/"));
    shop.change("shirt", |p| p.visible = false).await;
    let (_, gone) = shop.follow().await;
    assert_eq!(gone, set(&["products/shirt/index.html"]));
    assert!(!shop.page("products/index.html").await.unwrap().contains("Shirt"));
    assert!(!shop.page("sitemap.xml").await.unwrap().contains("/products/shirt/"));
}

#[tokio::test]
async fn a_deleted_product_is_gone_from_the_site_also_after_a_cold_start() {
    let mut shop = Published::open().await;
    let mug = shop.table.store.product(&goods::parse("mug")).await.unwrap().unwrap();
    shop.table.store.delete_product(&mug).await.unwrap();
    // Somebody else has published: what is kept in memory does not count.
    shop.table.store.take_turn_at_publishing().await.unwrap();
    let (_, gone) = shop.follow().await;
    assert_eq!(gone, set(&["products/mug/index.html"]));
}

#[tokio::test]
async fn a_renamed_category_moves_its_pages() {
    let mut shop = Published::open().await;
    let seen = shop.table.store.category(&goods::parse("clothes")).await.unwrap().unwrap();
    let renamed = domain::catalogue::Category { slug: goods::parse("wear"), ..seen.clone() };
    shop.table.store.update_category(&seen, &renamed).await.unwrap();
    let (written, gone) = shop.follow().await;
    assert!(written.contains("categories/wear/index.html"));
    assert!(gone.contains("categories/clothes/price-up/index.html"), "{gone:?}");
    let old = shop.bucket.get("categories/clothes/index.html").await.unwrap().unwrap();
    assert_eq!(old.location.as_deref(), Some("/categories/wear/"));
}

fn info() -> render::SiteInfo {
    web::site_info(&goods::settings(), "https://shop.example")
}

fn build(snapshot: &Snapshot) -> BTreeMap<String, String> {
    let (info, renderer) = (info(), Renderer::new().unwrap());
    let site = Site::new(snapshot, &info, &renderer);
    let pages = site.pages().filter_map(|page| site.render(&page).unwrap());
    pages.map(|object| (object.path.clone(), String::from_utf8(object.body).unwrap())).collect()
}

/// Every value of an attribute in a page.
fn attributes<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    html.split(&format!(" {name}=\"")).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn a_full_build_is_the_same_every_time() {
    let snapshot = synthetic::catalogue(300, goods::parse("EUR"));
    assert_eq!(build(&snapshot), build(&synthetic::catalogue(300, goods::parse("EUR"))));
}

#[test]
fn every_link_of_the_site_leads_to_a_page_and_every_title_is_its_own() {
    let pages = build(&synthetic::catalogue(300, goods::parse("EUR")));
    let functions = ["/account", "/cart", "/orders", "/auth", "/assets/", "/media/", "mailto:", "#"];
    let mut titles = BTreeMap::new();
    for (path, html) in pages.iter().filter(|(_, html)| html.starts_with("<!doctype")) {
        for link in attributes(html, "href") {
            let own = link.strip_prefix("https://shop.example").unwrap_or(link);
            let known = functions.iter().any(|f| own.starts_with(f)) || pages.contains_key(own);
            assert!(known, "{path} links to {link}");
        }
        let title = html.split("<title>").nth(1).and_then(|t| t.split("</title>").next()).unwrap();
        if let Some(other) = titles.insert(title.to_owned(), path) {
            panic!("{path} and {other} are both called {title}");
        }
        assert_eq!(html.matches("<img ").count(), attributes(html, "alt").len(), "{path}: a picture without words");
        assert!(html.contains("<h1>"), "{path} has no heading");
    }
}

#[test]
fn listings_say_what_they_show_and_sort_as_they_say() {
    let snapshot = synthetic::catalogue(113, goods::parse("EUR"));
    let pages = build(&snapshot);
    assert!(pages["/products/"].contains("Showing 1-24 of 113"));
    assert!(pages["/products/all/5/"].contains("Showing 97-113 of 113"));
    assert!(!pages.contains_key("/products/all/6/"));
    let prices = |path: &str| -> Vec<f64> {
        let cards = pages[path].split("class=\"price\">").skip(1);
        let price = |card: &str| card.split('€').nth(1).unwrap().split('<').next().unwrap().trim().replace(',', "");
        cards.map(|card| price(card).parse().unwrap()).collect()
    };
    assert!(prices("/products/all/price-up/").is_sorted());
    assert!(prices("/products/all/price-down/").is_sorted_by(|a, b| a >= b));
    let (info, renderer) = (info(), Renderer::new().unwrap());
    let site = Site::new(&snapshot, &info, &renderer);
    let mut seen = BTreeSet::new();
    for page in 1..=5 {
        let object = site.render(&PageKey::Listing { category: None, sort: Sort::Name, page }).unwrap().unwrap();
        let html = String::from_utf8(object.body).unwrap();
        seen.extend(html.split("<li class=\"card").skip(1).map(|c| attributes(c, "href")[0].to_owned()));
    }
    assert_eq!(seen.len(), 113, "every product is on exactly one page");
}

#[test]
fn a_product_page_tells_search_engines_what_it_sells() {
    let mut product = goods::shirt();
    product.name = goods::parse("Shirt </script><b>");
    product.variants[1].stock = 0;
    let mut snapshot = Snapshot { tree: domain::catalogue::CategoryTree::new([goods::category()]), ..Snapshot::default() };
    snapshot.products.insert(product.id.clone(), product);
    let html = &build(&snapshot)["/products/shirt/"];
    let documents: Vec<serde_json::Value> = html
        .split("<script type=\"application/ld+json\">")
        .skip(1)
        .map(|rest| serde_json::from_str(rest.split("</script>").next().unwrap()).unwrap())
        .collect();
    let (data, way) = (&documents[0], &documents[1]);
    assert_eq!((data["@type"].as_str(), data["name"].as_str()), (Some("Product"), Some("Shirt </script><b>")));
    let offer = |i: usize, name: &str| data["offers"][i][name].as_str().unwrap().to_owned();
    assert_eq!((offer(0, "price"), offer(0, "priceCurrency")), ("20.00".to_owned(), "EUR".to_owned()));
    assert_eq!(
        (offer(0, "availability"), offer(1, "availability")),
        ("https://schema.org/InStock".to_owned(), "https://schema.org/OutOfStock".to_owned())
    );
    assert_eq!(way["@type"], "BreadcrumbList");
    assert_eq!(way["itemListElement"][1]["item"], "https://shop.example/categories/clothes/");
    assert!(html.contains("<link rel=\"canonical\" href=\"https://shop.example/products/shirt/\">"));
    assert!(html.contains("property=\"og:image\" content=\"https://shop.example/media/shirt.svg\""));
    assert!(!html.contains("</script><b>"));
}

/// The page of a shirt in these options, with a variant for each combination that `has` names.
fn page_of(options: &[(&str, Vec<String>)], has: impl Fn(&[String]) -> Option<u32>) -> String {
    let mut shirt = goods::shirt();
    let combinations = options.iter().fold(vec![Vec::new()], |all, (_, values)| {
        all.iter().flat_map(|before| values.iter().map(|value| [before.clone(), vec![value.clone()]].concat())).collect()
    });
    let sold = combinations.iter().filter_map(|values| Some((values, has(values)?)));
    shirt.variants = sold
        .map(|(values, stock)| Variant {
            options: options
                .iter()
                .zip(values)
                .map(|((n, _), v)| OptionValue { name: (*n).to_owned(), value: v.clone() })
                .collect(),
            stock,
            ..Variant::new(goods::parse(&values.join("-")), goods::money("20.00"))
        })
        .collect();
    shirt.options =
        options.iter().map(|(name, values)| OptionType { name: (*name).to_owned(), values: values.clone() }).collect();
    shirt.check().unwrap();
    let mut snapshot = Snapshot { tree: domain::catalogue::CategoryTree::new([goods::category()]), ..Snapshot::default() };
    snapshot.products.insert(shirt.id.clone(), shirt);
    build(&snapshot).remove("/products/shirt/").unwrap()
}

fn numbered(name: &str, count: usize) -> Vec<String> {
    (1..=count).map(|number| format!("{name}{number}")).collect()
}

#[test]
fn many_variants_are_one_list_and_a_choice_for_each_option() {
    let options = [("Size", numbered("S", 14)), ("Colour", numbered("C", 3)), ("Cloth", numbered("F", 2))];
    let has = |values: &[String]| match values.join("-").as_str() {
        "S1-C1-F1" => Some(0),
        "S1-C1-F2" => Some(2),
        // Nothing is made in the third colour.
        all if all.contains("C3") => None,
        _ => Some(9),
    };
    let page = page_of(&options, has);
    let (list, rest) = page.split_once("<select id=\"sku\" name=\"sku\">").unwrap().1.split_once("</select>").unwrap();
    assert_eq!(attributes(list, "value").len(), 14 * 2 * 2, "{list}");
    assert!(list.contains("disabled>S1 / C1 / F1 · €20.00 · sold out</option>"), "{list}");
    assert!(list.contains("data-place=\"0 0 1\" selected>S1 / C1 / F2 · €20.00 · only 2 left</option>"), "{list}");
    assert!(list.contains("data-place=\"13 1 1\">S14 / C2 / F2 · €20.00 · in stock</option>"), "{list}");
    let choices = rest.split_once("<template>").unwrap().1.split_once("</template>").unwrap().0;
    assert_eq!(choices.matches("data-option").count(), 3);
    assert_eq!((choices.matches("<select").count(), choices.matches("<option").count()), (1, 14), "too many sizes for a row");
    let chips: Vec<&str> = choices.split("<span>").skip(1).map(|rest| rest.split('<').next().unwrap()).collect();
    assert_eq!(chips, ["C1", "C2", "F1", "F2"]);
    assert_eq!(choices.matches("value=\"1\" checked").count(), 1, "the cloth of what is shown first: {choices}");
}

#[test]
fn few_variants_of_one_option_are_shown_at_once_and_many_are_a_list() {
    for (variants, radios, lists) in [(12, 12, 0), (13, 0, 1)] {
        let page = page_of(&[("Size", numbered("S", variants))], |_| Some(9));
        let found = (page.matches("type=\"radio\"").count(), page.matches("<select").count(), page.contains("<template>"));
        assert_eq!(found, (radios, lists, false), "{page}");
    }
    let cloth = ("Cloth", vec!["Linen".to_owned()]);
    let page = page_of(&[("Size", numbered("S", 3)), cloth], |_| Some(9));
    assert_eq!(page.matches("type=\"radio\"").count(), 3, "an option of one value is no choice: {page}");
}

#[test]
fn nothing_is_chosen_where_all_is_sold_out() {
    let page = page_of(&[("Size", numbered("S", 2)), ("Cloth", numbered("F", 2))], |_| Some(0));
    assert!(!page.contains("<template>") && !page.contains("Add to cart") && page.matches("disabled>").count() == 4, "{page}");
}

#[test]
fn an_empty_shop_has_a_site_too() {
    let pages = build(&Snapshot::default());
    assert!(pages["/"].contains("Nothing is here yet"));
    let all = &pages["/products/"];
    assert!(all.contains("There is nothing here yet.") && !all.contains("See all products"), "{all}");
    assert!(pages["/robots.txt"].contains("Sitemap: https://shop.example/sitemap.xml"));
    assert!(pages["/sitemap.xml"].contains("<loc>https://shop.example/</loc>"));
}

#[test]
fn what_changes_touch_is_what_a_full_build_would_differ_in() {
    let mut old = synthetic::catalogue(200, goods::parse("EUR"));
    let ids: Vec<Id> = old.products.keys().cloned().collect();
    old.products.get_mut(&ids[7]).unwrap().visible = false;
    let mut new = old.clone();
    let moved = old.products[&ids[30]].category.clone();
    new.products.get_mut(&ids[7]).unwrap().visible = true;
    new.products.get_mut(&ids[11]).unwrap().variants[0].price = goods::money("0.50");
    new.products.get_mut(&ids[12]).unwrap().category = moved;
    new.products.get_mut(&ids[13]).unwrap().slug = goods::parse("another-address");
    new.products.get_mut(&ids[14]).unwrap().variants.iter_mut().for_each(|v| v.stock = 0);
    new.products.get_mut(&ids[15]).unwrap().name = goods::parse("Zz last of all");
    new.products.remove(&ids[16]);
    let changed: BTreeSet<Id> = [7, 11, 12, 13, 14, 15, 16].map(|i| ids[i].clone()).into();
    let (info, renderer) = (info(), Renderer::new().unwrap());
    let touched = builder::changes(&Site::new(&old, &info, &renderer), &Site::new(&new, &info, &renderer), &changed).unwrap();
    let mut patched = build(&old);
    for path in &touched.gone {
        patched.remove(path);
    }
    patched.extend(touched.objects.iter().map(|o| (o.path.clone(), String::from_utf8(o.body.clone()).unwrap())));
    let full = build(&new);
    for (path, html) in &full {
        assert_eq!(patched.get(path), Some(html), "{path}");
    }
    assert_eq!(patched.len(), full.len(), "nothing is left over");
    assert!(touched.objects.len() < full.len() / 2, "{} of {}", touched.objects.len(), full.len());
}
