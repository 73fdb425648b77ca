use super::*;
use crate::ProductFile;
use domain::catalogue::{Product, StockPolicy, TaxClass};

/// The products of a file, or what is wrong with each, and the remarks.
fn drafts(text: &str) -> (Vec<Result<Draft, Vec<Remark>>>, Vec<Remark>) {
    let file = ProductFile::read(text.as_bytes().to_vec()).unwrap();
    let mut remarks = Vec::new();
    let euros = "EUR".parse().unwrap();
    (file.products().map(|group| draft(&group, euros, &mut CategoryMap::default(), &mut remarks)).collect(), remarks)
}

fn one(text: &str) -> (Draft, Vec<String>) {
    let (mut drafts, remarks) = drafts(text);
    (drafts.remove(0).unwrap(), remarks.into_iter().map(|remark| remark.text).collect())
}

fn wrong(text: &str) -> Vec<(u64, String)> {
    let (mut drafts, _) = drafts(text);
    drafts.remove(0).unwrap_err().into_iter().map(|remark| (remark.line, remark.text)).collect()
}

#[test]
fn a_category_is_shopifys_or_the_merchants_type_and_a_tag_only_where_there_is_nothing_else() {
    let file = |cells: &str| one(&format!("Handle,Title,Price,Product Category,Custom Product Type,Type,Tags\na,A,1,{cells}")).0;
    for (cells, category, tags) in [
        ("Apparel > Clothing > Shirts & Tops,Tees,Tops,new", "Apparel > Clothing > Shirts & Tops", 1),
        (",Tees,Tops,new", "Tees", 1),
        (",,tops,\"new, blue\"", "Tops", 2),
        (",,,\"new, blue\"", "New", 2),
        (",,,", "Imported", 0),
    ] {
        let draft = file(cells);
        assert_eq!((draft.category.to_string().as_str(), draft.tags.len()), (category, tags), "{cells}");
    }
}

#[test]
fn weights_are_rounded_to_grams_and_what_weighs_anything_weighs_one() {
    for (typed, grams) in
        [("226.796185", Some(227)), ("0.6", Some(1)), ("0.2", Some(1)), ("1.5", Some(2)), ("0", None), ("0.0", None), ("", None)]
    {
        let (draft, _) = one(&format!("Handle,Title,Price,Variant Grams\na,A,1,{typed}"));
        assert_eq!(draft.variants[0].weight_grams, grams, "{typed}");
    }
    for typed in ["-1", "1kg", "1e3", "1.2.3", "99999999999", "\"1,5\""] {
        let wrong = wrong(&format!("Handle,Title,Price,Variant Grams\na,A,1,{typed}"));
        assert!(wrong.len() == 1 && wrong[0].1.contains("is not a number of grams"), "{typed}: {wrong:?}");
    }
}

#[test]
fn made_skus_of_one_product_never_clash_and_are_the_same_every_time() {
    let text = "Handle,Title,Price,Option1 Name,Option1 Value,SKU\n\
                a,A,1,Χρώμα,Μπλε,\na,,1,,Μπλέ,\na,,1,,μπλε,\na,,1,,x,a-mple-2\n";
    let skus = |draft: &Draft| draft.variants.iter().map(|v| v.sku.to_string()).collect::<Vec<_>>();
    let first = skus(&one(text).0);
    assert_eq!(first.iter().collect::<BTreeSet<_>>().len(), 4, "{first:?}");
    assert_eq!(first, skus(&one(text).0));
    assert_eq!(first[3], "A-MPLE-2", "what the file has is kept");
}

#[test]
fn what_is_said_where_nobody_reads_it_is_told_by_its_line() {
    let header = "Handle,Title,Price,Option1 Name,Option1 Value,Option2 Value,Body (HTML),Published,Variant Taxable,Status,\
                  Image Src,Image Position,Image Alt Text,Variant Barcode,Type";
    let (draft, remarks) = one(&format!(
        "{header}\na,A,1,,Red,,<p>a</p><iframe src=x></iframe>,no,no,live,http://x.example/a.jpg,x,View,4.00638E+12,Mugs\n\
         a,Other,,,,,,,,,http://x.example/a.jpg,2,Another view,,Cups\n"
    ));
    assert_eq!((draft.visible, draft.variants[0].tax_class), (false, TaxClass::Zero), "no is false");
    assert_eq!(
        remarks,
        [
            "the description's <iframe> is left out",
            "“Option1 Value” is “Red”, but the option has no name: it is left out",
            "the barcode 4.00638E+12 looks like a number that a spreadsheet has shortened",
            "“Title” says something else than in line 2 and is left out",
            "“Type” says something else than in line 2 and is left out",
            "the status “live” is not known here: the product is hidden",
            "the picture's position “x” is no number: it comes last",
            "the picture stands in line 2 already and is left out, with the words “Another view”",
        ]
    );
}

#[test]
fn a_gift_card_is_refused_by_name_with_its_line() {
    let wrong = wrong("Handle,Title,Price,Gift Card\n\na,Gift,25,TRUE\n");
    assert_eq!(wrong, [(3, "it is a gift card, and gift cards cannot be sold here yet".to_owned())]);
    one("Handle,Title,Price,Gift Card\na,A,25,FALSE\n");
}

#[test]
fn prices_that_are_not_plain_amounts_are_refused_with_their_line() {
    for typed in ["\"1,299.00\"", "\"12,50\"", "$19.99", "-1", "1.999", "free"] {
        let wrong = wrong(&format!("Handle,Title,Price\na,A,{typed}\n"));
        assert!(wrong.len() == 1 && wrong[0].0 == 2 && wrong[0].1.starts_with("the price"), "{typed}: {wrong:?}");
    }
}

#[test]
fn negative_stock_and_a_price_before_that_is_not_higher_are_put_right_with_a_remark() {
    let (draft, remarks) = one("Handle,Title,Price,Compare-at price,Inventory quantity\na,A,10,9,-3\n");
    assert_eq!((draft.variants[0].stock, draft.variants[0].compare_at), (0, None));
    assert_eq!(
        remarks,
        [
            "the quantity -3 becomes 0, with 3 sold beyond the stock",
            "the compare-at price is not above the price and is left out"
        ]
    );
}

#[test]
fn stock_without_a_tracker_is_not_counted_and_what_is_below_zero_is_owed() {
    let header = "Handle,Title,Price,Inventory tracker,Continue selling when out of stock,Inventory quantity";
    for (cells, policy, stock, remarks) in [
        (",deny,0", StockPolicy::Untracked, (0, 0), 0),
        ("shopify,deny,3", StockPolicy::Track, (3, 0), 0),
        ("shopify,continue,0", StockPolicy::SellWhenOut, (0, 0), 0),
        ("Shopify,TRUE,-2", StockPolicy::SellWhenOut, (0, 2), 1),
        ("shopify,deny,-2", StockPolicy::Track, (0, 2), 1),
        (",,-2", StockPolicy::Untracked, (0, 2), 1),
        ("amazon,deny,2", StockPolicy::Track, (2, 0), 1),
    ] {
        let (draft, said) = one(&format!("{header}\na,A,1,{cells}\n"));
        let variant = &draft.variants[0];
        assert_eq!((variant.stock_policy, (variant.stock, variant.sold_beyond)), (policy, stock), "{cells}");
        assert_eq!(said.len(), remarks, "{cells}: {said:?}");
    }
    let (draft, _) = one("Handle,Title,Price\na,A,1\n");
    assert_eq!(draft.variants[0].stock_policy, StockPolicy::Track, "a file that says nothing of it");
    let wrong = wrong(&format!("{header}\na,A,1,shopify,maybe,1\n"));
    assert_eq!(wrong, [(2, "the inventory policy “maybe” is neither deny nor continue".to_owned())]);
}

#[test]
fn barcodes_costs_and_unit_prices_are_read_or_said_to_be_wrong_with_what_was_found() {
    let header = "Handle,Title,Price,Variant Barcode,Cost per item,Unit Price Total Measure,\
                  Unit Price Total Measure Unit,Unit Price Base Measure,Unit Price Base Measure Unit";
    let (draft, _) = one(&format!("{header}\na,A,1,'4006381333931,0.40,750,ml,1,l\n"));
    let variant = &draft.variants[0];
    assert_eq!(variant.barcode, "4006381333931".parse().ok());
    assert_eq!(variant.cost.map(|cost| cost.to_string()).as_deref(), Some("0.40"));
    assert_eq!(variant.measure.map(|m| m.to_string()).as_deref(), Some("750 ml / 1 l"));
    for (cells, why) in [
        (",,1,stone,,", "“1 stone / 1 stone” has a unit that is not known here"),
        (",,1,ml,1,kg", "“1 ml / 1 kg” compares units that measure different things"),
        (",,0,ml,1,l", "“0 ml / 1 l” needs amounts above 0 and at most a million, with six decimals at most"),
        (",,750,ml,0.0,l", "“750 ml / 0.0 l” needs amounts above 0 and at most a million, with six decimals at most"),
    ] {
        let (draft, said) = one(&format!("{header}\na,A,1,{cells}\n"));
        assert_eq!(said, [format!("the unit price for {why} and is left out")]);
        assert_eq!(draft.variants[0].measure, None, "{cells}");
    }
    let wrong = wrong(&format!("{header}\na,A,1,,x,,,,\n"));
    assert!(wrong.len() == 1 && wrong[0].1.starts_with("the cost “x”"), "{wrong:?}");
}

#[test]
fn what_the_file_has_no_column_for_stays_as_it_is() {
    let (full, _) = one("Handle,Title,Price,Vendor,SEO Title,Shop: featured,Body (HTML),Variant Barcode,Shop: for sale\n\
                         a,A,1,Maker,Seen,true,Good,77,false\n");
    let (bare, _) = one("Handle,Title,Price,SKU\na,B,2,A\n");
    let now = "2026-01-01T00:00:00Z".parse().unwrap();
    let mut product = Product::new("p".parse().unwrap(), "a".parse().unwrap(), full.name.clone(), "c".parse().unwrap(), now);
    full.apply(&mut product, &mut Vec::new());
    let before = product.clone();
    bare.apply(&mut product, &mut Vec::new());
    let mut variants = before.variants.clone();
    variants[0].price = bare.variants[0].price;
    assert_eq!(product, Product { name: bare.name.clone(), variants, ..before });
    assert!(product.featured && !product.variants[0].available && product.seo.title.as_deref() == Some("Seen"));
}

#[test]
fn quantities_that_the_shop_counts_otherwise_are_left_alone_and_counted() {
    let rows = "Handle,Title,Price,SKU,Option1 Name,Option1 Value,Variant Inventory Qty\n";
    let (before, _) = one(&format!("{rows}a,A,1,S,Size,S,1\na,,1,M,,M,2\na,,1,L,,L,3\n"));
    let (after, _) = one(&format!("{rows}a,A,1,S,Size,S,1\na,,1,M,,M,9\na,,1,L,,L,\na,,1,XL,,XL,4\n"));
    let now = "2026-01-01T00:00:00Z".parse().unwrap();
    let mut product = Product::new("p".parse().unwrap(), "a".parse().unwrap(), before.name.clone(), "c".parse().unwrap(), now);
    assert_eq!(before.apply(&mut product, &mut Vec::new()), 0);
    assert_eq!(after.apply(&mut product, &mut Vec::new()), 1, "that of M: L says nothing, and XL is new");
    assert_eq!(product.variants.iter().map(|variant| variant.stock).collect::<Vec<_>>(), [1, 2, 3, 4]);
}

#[test]
fn a_product_of_an_export_comes_from_the_shop_that_it_came_from() {
    let of = |cells: &str| {
        let (draft, said) = one(&format!("Handle,Title,Price,Shop: source,Shop: source handle\nA-x,A,1,{cells}\n"));
        (draft.source, draft.handle, draft.slug.to_string(), said.len())
    };
    let (woo, shopify, slug) = (Source::WooCommerce, Source::Shopify, "a-x".to_owned());
    assert_eq!(of("WooCommerce,id:7"), (woo, "id:7".to_owned(), slug.clone(), 0));
    assert_eq!(of("woocommerce,"), (woo, "A-x".to_owned(), slug.clone(), 0));
    assert_eq!(of(",id:7"), (shopify, "A-x".to_owned(), slug.clone(), 0));
    assert_eq!(of("elsewhere,id:7"), (shopify, "A-x".to_owned(), slug.clone(), 1));
    assert_eq!(of(&format!("woocommerce,{}", "x".repeat(256))), (shopify, "A-x".to_owned(), slug, 1));
}

#[test]
fn pictures_beyond_the_most_are_left_out_with_a_remark_each() {
    let rows: Vec<String> = (0..MAX_IMAGES + 3).map(|n| format!("a,,,https://shop.example/{n}.jpg,{}", n + 1)).collect();
    let (draft, remarks) = one(&format!("Handle,Title,Price,Image Src,Image Position\na,A,1,,\n{}", rows.join("\n")));
    assert_eq!((draft.pictures.len(), remarks.len()), (MAX_IMAGES, 3));
}

#[test]
fn a_row_that_says_something_of_a_variant_without_a_price_is_refused_and_no_variant_is_lost() {
    let header = "Handle,Title,Variant SKU,Variant Price,Variant Barcode,Variant Compare At Price,Cost per item,Image Src";
    for cells in ["DV-M,,,,,", ",,4006381333931,,,", ",,,20.00,,", ",,,,3.00,"] {
        let wrong = wrong(&format!("{header}\ndv,Del Var,DV-S,11,,,,\ndv,,{cells}\n"));
        assert_eq!(wrong, [(3, "the variant has no price".to_owned())], "{cells}");
    }
    let (draft, _) = one(&format!("{header}\ndv,Del Var,DV-S,11,,,,\ndv,,,,,,,https://x.example/a.png\n"));
    assert_eq!((draft.variants.len(), draft.pictures.len()), (1, 1), "a picture alone is none");
    for (price, found) in [("\"1,299.00\"", "1,299.00"), ("\"12,50\"", "12,50"), ("$19.99", "$19.99")] {
        let wrong = wrong(&format!("{header}\ndv,Del Var,DV-S,{price},,,,\n"));
        assert_eq!(wrong, [(2, format!("the price “{found}” is not an amount; expected one such as 12.50"))]);
    }
}

#[test]
fn a_gift_card_is_refused_in_whatever_row_and_words_and_what_nobody_understands_is_not_published() {
    let header = "Handle,Title,Option1 Name,Option1 Value,Price,Gift Card,Published,Status";
    let refused = wrong(&format!("{header}\ngc,Voucher,Value,10,10,,,\ngc,,,20,20,true,,\n"));
    assert_eq!(refused, [(3, "it is a gift card, and gift cards cannot be sold here yet".to_owned())]);
    let unclear = wrong(&format!("{header}\ngf,Bon cadeau,,,10,VRAI,,\n"));
    assert_eq!(unclear, [(2, "“Gift Card” is “VRAI”; expected true or false".to_owned())]);
    for (published, visible) in [("FAUX", false), ("false", false), ("TRUE", true), ("", true)] {
        let (draft, remarks) = one(&format!("{header}\na,A,,,10,false,{published},\n"));
        assert_eq!((draft.visible, remarks.len()), (visible, usize::from(published == "FAUX")), "{published}: {remarks:?}");
    }
}

#[test]
fn a_later_row_and_a_type_beside_a_category_are_told_where_nobody_reads_them() {
    let header = "Handle,Title,Option1 Name,Option1 Value,Price,Status,SEO Title,Product Category,Type,Shop: old addresses";
    let (_, remarks) = one(&format!(
        "{header}\na,A,Size,S,10,active,Best A,Apparel > Shirts,Linen collection,old\na,,Colour,M,10,draft,Other,,,b\n"
    ));
    let left_out = |column: &str| format!("“{column}” says something else than in line 2 and is left out");
    let expected = [
        left_out("Status"),
        left_out("SEO Title"),
        left_out("Option1 Name"),
        left_out("Shop: old addresses"),
        "“Type” is “Linen collection” and is left out beside “Product Category”".to_owned(),
    ];
    assert_eq!(remarks, expected);
    let (_, none) = one(&format!("{header}\na,A,Size,S,10,active,Best A,Apparel > Shirts,shirts,\n"));
    assert_eq!(none, Vec::<String>::new(), "the name of the category is no news");
}

#[test]
fn a_map_is_asked_for_the_category_and_then_for_the_types_beside_it() {
    let mut map = CategoryMap::read(b"from,to\nBoots,Footwear > Boots\nApparel,Clothes\nsale,Sale\n".to_vec()).unwrap();
    let mut read = |cells: &str| {
        let text =
            format!("Handle,Title,Price,Product Category,Custom Product Type,Type,Tags,Shop: category address\na,A,1,{cells}\n");
        let file = ProductFile::read(text.into_bytes()).unwrap();
        let mut remarks = Vec::new();
        let draft = draft(&file.products().next().unwrap(), "EUR".parse().unwrap(), &mut map, &mut remarks).unwrap();
        let said: Vec<String> = remarks.into_iter().map(|remark| remark.text).collect();
        (draft.category.to_string(), draft.category_slug.map(|slug| slug.to_string()), said.join("; "))
    };
    let beside = |column: &str, typed: &str, chosen: &str| format!("“{column}” is “{typed}” and is left out beside “{chosen}”");
    let owned = |(path, slug, said): (&str, Option<&str>, String)| (path.to_owned(), slug.map(str::to_owned), said);
    for (cells, expected) in [
        (",,boots,,", ("Footwear > Boots", None, String::new())),
        (",,,sale,", ("Sale", None, String::new())),
        ("Shoes,,boots,sale,shoes", ("Footwear > Boots", None, beside("Product Category", "Shoes", "Type"))),
        ("Shoes > Boots,,Winter,,b", ("Footwear > Boots", None, beside("Type", "Winter", "Product Category"))),
        ("Apparel > Hats,,,,hats", ("Clothes > Hats", Some("hats"), String::new())),
        ("Toys > Cars,Cars,,sale,cars", ("Toys > Cars", Some("cars"), String::new())),
        (",Cups,Mugs,,", ("Cups", None, beside("Type", "Mugs", "Custom Product Type"))),
    ] {
        assert_eq!(read(cells), owned(expected), "{cells}");
    }
}

#[test]
fn what_stands_in_a_row_without_its_picture_or_variant_is_told() {
    let header = "Handle,Title,Price,Image Src,Image Position,Image Alt Text,Variant Inventory Qty,Variant Grams,Status";
    let (draft, remarks) = one(&format!("{header}\na,A,1,,2,A mug,3,200,archived\na,,,/media/a.png#8x8,1,,4,0,\n"));
    assert_eq!((draft.variants.len(), draft.pictures.len(), draft.visible), (1, 1, false));
    let without = |column: &str, what: &str| format!("“{column}” stands in a row without a {what} and is left out");
    assert_eq!(
        remarks,
        [
            without("Variant Inventory Qty", "price, SKU or option"),
            "the status “archived” becomes draft: the product is hidden".to_owned(),
            without("Image Position", "picture"),
            without("Image Alt Text", "picture"),
        ]
    );
}

#[test]
fn an_sku_that_changes_and_a_unit_price_of_nothing_are_told() {
    let header = "Handle,Title,Price,SKU,Unit Price Base Measure,Unit Price Base Measure Unit";
    let (draft, remarks) = one(&format!("{header}\na,A,1,abc-1,1,l\n"));
    assert_eq!(draft.variants[0].sku.as_str(), "ABC-1");
    assert_eq!(
        remarks,
        ["the SKU “abc-1” becomes ABC-1", "the unit price for “1 l” has no “Unit Price Total Measure” and is left out",]
    );
}

#[test]
fn the_length_of_a_description_is_that_of_what_is_kept() {
    let file = |body: &str| format!("Handle,Title,Price,Body (HTML)\na,A,1,\"{}\"\n", body.replace('"', "\"\""));
    let long = wrong(&file(&"&".repeat(LONGEST_DESCRIPTION - 10)));
    assert_eq!(long, [(2, format!("the description is longer than {LONGEST_DESCRIPTION} characters"))]);
    let (draft, _) = one(&file(&format!("<p>{}</p>", "Größe: 10\" ".repeat(4000))));
    let (again, _) = one(&file(&draft.description));
    assert_eq!(again.description, draft.description, "what is kept is taken in again");
    let (pictures, remarks) = one(&file("<p>a</p><img src=https://x.example/a.png>"));
    assert!(pictures.description == "<p>a</p>" && remarks == ["the description's <img> is left out"], "{remarks:?}");
    let (plain, remarks) = one(&file("<p class=big style=color:red>a <a href=javascript:b()>c</a></p>"));
    assert!(plain.description.starts_with("<p>a <a rel="), "{}", plain.description);
    assert_eq!(remarks, ["attributes of the description's tags are left out: “class, href, style”"]);
}

#[test]
fn a_price_before_that_is_none_any_more_is_told() {
    let (draft, _) = one("Handle,Title,Variant SKU,Price\na,A,DV-S,16\n");
    let id: domain::text::Id = "a".parse().unwrap();
    let mut product =
        Product::new(id.clone(), draft.slug.clone(), draft.name.clone(), id, "2026-01-02T03:04:05Z".parse().unwrap());
    let known =
        Variant { compare_at: Some("15".parse().unwrap()), ..Variant::new("DV-S".parse().unwrap(), "10".parse().unwrap()) };
    product.variants = vec![known];
    let mut remarks = Vec::new();
    draft.apply(&mut product, &mut remarks);
    assert_eq!(product.variants[0].compare_at, None);
    let text = "the price of DV-S is not below 15 any more, which is left out as the price before";
    assert_eq!(remarks, [Remark::new(2, text)]);
}

/// A product with what a file says of it, and what became of its variants: SKU, values and stock.
fn applied(product: Option<Product>, text: &str) -> (Product, Vec<(String, String, u32)>, Vec<String>) {
    let (draft, _) = one(text);
    let id: domain::text::Id = "a".parse().unwrap();
    let new = || Product::new(id.clone(), draft.slug.clone(), draft.name.clone(), id, "2026-01-02T03:04:05Z".parse().unwrap());
    let mut product = product.unwrap_or_else(new);
    let mut remarks = Vec::new();
    draft.apply(&mut product, &mut remarks);
    let variants = product.variants.iter().map(|v| (v.sku.to_string(), v.label(), v.stock)).collect();
    (product, variants, remarks.into_iter().map(|remark| remark.text).collect())
}

fn owned(variants: &[(&str, &str, u32)]) -> Vec<(String, String, u32)> {
    variants.iter().map(|(sku, label, stock)| ((*sku).to_owned(), (*label).to_owned(), *stock)).collect()
}

#[test]
fn variants_whose_skus_were_made_are_known_by_their_options_whatever_their_order() {
    let file = |rows: &[&str]| {
        format!("Handle,Title,Option1 Name,Option1 Value,SKU,Price,Inventory quantity\nh,Hat,{}\n", rows.join("\nh,,"))
    };
    for (a, b, skus) in [("Size,A,,1,1", ",Á,,2,9", ["H-A", "H-A-2"]), ("Size,A,HAT/1,1,1", ",Á,HAT 1,2,9", ["HAT-1", "HAT-1-2"])]
    {
        let (hat, variants, _) = applied(None, &file(&[a, b]));
        assert_eq!(variants, owned(&[(skus[0], "A", 1), (skus[1], "Á", 9)]));
        let first = |row: &str| row.replacen(',', "Size,", usize::from(row.starts_with(',')));
        let later = |row: &str| row.replacen("Size", "", 1);
        let (_, turned, remarks) = applied(Some(hat.clone()), &file(&[&first(b), &later(a)]));
        assert_eq!((turned, remarks), (owned(&[(skus[1], "Á", 9), (skus[0], "A", 1)]), Vec::new()));
        let (hat, one, remarks) = applied(Some(hat), &file(&[&first(b)]));
        assert_eq!(one, owned(&[(skus[1], "Á", 9)]));
        assert_eq!(remarks, [format!("the variant {} is not in the file: it is deleted, with a stock of 1", skus[0])]);
        // A new one gets no SKU that another variant has, and the option may get another name.
        let (_, two, _) = applied(Some(hat), &file(&["Cut,Á,,2,9", ",Ä,,3,4"]));
        assert_eq!(two[0], (skus[1].to_owned(), "Á".to_owned(), 9));
        assert!(two[1].0 != skus[1] && two[1].2 == 4, "{two:?}");
    }
}

#[test]
fn the_second_of_two_variants_with_one_sku_gets_a_number_and_keeps_it() {
    let text = "Handle,Title,Option1 Name,Option1 Value,SKU,Price,Inventory quantity\n\
                h,Hat,Size,S,abc,1,1\nh,,,M,ABC,2,9\nh,,,L,ABC-2,3,4\n";
    let (_, remarks) = one(text);
    assert_eq!(remarks, ["the SKU “abc” becomes ABC", "another variant has the SKU “ABC” already: this one has ABC-3"]);
    let (hat, variants, _) = applied(None, text);
    assert_eq!(variants, owned(&[("ABC", "S", 1), ("ABC-3", "M", 9), ("ABC-2", "L", 4)]));
    let (again, _, remarks) = applied(Some(hat.clone()), text);
    assert_eq!((again, remarks), (hat, Vec::new()));
    // One that another product had keeps the number that it got.
    let mut numbered = applied(None, "Handle,Title,SKU,Price,Inventory quantity\nh,Hat,D1,1,5\n").0;
    numbered.variants[0].sku = "D1-2".parse().unwrap();
    let (_, variants, remarks) = applied(Some(numbered), "Handle,Title,SKU,Price,Inventory quantity\nh,Hat,d1,1,8\n");
    assert_eq!(variants, owned(&[("D1-2", "", 5)]));
    assert_eq!(remarks, ["the SKU D1 is D1-2 in this shop and stays so"]);
}

#[test]
fn option_values_keep_the_order_of_the_shop_that_wrote_the_file_and_those_without_a_variant() {
    let file = |listed: &str| {
        format!(
            "Handle,Title,Option1 Name,Option1 Value,Price,Shop: option values,Shop: created\n\
             h,Hat,Size,L,1,{listed},2025-01-02T03:04:05.678Z\nh,,,S,1,,\n"
        )
    };
    let (hat, _, _) = applied(None, &file("\"[[\"\"S\"\",\"\"M\"\",\"\"L\"\"]]\""));
    assert_eq!(hat.options[0].values, ["S", "M", "L"]);
    let (turned, _, _) = applied(Some(hat), &file("\"[[\"\"L\"\"]]\""));
    assert_eq!(turned.options[0].values, ["L", "S"]);
    for wrong in ["[", "\"[[],[]]\"", "7"] {
        let (draft, remarks) = one(&file(wrong));
        assert_eq!(draft.options[0].values, ["L", "S"]);
        assert_eq!(remarks, ["“Shop: option values” does not list the values of 1 options and is left out"]);
    }
    let (draft, _) = one(&file(""));
    assert_eq!(draft.created_at, Some("2025-01-02T03:04:05.678Z".parse().unwrap()));
    let (draft, remarks) = one(&file("").replace("2025-", "2925-"));
    assert_eq!((draft.created_at, remarks.len()), (None, 1), "{remarks:?}");
}

#[test]
fn what_the_form_would_refuse_is_cut_or_refused_and_told() {
    let header = "Handle,Title,Price,Vendor,Tags,Option1 Name,Option1 Value,Image Src,Image Position";
    let (long, many) = ("x".repeat(300), (0..300).map(|n| n.to_string()).collect::<Vec<_>>().join(", "));
    let (draft, remarks) =
        one(&format!("{header}\na,A,1,{long},\"{many}\",,,https://x.example/a.png,1\na,,,,,,,https://x.example/a.png,2\n"));
    assert_eq!((draft.vendor.unwrap().len(), draft.tags.len(), draft.pictures.len()), (255, 250, 1));
    assert_eq!(
        remarks,
        [
            "50 tags are left out: a product has at most 250",
            "“Vendor” is cut to 255 characters",
            "the picture stands in line 2 already and is left out",
        ]
    );
    let refused = wrong(&format!("{header}\na,A,1,,,Size,{long},,\n"));
    assert_eq!(refused, [(2, "the value for “Size” is longer than 255 characters".to_owned())]);
    let refused = wrong(&format!("{header}\na,A,1,,,{long},S,,\n"));
    assert_eq!(refused, [(2, "the name of an option is longer than 255 characters".to_owned())]);
}
