use crate::paths::product_path;
use domain::catalogue::Product;
use render::views::catalogue::Card;

/// A product as a card of a list.
pub(crate) fn card_of(product: &Product) -> Card {
    let (cheapest, dearest) = product.price_range();
    let same_price = cheapest == dearest;
    Card {
        path: product_path(&product.slug),
        name: product.name.to_string(),
        image: product.images.first().cloned(),
        price: cheapest,
        from: !same_price,
        compare_at: product.variants.iter().find_map(|v| v.compare_at).filter(|_| same_price),
        sold_out: product.is_sold_out(),
    }
}
