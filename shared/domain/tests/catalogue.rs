//! Products, their descriptions and the tree of categories.

mod common;
use common::{euros, noon, read};
use domain::{
    catalogue::{
        Category, CategoryError, CategoryTree, Image, ListingPage, MAX_IMAGES, MAX_OPTIONS, MAX_VARIANTS, OptionType,
        OptionValue, Product, ProductError, ShownPrice, Sort, StockPolicy, StockState, UnitMeasure, UnitMeasureError, Variant,
        WeightError, grams, stock_of,
    },
    money::Currency,
    text::{Barcode, Id},
};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn variant(sku: &str, size: &str) -> Variant {
    let options = vec![OptionValue { name: "Size".into(), value: size.into() }];
    Variant { options, stock: 10, ..Variant::new(read(sku), euros("10.00")) }
}

/// A mug in S and M.
fn mug() -> Product {
    Product {
        options: vec![OptionType { name: "Size".into(), values: vec!["S".into(), "M".into()] }],
        variants: vec![variant("MUG-S", "S"), variant("MUG-M", "M")],
        ..Product::new(read("p-mug"), read("mug"), read("Mug"), read("kitchen"), noon())
    }
}

fn checked(change: impl FnOnce(&mut Product)) -> Result<(), ProductError> {
    let mut product = mug();
    change(&mut product);
    product.check()
}

#[test]
fn a_product_has_at_least_one_variant() {
    assert_eq!(mug().check(), Ok(()));
    assert_eq!(checked(|p| p.variants.clear()), Err(ProductError::NoVariant));
}

#[test]
fn a_product_without_options_has_one_variant() {
    let plain = |sku| Variant { options: Vec::new(), ..variant(sku, "") };
    assert_eq!(checked(|p| (p.options, p.variants) = (Vec::new(), vec![plain("MUG")])), Ok(()));
    assert_eq!(
        checked(|p| (p.options, p.variants) = (Vec::new(), vec![plain("MUG"), plain("MUG-2")])),
        Err(ProductError::DuplicateOptions(read("MUG-2")))
    );
}

#[test]
fn a_variant_has_one_known_value_for_each_option() {
    let differ = || Err(ProductError::OptionsDiffer(read("MUG-M")));
    assert_eq!(checked(|p| p.variants[1].options.clear()), differ());
    assert_eq!(checked(|p| p.variants[1].options[0].value = "XXL".into()), differ());
    assert_eq!(checked(|p| p.variants[1].options[0].name = "Colour".into()), differ());
    assert_eq!(checked(|p| p.variants[1].options.extend(variant("X", "S").options)), differ());
}

#[test]
fn two_variants_share_neither_sku_nor_options() {
    assert_eq!(checked(|p| p.variants[1].sku = read("mug-s")), Err(ProductError::DuplicateSku(read("MUG-S"))));
    assert_eq!(checked(|p| p.variants[1].options[0].value = "S".into()), Err(ProductError::DuplicateOptions(read("MUG-M"))));
}

#[test]
fn a_compare_at_price_is_above_the_price() {
    let compared = |at| checked(|p| p.variants[0].compare_at = Some(euros(at)));
    assert_eq!(compared("10.01"), Ok(()));
    assert_eq!(compared("10.00"), Err(ProductError::CompareAtNotAbove(read("MUG-S"))));
}

#[test]
fn a_product_has_bounds() {
    let image = Image { src: "/m.webp".into(), alt: "A mug".into(), width: 1, height: 1, origin: None };
    assert_eq!(checked(|p| p.images = vec![image.clone(); MAX_IMAGES]), Ok(()));
    assert_eq!(checked(|p| p.images = vec![image; MAX_IMAGES + 1]), Err(ProductError::TooManyImages));
    assert_eq!(checked(|p| p.options = vec![p.options[0].clone(); MAX_OPTIONS + 1]), Err(ProductError::TooManyOptions));
    assert_eq!(checked(|p| p.variants = vec![variant("A", "S"); MAX_VARIANTS + 1]), Err(ProductError::TooManyVariants));
}

#[test]
fn the_stock_is_plenty_low_or_sold_out() {
    let state = |stock, available| Variant { stock, available, ..variant("A", "S") }.stock_state();
    assert_eq!(state(6, true), StockState::InStock);
    assert_eq!(state(5, true), StockState::Low);
    assert_eq!(state(1, true), StockState::Low);
    assert_eq!(state(0, true), StockState::SoldOut);
    assert_eq!(state(6, false), StockState::SoldOut);
}

#[test]
fn a_product_is_sold_out_when_its_last_variant_is() {
    let mut product = mug();
    product.variants[0].stock = 0;
    assert!(!product.is_sold_out());
    product.variants[1].available = false;
    assert!(product.is_sold_out());
}

/// What a list says of variants with these prices and prices before.
fn in_a_list(prices: &[(&str, Option<&str>)]) -> (String, bool, Option<String>) {
    let mut product = mug();
    let variant = |(price, before): &(&str, Option<&str>)| Variant {
        compare_at: before.map(euros),
        ..Variant::new(read("A"), euros(price))
    };
    product.variants = prices.iter().map(variant).collect();
    let ShownPrice { price, is_from, before } = product.shown_price();
    (price.to_string(), is_from, before.map(|before| before.to_string()))
}

#[test]
fn a_list_shows_the_lowest_price_and_calls_reduced_only_what_is() {
    let found = |price: &str, is_from, before: Option<&str>| (price.to_owned(), is_from, before.map(str::to_owned));
    for (prices, says) in [
        (vec![("10.00", None), ("12.00", None)], found("10.00", true, None)),
        (vec![("10.00", None), ("10.00", None)], found("10.00", false, None)),
        (vec![("10.00", Some("15.00")), ("10.00", None)], found("10.00", false, None)),
        (vec![("10.00", Some("15.00")), ("10.00", Some("13.00"))], found("10.00", false, Some("13.00"))),
        (vec![("10.00", None), ("12.00", Some("20.00"))], found("10.00", true, None)),
        (vec![("10.00", Some("11.00")), ("12.00", None)], found("10.00", true, Some("11.00"))),
    ] {
        assert_eq!(in_a_list(&prices), says, "{prices:?}");
    }
}

#[test]
fn stock_is_a_bound_only_where_it_is_tracked() {
    for (policy, stock, on_offer, state, availability) in [
        (StockPolicy::Track, 9, 9, StockState::InStock, "InStock"),
        (StockPolicy::Track, 3, 3, StockState::Low, "InStock"),
        (StockPolicy::Track, 0, 0, StockState::SoldOut, "OutOfStock"),
        (StockPolicy::SellWhenOut, 3, u32::MAX, StockState::InStock, "InStock"),
        (StockPolicy::SellWhenOut, 0, u32::MAX, StockState::OnOrder, "BackOrder"),
        (StockPolicy::Untracked, 0, u32::MAX, StockState::InStock, "InStock"),
    ] {
        let variant = Variant { stock, stock_policy: policy, ..variant("A", "S") };
        assert_eq!((policy.on_offer(stock), variant.stock_state()), (on_offer, state), "{policy:?} {stock}");
        assert_eq!((variant.is_buyable(), state.schema()), (on_offer > 0, availability));
        assert_eq!(Variant { available: false, ..variant }.stock_state(), StockState::SoldOut);
        assert_eq!(policy.name().parse(), Ok(policy));
        assert_eq!(serde_json::to_value(policy).unwrap(), policy.name());
    }
}

#[test]
fn a_balance_below_zero_is_no_stock_and_what_was_sold_beyond_it() {
    for (balance, stock, sold_beyond) in [(7, 7, 0), (0, 0, 0), (-3, 0, 3)] {
        assert_eq!(stock_of(balance), (stock, sold_beyond));
        assert_eq!(Variant { stock, sold_beyond, ..variant("A", "S") }.balance(), balance);
    }
}

#[test]
fn a_variants_picture_is_one_of_the_products() {
    let mut product = mug();
    let picture = |src: &str| Image { src: src.into(), alt: src.into(), width: 1, height: 1, origin: None };
    product.images = vec![picture("/media/a.png"), picture("/media/b.png")];
    product.variants[1].image = Some("/media/b.png".into());
    assert_eq!(product.check(), Ok(()));
    let shown = |variant: &Variant| product.image_of(variant).map(|image| image.src.as_str());
    assert_eq!((shown(&product.variants[0]), shown(&product.variants[1])), (Some("/media/a.png"), Some("/media/b.png")));
    let gone = checked(|p| p.variants[0].image = Some("/media/b.png".into()));
    assert_eq!(gone, Err(ProductError::UnknownImage(read("MUG-S"))));
}

#[test]
fn a_barcode_is_a_gtin_where_its_check_digit_is_right() {
    for (typed, gtin) in [
        ("4006381333931", Some("4006381333931")),
        ("4006381333930", None),
        ("96385074", Some("96385074")),
        ("036000291452", Some("036000291452")),
        ("978-3-16-148410-0", Some("9783161484100")),
        ("OWN-77", None),
        ("1234567", None),
    ] {
        let barcode: Barcode = read(typed);
        assert_eq!((barcode.as_str(), barcode.gtin().as_deref()), (typed, gtin));
    }
    assert!("".parse::<Barcode>().is_err() && "1".repeat(65).parse::<Barcode>().is_err());
}

#[test]
fn a_unit_price_is_the_price_of_the_base_rounded_to_cents() {
    let euro: Currency = read("EUR");
    for (measure, price, unit_price) in [
        ("750 ml / 1 l", "6.00", Some("8.00")),
        ("0.75 l / 100 ml", "6.00", Some("0.80")),
        ("300g / 1 kg", "1.00", Some("3.33")),
        ("8 oz / 1 lb", "2.50", Some("5.00")),
        ("3 m / 1 m", "1.00", Some("0.33")),
        ("6 pieces / 1 piece", "0.03", Some("0.01")),
    ] {
        let measure: UnitMeasure = read(measure);
        assert_eq!(measure.price(euros(price), euro), unit_price.map(euros), "{measure}");
        assert_eq!(measure.to_string().parse(), Ok(measure));
    }
    for (typed, why) in [
        ("750 ml", UnitMeasureError::Form),
        ("ml / 1 l", UnitMeasureError::Amount),
        ("0 ml / 1 l", UnitMeasureError::Amount),
        ("-1 ml / 1 l", UnitMeasureError::Amount),
        ("1 stone / 1 kg", UnitMeasureError::Unit),
        ("1 ml / 1 kg", UnitMeasureError::Dimension),
    ] {
        assert_eq!(typed.parse::<UnitMeasure>(), Err(why), "{typed}");
    }
}

#[test]
fn a_weight_is_typed_with_or_without_a_unit_and_kept_in_whole_grams() {
    for (typed, weight) in [
        ("", None),
        ("0", None),
        ("250", Some(250)),
        ("226.796185", Some(227)),
        ("8 oz", Some(227)),
        ("1.5kg", Some(1500)),
        ("0.2 g", Some(1)),
        ("1 LB", Some(454)),
    ] {
        assert_eq!(grams(typed), Ok(weight), "{typed}");
    }
    for typed in ["-1", "1 l", "1,5 kg", "1.2.3", "99999999999", "1e3", "kg", "10001 kg"] {
        assert_eq!(grams(typed), Err(WeightError), "{typed}");
    }
}

#[test]
fn a_variant_is_labelled_by_its_values() {
    let mut both = variant("A", "M");
    both.options.push(OptionValue { name: "Colour".into(), value: "Blue".into() });
    assert_eq!(both.label(), "M / Blue");
}

#[test]
fn a_product_survives_json() {
    let json = serde_json::to_string(&mug()).unwrap();
    assert_eq!(serde_json::from_str::<Product>(&json).unwrap(), mug());
}

fn id(n: usize) -> Id {
    read(&format!("c{n}"))
}

fn category(n: usize, parent: Option<usize>) -> Category {
    Category {
        id: id(n),
        slug: read(&format!("category-{n}")),
        name: read(&format!("Category {n}")),
        parent: parent.map(id),
        description: String::new(),
        image: None,
        position: 0,
        version: 1,
    }
}

/// Category n hangs below the n-th parent.
fn tree(parents: &[Option<usize>]) -> CategoryTree {
    CategoryTree::new(parents.iter().enumerate().map(|(n, parent)| category(n, *parent)))
}

fn ids<'a>(categories: impl IntoIterator<Item = &'a Category>) -> Vec<&'a str> {
    categories.into_iter().map(|c| c.id.as_str()).collect()
}

#[test]
fn breadcrumbs_go_from_the_top_to_the_category() {
    let tree = tree(&[None, Some(0), Some(1), None]);
    assert_eq!(ids(tree.path(&id(2))), ["c0", "c1", "c2"]);
    assert_eq!(ids(tree.path(&id(9))), [""; 0]);
    assert_eq!(tree.with_descendants(&id(0)), [id(0), id(1), id(2)].into());
    assert_eq!(tree.get(&id(3)).map(|c| c.slug.as_str()), Some("category-3"));
}

#[test]
fn siblings_stand_by_position_then_by_name() {
    let at = |n, position, name| Category { position, name: read(name), ..category(n, None) };
    let tree = CategoryTree::new([at(0, 2, "A"), at(1, 1, "C"), at(2, 1, "B")]);
    assert_eq!(ids(tree.children(None)), ["c2", "c1", "c0"]);
}

#[test]
fn a_category_never_hangs_below_itself() {
    let tree = tree(&[None, Some(0), Some(1), None]);
    assert_eq!(tree.check_parent(&id(0), Some(&id(0))), Err(CategoryError::Cycle));
    assert_eq!(tree.check_parent(&id(0), Some(&id(2))), Err(CategoryError::Cycle));
    assert_eq!(tree.check_parent(&id(0), Some(&id(9))), Err(CategoryError::UnknownParent));
    assert_eq!(tree.check_parent(&id(2), Some(&id(3))), Ok(()));
    assert_eq!(tree.check_parent(&id(2), None), Ok(()));
    assert_eq!(tree.check_parent(&id(9), Some(&id(2))), Ok(()), "a new category");
}

proptest! {
    #[test]
    fn no_stored_links_lose_a_category_or_loop(parents in prop::collection::vec(prop::option::of(0..14_usize), 1..12)) {
        let tree = tree(&parents);
        prop_assert_eq!(tree.iter().count(), parents.len());
        let mut shown = Vec::new();
        let mut queue: Vec<&Category> = tree.children(None).collect();
        while let Some(category) = queue.pop() {
            shown.push(&category.id);
            prop_assert!(shown.len() <= parents.len(), "shown twice: {:?}", shown);
            queue.extend(tree.children(Some(&category.id)));
        }
        let all: BTreeSet<&Id> = tree.iter().map(|c| &c.id).collect();
        prop_assert_eq!(shown.into_iter().collect::<BTreeSet<_>>(), all);
    }

    #[test]
    fn breadcrumbs_are_the_way_down_the_shown_tree(parents in prop::collection::vec(prop::option::of(0..14_usize), 1..12)) {
        let tree = tree(&parents);
        for category in tree.iter() {
            let path = tree.path(&category.id);
            prop_assert_eq!(path.last(), Some(&category));
            let mut above = None;
            for step in path {
                prop_assert!(tree.children(above).any(|c| c == step));
                prop_assert!(tree.with_descendants(&step.id).contains(&category.id));
                above = Some(&step.id);
            }
        }
    }

    #[test]
    fn an_accepted_parent_keeps_the_tree_whole(
        parents in prop::collection::vec(prop::option::of(0..8_usize), 8),
        moved in 0..8_usize,
        below in prop::option::of(0..10_usize),
    ) {
        let before = tree(&parents.iter().enumerate().map(|(n, p)| p.filter(|p| *p < n)).collect::<Vec<_>>());
        if before.check_parent(&id(moved), below.map(id).as_ref()).is_ok() {
            let after = CategoryTree::new(before.iter().cloned().map(|c| {
                let parent = if c.id == id(moved) { below.map(id) } else { c.parent };
                Category { parent, ..c }
            }));
            for category in after.iter() {
                prop_assert!(after.children(category.parent.as_ref()).any(|c| c == category));
            }
        }
    }
}

#[test]
fn a_page_of_a_listing_has_one_address() {
    for (path, sort, number) in [
        ("", Sort::Default, 1),
        ("2/", Sort::Default, 2),
        ("name/", Sort::Name, 1),
        ("price-up/13/", Sort::PriceUp, 13),
        ("price-down/", Sort::PriceDown, 1),
        ("newest/4/", Sort::Newest, 4),
    ] {
        let page = ListingPage { sort, number };
        assert_eq!((page.path().as_str(), ListingPage::from_path(path)), (path, Some(page)));
    }
    let others =
        ["/", "1/", "0/", "02/", "+2/", "2", "name", "name/1/", "name/2", "2/name/", "name/name/", "x/", "99999999999999999999/"];
    for other in others {
        assert_eq!(ListingPage::from_path(other), None, "{other}");
    }
}
