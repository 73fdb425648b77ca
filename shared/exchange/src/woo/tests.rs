use crate::{CategoryMap, Draft, ProductFile, Remark, draft};
use domain::catalogue::{Product, Source, StockPolicy, TaxClass, Variant};

/// The columns of `WooCommerce` 9, with those of two attributes.
const HEADER: &str = "ID,Type,SKU,\"GTIN, UPC, EAN, or ISBN\",Name,Published,\"Is featured?\",\"Visibility in catalog\",\
    \"Short description\",Description,\"Date sale price starts\",\"Date sale price ends\",\"Tax status\",\"Tax class\",\
    \"In stock?\",Stock,\"Low stock amount\",\"Backorders allowed?\",\"Sold individually?\",\"Weight (kg)\",\
    \"Allow customer reviews?\",\"Sale price\",\"Regular price\",Categories,Tags,Images,Parent,Upsells,Brands,\
    \"Attribute 1 name\",\"Attribute 1 value(s)\",\"Attribute 1 visible\",\"Attribute 1 global\",\
    \"Attribute 2 name\",\"Attribute 2 value(s)\"";

/// A row of the cells that are named, the others empty.
fn row(cells: &[(&str, &str)]) -> String {
    let mut reader = csv::ReaderBuilder::new().from_reader(HEADER.as_bytes());
    let cell = |name: &str| cells.iter().find(|(own, _)| *own == name).map_or("", |(_, cell)| cell);
    let quoted = reader.headers().unwrap().iter().map(|name| format!("\"{}\"", cell(name).replace('"', "\"\"")));
    quoted.collect::<Vec<_>>().join(",")
}

fn simple<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let plain = [
        ("ID", "7"),
        ("Type", "simple"),
        ("SKU", "MUG"),
        ("Name", "Mug"),
        ("Published", "1"),
        ("Visibility in catalog", "visible"),
        ("Tax status", "taxable"),
        ("In stock?", "1"),
        ("Regular price", "7.50"),
    ];
    more.iter().copied().chain(plain).collect()
}

type Drafts = Vec<Result<Draft, Vec<Remark>>>;

fn read(rows: &[String]) -> (ProductFile, Drafts, Vec<String>) {
    let file = ProductFile::read(format!("{HEADER}\n{}\n", rows.join("\n")).into_bytes()).unwrap();
    let mut remarks = Vec::new();
    let drafts =
        file.products().map(|group| draft(&group, "EUR".parse().unwrap(), &mut CategoryMap::default(), &mut remarks)).collect();
    (file, drafts, remarks.into_iter().map(|remark| remark.text).collect())
}

fn one(more: &[(&str, &str)]) -> (Draft, Vec<String>) {
    let (_, mut drafts, remarks) = read(&[row(&simple(more))]);
    (drafts.remove(0).unwrap(), remarks)
}

fn variant(more: &[(&str, &str)]) -> Variant {
    one(more).0.variants.remove(0)
}

#[test]
fn what_a_variation_says_of_the_product_and_a_product_of_its_variations_is_told() {
    let product = [
        ("Type", "variable"),
        ("SKU", "TEE"),
        ("Name", "Tee"),
        ("Categories", "Wear"),
        ("Regular price", "9"),
        ("Stock", "5"),
        ("Attribute 1 name", "Size"),
        ("Attribute 1 value(s)", "S"),
    ];
    let variation = [
        ("Type", "variation"),
        ("Parent", "TEE"),
        ("Name", "Tee - S"),
        ("Regular price", "8"),
        ("Is featured?", "1"),
        ("Visibility in catalog", "hidden"),
        ("Description", "Own"),
        ("Categories", "Other"),
        ("Tags", "new"),
        ("Brands", "Maker"),
        ("Images", "https://old.example/a.jpg, https://old.example/b.jpg"),
        ("Attribute 1 name", "Size"),
        ("Attribute 1 value(s)", "S"),
    ];
    let (_, drafts, remarks) = read(&[row(&product), row(&variation)]);
    assert_eq!(drafts[0].as_ref().unwrap().variants[0].price.to_string(), "8.00");
    let expected = [
        "“regular price” of a product with variations is “9” and is left out: each says its own",
        "“stock” of a product with variations is “5” and is left out: each says its own",
        "a variation has no “description” of its own here: it is left out",
        "a variation has no “categories” of its own here: it is left out",
        "a variation has no “tags” of its own here: it is left out",
        "a variation has no “brands” of its own here: it is left out",
        "a variation has no “is featured?” of its own here: it is left out",
        "a variation has no “visibility in catalog” of its own here: it is left out",
        "a variation has one picture here; left out: “https://old.example/b.jpg”",
    ];
    assert_eq!(remarks, expected);
}

#[test]
fn a_simple_product_is_taken_in_with_all_that_is_said_of_it() {
    let (draft, remarks) = one(&[
        ("GTIN, UPC, EAN, or ISBN", "4006381333931"),
        ("Is featured?", "1"),
        ("Short description", "Short."),
        ("Description", "Long,\\n in two lines."),
        ("Weight (kg)", "0.35"),
        ("Categories", "Kitchen > Cups\\, mugs, Gifts > Small"),
        ("Tags", "blue, round"),
        ("Images", "https://old.example/a.jpg, https://old.example/b.jpg"),
        ("Brands", "Potter"),
        ("Attribute 1 name", "Glaze"),
        ("Attribute 1 value(s)", "Matt"),
        ("Upsells", "9"),
    ]);
    let variant = &draft.variants[0];
    assert_eq!((draft.handle.as_str(), draft.source, draft.slug.as_str()), ("MUG", Source::WooCommerce, "mug"));
    assert_eq!((draft.name.as_str(), draft.vendor.as_deref(), draft.featured), ("Mug", Some("Potter"), true));
    assert!(draft.description.contains("Short.") && draft.description.contains("Long,\n in two lines."));
    assert_eq!(
        (draft.category.to_string().as_str(), draft.tags.join("|").as_str()),
        ("Kitchen > Cups, mugs", "blue|round|Small")
    );
    assert_eq!((variant.weight_grams, variant.price.to_string().as_str()), (Some(350), "7.50"));
    assert_eq!(variant.barcode, "4006381333931".parse().ok());
    let pictures: Vec<&str> = draft.pictures.iter().map(|picture| picture.address.as_str()).collect();
    assert_eq!(pictures, ["https://old.example/a.jpg", "https://old.example/b.jpg"]);
    let said = ["the others become tags: “Gifts > Small”", "the attribute “Glaze: Matt” is left out"];
    assert!(remarks.len() == 2 && said.iter().zip(&remarks).all(|(words, remark)| remark.contains(words)), "{remarks:?}");
    let (file, _, _) = read(&[row(&simple(&[("Upsells", "9"), ("Sold individually?", "0")]))]);
    assert_eq!(file.unread.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["Upsells"]);
}

#[test]
fn stock_is_counted_where_it_is_managed_and_else_there_or_not() {
    for (cells, policy, stock) in [
        ([("In stock?", "1"), ("Stock", "4"), ("Backorders allowed?", "0")], StockPolicy::Track, 4),
        ([("In stock?", "1"), ("Stock", "4"), ("Backorders allowed?", "notify")], StockPolicy::SellWhenOut, 4),
        ([("In stock?", "1"), ("Stock", ""), ("Backorders allowed?", "0")], StockPolicy::Untracked, 0),
        ([("In stock?", "0"), ("Stock", ""), ("Backorders allowed?", "0")], StockPolicy::Track, 0),
        ([("In stock?", "backorder"), ("Stock", ""), ("Backorders allowed?", "0")], StockPolicy::SellWhenOut, 0),
    ] {
        let found = variant(&cells);
        assert_eq!((found.stock_policy, found.stock), (policy, stock), "{cells:?}");
    }
}

#[test]
fn a_sale_is_a_price_with_the_regular_one_before_it_unless_it_begins_later() {
    let prices = |more: &[(&str, &str)]| {
        let (draft, remarks) = one(more);
        let variant = &draft.variants[0];
        (variant.price.to_string(), variant.compare_at.map(|before| before.to_string()), remarks.len())
    };
    assert_eq!(prices(&[]), ("7.50".to_owned(), None, 0));
    assert_eq!(prices(&[("Sale price", "5")]), ("5.00".to_owned(), Some("7.50".to_owned()), 0));
    let ends = [("Sale price", "5"), ("Date sale price ends", "2130-01-01")];
    assert_eq!(prices(&ends), ("5.00".to_owned(), Some("7.50".to_owned()), 1));
    let starts = [("Sale price", "5"), ("Date sale price starts", "2130-01-01")];
    assert_eq!(prices(&starts), ("7.50".to_owned(), None, 1));
    let over = [("Sale price", "5"), ("Date sale price ends", "2020-01-01 23:59:59")];
    assert_eq!(prices(&over), ("7.50".to_owned(), None, 0));
    let runs = [("Sale price", "5"), ("Date sale price starts", "2020-01-01"), ("Date sale price ends", "2130-01-01")];
    assert_eq!(prices(&runs), ("5.00".to_owned(), Some("7.50".to_owned()), 1));
}

#[test]
fn taxes_follow_status_and_class() {
    for (cells, class) in [
        ([("Tax status", "taxable"), ("Tax class", "")], TaxClass::Standard),
        ([("Tax status", "taxable"), ("Tax class", "reduced-rate")], TaxClass::Reduced),
        ([("Tax status", "taxable"), ("Tax class", "zero-rate")], TaxClass::Zero),
        ([("Tax status", "none"), ("Tax class", "")], TaxClass::Zero),
    ] {
        assert_eq!(variant(&cells).tax_class, class, "{cells:?}");
    }
    let (_, remarks) = one(&[("Tax class", "luxury")]);
    assert_eq!(remarks, ["the tax class “luxury” becomes standard"]);
}

fn variation<'a>(sku: &'a str, parent: &'a str, size: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("Type", "variation"),
        ("SKU", sku),
        ("Name", "Shirt - variation"),
        ("Published", "1"),
        ("Tax status", "taxable"),
        ("Tax class", "parent"),
        ("In stock?", "1"),
        ("Stock", "3"),
        ("Regular price", "20"),
        ("Parent", parent),
        ("Attribute 1 name", "Size"),
        ("Attribute 1 value(s)", size),
        ("Images", "https://old.example/own.jpg"),
    ]
}

#[test]
fn variations_belong_to_the_product_that_they_name_by_sku_or_id_wherever_they_stand() {
    let parent = row(&[
        ("ID", "5"),
        ("Type", "variable"),
        ("SKU", "SHIRT"),
        ("Name", "Shirt"),
        ("Published", "1"),
        ("Weight (kg)", "0.2"),
        ("Tax class", "reduced-rate"),
        ("Attribute 1 name", "Size"),
        ("Attribute 1 value(s)", "S, M"),
        ("Images", "https://old.example/first.jpg"),
    ]);
    let mug = row(&simple(&[]));
    let (by_sku, by_id) = (row(&variation("SHIRT-S", "SHIRT", "S")), row(&variation("SHIRT-M", "id:5", "M")));
    let (_, drafts, remarks) = read(&[by_sku, parent, mug, by_id]);
    assert!(drafts.len() == 2 && remarks.is_empty(), "{drafts:?} {remarks:?}");
    let shirt = drafts[0].as_ref().unwrap();
    assert_eq!((shirt.name.as_str(), shirt.options[0].name.as_str()), ("Shirt", "Size"));
    assert_eq!(shirt.options[0].values, ["S", "M"]);
    for (variant, sku) in shirt.variants.iter().zip(["SHIRT-S", "SHIRT-M"]) {
        assert_eq!((variant.sku.as_str(), variant.stock, variant.weight_grams), (sku, 3, Some(200)));
        assert_eq!((variant.tax_class, variant.image.as_deref()), (TaxClass::Reduced, Some("https://old.example/own.jpg")));
    }
    assert_eq!(shirt.pictures.len(), 2);
}

#[test]
fn attributes_are_matched_by_their_names_whatever_their_numbers() {
    let parent = row(&[
        ("ID", "5"),
        ("Type", "variable"),
        ("SKU", "SHIRT"),
        ("Name", "Shirt"),
        ("Published", "1"),
        ("Attribute 1 name", "Material"),
        ("Attribute 1 value(s)", "Cotton"),
        ("Attribute 2 name", "Size"),
        ("Attribute 2 value(s)", "S, M"),
    ]);
    let (_, drafts, remarks) = read(&[parent.clone(), row(&variation("A", "SHIRT", "S")), row(&variation("B", "SHIRT", "M"))]);
    let shirt = drafts[0].as_ref().unwrap();
    assert_eq!((shirt.options.len(), shirt.options[0].name.as_str()), (1, "Size"));
    assert_eq!(shirt.options[0].values, ["S", "M"]);
    assert_eq!(remarks, ["the attribute “Material: Cotton” is left out"]);

    let (_, drafts, _) = read(&[parent, row(&variation("A", "SHIRT", "S")), row(&variation("B", "SHIRT", ""))]);
    let wrong = drafts[0].as_ref().unwrap_err();
    assert!(wrong[0].line == 4 && wrong[0].text.contains("for any “Size”"), "{wrong:?}");
}

#[test]
fn a_file_says_nothing_by_the_columns_that_it_does_not_have() {
    let file = |text: &str| {
        let file = ProductFile::read(text.as_bytes().to_vec()).unwrap();
        let group = file.products().next().unwrap();
        draft(&group, "EUR".parse().unwrap(), &mut CategoryMap::default(), &mut Vec::new()).unwrap()
    };
    let full = file(&format!(
        "{HEADER}\n{}\n",
        row(&simple(&[
            ("Description", "Long"),
            ("Categories", "Toys"),
            ("Stock", "5"),
            ("Tags", "b"),
            ("Brands", "Acme"),
            ("Weight (kg)", "1"),
            ("Tax class", "reduced-rate"),
            ("GTIN, UPC, EAN, or ISBN", "77"),
            ("Is featured?", "1"),
        ]))
    ));
    let bare = file("ID,Type,SKU,Name,Regular price\n7,simple,MUG,Mug,8\n");
    let id = || "p".parse().unwrap();
    let mut product = Product::new(id(), full.slug.clone(), full.name.clone(), id(), "2026-01-01T00:00:00Z".parse().unwrap());
    full.apply(&mut product, &mut Vec::new());
    let before = product.clone();
    let mut remarks = Vec::new();
    bare.apply(&mut product, &mut remarks);
    let mut variants = before.variants.clone();
    variants[0].price = bare.variants[0].price;
    assert_eq!(product, Product { variants, ..before });
    assert!(remarks.is_empty() && !bare.says_category() && product.featured && product.visible);

    let first = bare.variants[0].clone();
    assert_eq!((first.tax_class, bare.visible), (TaxClass::Standard, true), "what is usual where nothing is said");
}

#[test]
fn two_products_of_one_name_without_sku_or_id_and_a_column_twice_are_refused() {
    let header = "Type,Name,Published,Regular price";
    let file = ProductFile::read(format!("{header}\nsimple,Twin,1,5\nsimple,Twin,1,7\n").into_bytes()).unwrap();
    let wrong = draft(&file.products().next().unwrap(), "EUR".parse().unwrap(), &mut CategoryMap::default(), &mut Vec::new())
        .unwrap_err();
    assert!(wrong[0].line == 3 && wrong[0].text.contains("see line 2"), "{wrong:?}");
    let twice = ProductFile::read(format!("{header},Regular price\nsimple,Twin,1,5,6\n").into_bytes()).unwrap_err();
    assert!(twice.to_string().contains("regular price"), "{twice}");
}

#[test]
fn what_cannot_be_sold_here_is_refused_by_its_kind() {
    for (kind, words) in
        [("grouped", "of type “grouped”"), ("external", "of type “external”"), ("variable", "no row with a price")]
    {
        let (_, drafts, _) = read(&[row(&[("ID", "1"), ("Type", kind), ("Name", "Set"), ("Published", "1")])]);
        let wrong = drafts[0].as_ref().unwrap_err();
        assert!(wrong.len() == 1 && wrong[0].line == 2 && wrong[0].text.contains(words), "{wrong:?}");
    }
    let (_, drafts, _) = read(&[row(&variation("A", "GONE", "S"))]);
    assert!(drafts[0].as_ref().unwrap_err()[0].text.contains("is not in the file"));
}

#[test]
fn a_category_above_another_one_of_the_product_says_nothing_more() {
    let (draft, remarks) = one(&[("Categories", "Clothing, Clothing > Hoodies, clothing > hoodies > Warm"), ("Tags", "new")]);
    assert_eq!(
        (draft.category.to_string().as_str(), draft.tags.as_slice()),
        ("clothing > hoodies > Warm", &["new".to_owned()][..])
    );
    assert_eq!(remarks, Vec::<String>::new());
}
