//! What goes out of a shop comes into another as it was.

use super::{
    export::write,
    import::{images_of_this_shop, new_product, show},
};
use domain::{
    catalogue::{
        Category, CategoryTree, Image, OptionType, OptionValue, Product, Seo, Snapshot, Source, StockPolicy, TaxClass,
        UnitMeasure, Variant,
    },
    money::Money,
    text::{Barcode, Name, one_line},
};
use exchange::{CategoryMap, ProductFile, draft};
use proptest::prelude::*;
use std::{fmt::Debug, str::FromStr};

fn read<T: FromStr<Err: Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

/// Words with all that a table, a spreadsheet or a path could take for its own.
fn words() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "Mug",
        "Żółta",
        "=1+1",
        "+",
        "-3",
        "@x",
        "'",
        "''=",
        "a, b",
        "\"",
        "12\" wide",
        ";",
        "x > y",
        ">",
        "\\",
        "\\>",
        "|",
        "€",
        "чашка",
        "Default Title",
        "Title",
        "true",
        "<b>",
        "&amp;",
    ]);
    prop::collection::vec(piece, 1..5).prop_map(|pieces| one_line(&pieces.join(" ")))
}

fn optional_words() -> impl Strategy<Value = Option<String>> {
    prop::option::of(words())
}

fn amount() -> impl Strategy<Value = Money> {
    (0..10_000_000_u32).prop_map(|cents| read(&format!("{}.{:02}", cents / 100, cents % 100)))
}

fn image() -> impl Strategy<Value = Image> {
    let src = prop::sample::select(vec!["/media/a.png", "/media/b c.png", "/media/d.webp", "/media/placeholder.svg"]);
    (src, words(), 1..5000_u32, 1..5000_u32, any::<bool>()).prop_map(|(src, alt, width, height, is_fetched)| {
        let origin = is_fetched.then(|| "https://elsewhere.example/x.png?v=1".to_owned());
        Image { src: src.to_owned(), alt, width, height, origin: origin.filter(|_| !src.contains("placeholder")) }
    })
}

fn variant() -> impl Strategy<Value = Variant> {
    let policy = prop::sample::select(StockPolicy::ALL.to_vec());
    let class = prop::sample::select(TaxClass::ALL.to_vec());
    let measure = prop::sample::select(vec![None, Some("750 ml / 1 l"), Some("6 piece / 1 piece"), Some("8 oz / 1 lb")]);
    let stock = (0..100_u32, 0..20_u32, policy).prop_map(|(stock, beyond, policy)| match policy {
        _ if stock > 50 => (stock, 0, policy),
        _ => (0, beyond, policy),
    });
    let more = (prop::option::of(words()), prop::option::of(amount()), measure, prop::option::of(1..50_000_u32));
    (stock, class, amount(), prop::option::of(1..5_000_u32), any::<bool>(), more).prop_map(
        |((stock, sold_beyond, stock_policy), tax_class, price, dearer, available, (barcode, cost, measure, weight_grams))| {
            Variant {
                stock,
                sold_beyond,
                stock_policy,
                tax_class,
                available,
                compare_at: dearer.map(|by| price + read::<Money>(&format!("{by}.00"))),
                barcode: barcode.and_then(|words| words.parse::<Barcode>().ok()),
                cost,
                measure: measure.map(read::<UnitMeasure>),
                weight_grams,
                ..Variant::new(read("A"), price)
            }
        },
    )
}

fn with_options(mut product: Product, values: &[(String, String)]) -> Product {
    let names = ["Size: EU", "Colour > tone"];
    let value = |name: &str, value: &String| OptionValue { name: name.to_owned(), value: value.clone() };
    let variants = std::mem::take(&mut product.variants);
    for (place, (variant, (size, tone))) in variants.into_iter().zip(values).enumerate() {
        let options = vec![value(names[0], &format!("{size} {place}")), value(names[1], tone)];
        product.variants.push(Variant { sku: read(&format!("SKU-{place}")), options, ..variant });
    }
    let values = |at: usize| {
        let mut values: Vec<String> = Vec::new();
        for value in product.variants.iter().map(|variant| variant.options[at].value.clone()) {
            if !values.contains(&value) {
                values.push(value);
            }
        }
        OptionType { name: names[at].to_owned(), values }
    };
    product.options = vec![values(0), values(1)];
    product
}

prop_compose! {
    fn product()(
        name in words(),
        texts in (optional_words(), optional_words(), optional_words(), optional_words(), optional_words()),
        handle in words(),
        images in prop::collection::vec(image(), 0..4),
        variants in prop::collection::vec(variant(), 1..4),
        values in prop::collection::vec((words(), words()), 4),
        tags in prop::collection::vec(prop::sample::select(vec!["new", "=sum", "a b"]), 0..3),
        (visible, featured, own) in (any::<bool>(), any::<bool>(), any::<bool>()),
        source in prop::sample::select(vec![Source::Shopify, Source::WooCommerce]),
    ) -> Product {
        let (vendor, manufacturer, responsible_person, title, description) = texts;
        let mut images = images;
        images.dedup_by(|a, b| a.src == b.src);
        images.sort_by(|a, b| a.src.cmp(&b.src));
        images.dedup_by(|a, b| a.src == b.src);
        let mut product = with_options(Product {
            handle: Some(format!("{handle} mug")),
            source: Some(source),
            vendor,
            manufacturer,
            responsible_person,
            seo: Seo { title, description },
            images,
            tags: tags.into_iter().map(str::to_owned).collect(),
            description: "<p>Good, \"cheap\" = both.</p>".to_owned(),
            variants,
            visible,
            featured,
            ..Product::new(read("p"), read("p"), read(&name), read("below"), clock::now())
        }, &values);
        if own && let Some(image) = product.images.last() {
            product.variants[0].image = Some(image.src.clone());
        }
        product
    }
}

fn same_names() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["Boots", "BOOTS", "Hats > caps", "Żółta"])
}

prop_compose! {
    /// A tree of any shape: each category below one of those before it, or at the top. Names repeat, also among siblings.
    pub(super) fn tree()(
        categories in prop::collection::vec((same_names(), any::<prop::sample::Index>(), words(), 0..4_u32), 1..9),
    ) -> CategoryTree {
        let id = |place: usize| read(&format!("c{place}"));
        CategoryTree::new(categories.into_iter().enumerate().map(|(place, (name, above, words, position))| Category {
            id: id(place),
            slug: read(&format!("{}-{place}", ["boots", "a", "z"][place % 3])),
            name: read(name),
            parent: Some(above.index(place + 1)).filter(|above| *above < place).map(id),
            image: (position == 1).then(|| format!("/media/category {place}.png")),
            description: if position == 0 { String::new() } else { format!("{words}\n\"{words}\"") },
            position,
            version: 1,
        }))
    }
}

/// All that an export says of categories, by the addresses of each and of those above it.
pub(super) fn described(tree: &CategoryTree) -> Vec<(Vec<String>, Vec<String>, u32)> {
    let one = |category: &Category| {
        let slugs = tree.path(&category.id).iter().map(|above| above.slug.to_string()).collect();
        let own = vec![category.name.to_string(), category.description.clone(), format!("{:?}", category.image)];
        (slugs, own, category.position)
    };
    let mut all: Vec<_> = tree.iter().map(one).collect();
    all.sort();
    all
}

fn shop_of(product: Product, names: [Name; 2]) -> Snapshot {
    let [top, below] = names;
    let category = |id: &str, name: Name, parent: Option<&str>| Category {
        id: read(id),
        slug: read(id),
        name,
        parent: parent.map(read),
        description: String::new(),
        image: None,
        position: 0,
        version: 1,
    };
    Snapshot {
        tree: CategoryTree::new(vec![category("top", top, None), category("below", below, Some("top"))]),
        products: [(product.id.clone(), product)].into(),
        ..Snapshot::default()
    }
}

proptest! {
    #[test]
    fn a_product_that_was_exported_is_imported_as_it_was(product in product(), top in words(), below in words()) {
        prop_assume!(product.check().is_ok());
        let euros = read("EUR");
        let names: [Name; 2] = [read(&top), read(&below)];
        let mut file = Vec::new();
        write(&shop_of(product.clone(), names.clone()), euros, &mut file).unwrap();

        let text = String::from_utf8_lossy(&file).into_owned();
        let file = ProductFile::read(file).unwrap();
        let mut remarks = Vec::new();
        let group = file.products().next().unwrap();
        let drafted = draft(&group, euros, &mut CategoryMap::default(), &mut remarks);
        let draft = drafted.map_err(|wrong| TestCaseError::fail(format!("{wrong:?}\n{text}")))?;
        prop_assert_eq!(file.unread.iter().count(), 0);
        prop_assert_eq!(draft.category.names(), &names[..]);
        let images = images_of_this_shop(&draft);
        let mut found = new_product(&draft);
        draft.apply(&mut found, &mut remarks);
        show(&mut found, &draft, images);
        let same = Product {
            id: found.id.clone(),
            category: found.category.clone(),
            updated_at: found.updated_at,
            ..product
        };
        prop_assert_eq!(found, same, "{}", text);
    }
}

proptest! {
    #[test]
    fn every_category_is_in_an_export_with_all_that_it_has_and_each_product_names_its_own(
        tree in tree(),
        product in product(),
        products in 0..3_usize,
        place in any::<prop::sample::Index>(),
    ) {
        prop_assume!(product.check().is_ok());
        let all: Vec<Category> = tree.iter().cloned().collect();
        let own = place.get(&all);
        let product = Product { category: own.id.clone(), ..product };
        let own_handle = |n| Product { id: read(&format!("p{n}")), handle: Some(format!("h{n}")), ..product.clone() };
        let numbered = (0..products).map(own_handle);
        let products = numbered.map(|product| (product.id.clone(), product)).collect();
        let mut file = Vec::new();
        write(&Snapshot { tree: tree.clone(), products, ..Snapshot::default() }, read("EUR"), &mut file).unwrap();

        let file = ProductFile::read(file).unwrap();
        prop_assert_eq!((file.remarks.len(), file.without_handle, file.categories.len()), (0, 0, all.len()));
        for listed in &file.categories {
            let category = all.iter().find(|category| category.slug == listed.slug).unwrap();
            let path = tree.path(&category.id);
            prop_assert_eq!(listed.path.names().iter().collect::<Vec<_>>(), path.iter().map(|c| &c.name).collect::<Vec<_>>());
            prop_assert_eq!(listed.parent.as_ref(), path.iter().rev().nth(1).map(|parent| &parent.slug));
            prop_assert_eq!(listed.description.as_ref(), Some(&category.description));
            prop_assert_eq!(listed.image.as_deref(), Some(category.image.as_deref().unwrap_or_default()));
            prop_assert_eq!(listed.position, Some(category.position));
        }
        for group in file.products() {
            let draft = draft(&group, read("EUR"), &mut CategoryMap::default(), &mut Vec::new()).unwrap();
            prop_assert_eq!(draft.category_slug, Some(own.slug.clone()));
        }
    }
}

#[test]
fn no_two_products_of_an_export_have_the_same_handle() {
    let product = |slug: &str, handle: Option<&str>, source| Product {
        handle: handle.map(str::to_owned),
        source,
        ..Product::new(read(slug), read(slug), read(slug), read("below"), clock::now())
    };
    let products = [
        product("woo-hat", Some("cap"), Some(Source::WooCommerce)),
        product("cap", None, None),
        product("a-cap", Some("cap"), Some(Source::Shopify)),
    ];
    let mut shop = shop_of(products[0].clone(), [read("Top"), read("Below")]);
    shop.products = products
        .map(|mut p| {
            p.variants = vec![Variant::new(read(p.slug.as_str()), read("1.00"))];
            (p.id.clone(), p)
        })
        .into();
    let mut file = Vec::new();
    write(&shop, read("EUR"), &mut file).unwrap();
    let file = ProductFile::read(file).unwrap();
    let groups: Vec<(String, String)> = file
        .products()
        .map(|group| {
            draft(&group, read("EUR"), &mut CategoryMap::default(), &mut Vec::new())
                .map(|draft| (group.handle, draft.slug.to_string()))
                .unwrap()
        })
        .collect();
    let expected = [("cap", "a-cap"), ("cap-2", "cap"), ("woo-hat", "woo-hat")];
    assert_eq!(groups, expected.map(|(handle, slug)| (handle.to_owned(), slug.to_owned())));
}
