use crate::paths::product_path;
use domain::catalogue::Product;
use render::views::catalogue::Card;

/// A product as a card of a list.
pub(crate) fn card_of(product: &Product) -> Card {
    let shown = product.shown_price();
    Card {
        path: product_path(&product.slug),
        name: product.name.to_string(),
        image: product.images.first().cloned(),
        price: shown.price,
        from: shown.is_from,
        compare_at: shown.before,
        sold_out: product.is_sold_out(),
    }
}
