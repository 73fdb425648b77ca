//! Products, their descriptions and the tree of categories.

mod common;
use common::{euros, noon, read};
use domain::{
    catalogue::{
        Category, CategoryError, CategoryTree, Image, ListingPage, MAX_IMAGES, MAX_OPTIONS, MAX_VARIANTS, OptionType,
        OptionValue, Product, ProductError, Sort, StockState, TaxClass, Variant,
    },
    text::Id,
};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn variant(sku: &str, size: &str) -> Variant {
    Variant {
        sku: read(sku),
        options: vec![OptionValue { name: "Size".into(), value: size.into() }],
        price: euros("10.00"),
        compare_at: None,
        stock: 10,
        available: true,
        tax_class: TaxClass::Standard,
        weight_grams: None,
    }
}

/// A mug in S and M.
fn mug() -> Product {
    Product {
        id: read("p-mug"),
        slug: read("mug"),
        handle: None,
        name: read("Mug"),
        category: read("kitchen"),
        description: String::new(),
        images: Vec::new(),
        tags: Vec::new(),
        vendor: None,
        options: vec![OptionType { name: "Size".into(), values: vec!["S".into(), "M".into()] }],
        variants: vec![variant("MUG-S", "S"), variant("MUG-M", "M")],
        visible: true,
        featured: false,
        created_at: noon(),
        updated_at: noon(),
        version: 1,
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
    let image = Image { src: "/m.webp".into(), alt: "A mug".into(), width: 1, height: 1 };
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

#[test]
fn the_price_range_is_over_all_variants() {
    let mut product = mug();
    product.variants[0].price = euros("12.00");
    assert_eq!(product.price_range(), (euros("10.00"), euros("12.00")));
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
