//! A catalogue of any size that is the same every time: for tests and measurements at scale.

use domain::{
    catalogue::{Category, CategoryTree, Image, OptionType, OptionValue, Product, Snapshot, Variant},
    money::{Currency, Money},
    text::{Id, Name},
    timestamp::Timestamp,
};
use std::{fmt::Display, str::FromStr};

const ADJECTIVES: [&str; 16] = [
    "Plain", "Woven", "Oiled", "Brushed", "Folding", "Quiet", "Sturdy", "Light", "Deep", "Round", "Tall", "Narrow", "Warm",
    "Cool", "Rough", "Fine",
];
const MATERIALS: [&str; 10] = ["Oak", "Linen", "Wool", "Steel", "Clay", "Glass", "Cork", "Brass", "Cotton", "Stone"];
const THINGS: [&str; 20] = [
    "Bowl", "Lamp", "Basket", "Blanket", "Chair", "Shelf", "Mug", "Tray", "Clock", "Vase", "Stool", "Cushion", "Board", "Jug",
    "Hook", "Mirror", "Bench", "Rug", "Box", "Rack",
];
const SIZES: [&str; 3] = ["Small", "Medium", "Large"];
const TOP_CATEGORIES: usize = 10;
const PER_TOP: usize = 9;

/// `count` products in a hundred categories on two levels; a third of them comes in three sizes.
pub fn catalogue(count: usize, currency: Currency) -> Snapshot {
    let categories = categories();
    let leaves: Vec<&Category> = categories.iter().filter(|c| c.parent.is_some()).collect();
    let products = (0..count).filter_map(|i| {
        let leaf = leaves.get(mix(i, 1) % leaves.len())?;
        let product = product(i, &leaf.id, currency);
        Some((product.id.clone(), product))
    });
    Snapshot { products: products.collect(), tree: CategoryTree::new(categories.clone()), ..Snapshot::default() }
}

fn categories() -> Vec<Category> {
    let category = |id: String, name: String, parent: Option<Id>, position: usize| Category {
        id: parse(&id),
        slug: parse(&id),
        name: parse(&name),
        parent,
        description: format!("{name} of every kind, for measuring."),
        image: None,
        position: u32::try_from(position).unwrap_or(0),
        version: 1,
    };
    let mut categories = Vec::new();
    for top in 0..TOP_CATEGORIES {
        let material = pick(&MATERIALS, top);
        let id = format!("synthetic-{}", material.to_lowercase());
        categories.push(category(id.clone(), format!("{material} things"), None, top));
        for below in 0..PER_TOP {
            let thing = pick(&THINGS, below);
            let own = format!("{id}-{}", thing.to_lowercase());
            categories.push(category(own, format!("{material} {}", thing.to_lowercase()), Some(parse(&id)), below));
        }
    }
    categories
}

fn product(i: usize, category: &Id, currency: Currency) -> Product {
    let words = [pick(&ADJECTIVES, mix(i, 2)), pick(&MATERIALS, mix(i, 3)), pick(&THINGS, mix(i, 4))];
    let name: Name = parse(&format!("{} {:05}", words.join(" "), i));
    let made = moment("2026-01-01T00:00:00Z").plus_seconds(i64::try_from(mix(i, 5) % 20_000_000).unwrap_or(0));
    let cents = 300 + mix(i, 6) % 20_000;
    let sizes: &[&str] = if i.is_multiple_of(3) { &SIZES } else { &[] };
    let variant = |size: Option<&str>, dearer: usize| {
        let sku = format!("SYN-{i:05}{}", size.map(|s| format!("-{}", &s[..1])).unwrap_or_default());
        Variant {
            options: size.map(|value| OptionValue { name: "Size".to_owned(), value: value.to_owned() }).into_iter().collect(),
            stock: u32::try_from(mix(i + dearer, 7) % 40).unwrap_or(0),
            weight_grams: Some(u32::try_from(100 + mix(i, 8) % 3000).unwrap_or(100)),
            ..Variant::new(parse(&sku), price(cents + dearer * 450, currency))
        }
    };
    let variants = match sizes {
        [] => vec![variant(None, 0)],
        sizes => sizes.iter().enumerate().map(|(n, size)| variant(Some(size), n)).collect(),
    };
    let sentence = |salt: usize| {
        let part = |n| pick(&ADJECTIVES, mix(i, salt + n)).to_lowercase();
        format!("A {}, {} {} for the {} corner of a room.", part(0), part(1), words[2].to_lowercase(), part(2))
    };
    let options = match sizes {
        [] => Vec::new(),
        _ => vec![OptionType { name: "Size".to_owned(), values: SIZES.map(str::to_owned).into() }],
    };
    let slug = parse(&format!("{}-{i:05}", words.join("-").to_lowercase()));
    let placeholder = "/media/placeholder.svg".to_owned();
    Product {
        description: format!("<p>{}</p><p>{}</p><ul><li>{}</li></ul>", sentence(20), sentence(30), sentence(40)),
        images: vec![Image { src: placeholder, alt: words.join(" "), width: 800, height: 800, origin: None }],
        tags: vec![words[0].to_lowercase(), words[1].to_lowercase()],
        vendor: Some(format!("Maker {:02}", mix(i, 9) % 40)),
        options,
        variants,
        featured: i.is_multiple_of(500),
        ..Product::new(parse(&format!("synthetic-{i:06}")), slug, name, category.clone(), made)
    }
}

/// A number that looks random and is always the same.
fn mix(i: usize, salt: usize) -> usize {
    let mut x = (i as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add((salt as u64).wrapping_mul(0xD1B5_4A32_D192_ED03));
    x ^= x >> 31;
    x = x.wrapping_mul(0x94D0_49BB_1331_11EB);
    usize::try_from((x ^ (x >> 29)) & 0x7FFF_FFFF).unwrap_or(0)
}

fn pick<'a>(words: &[&'a str], at: usize) -> &'a str {
    words.get(at % words.len()).copied().unwrap_or_default()
}

fn price(cents: usize, currency: Currency) -> Money {
    currency
        .parse(&format!("{}.{:02}", cents / 100, cents % 100))
        .or_else(|_| currency.parse(&cents.to_string()))
        .unwrap_or_default()
}

fn moment(text: &str) -> Timestamp {
    parse(text)
}

#[expect(clippy::expect_used, reason = "what is parsed is made here")]
fn parse<T: FromStr<Err: Display + std::fmt::Debug>>(text: &str) -> T {
    text.parse().expect("what is made here is valid")
}
