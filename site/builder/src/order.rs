//! The order of products in a listing.

use domain::catalogue::{Product, Sort};
use std::cmp::Reverse;

/// Sorts positions of products; what is equal stands by identifier.
pub(crate) fn put_in_order(sort: Sort, positions: &mut [usize], products: &[&Product]) {
    let of = |position: &usize| products.get(*position);
    match sort {
        Sort::Default => {
            positions.sort_by_cached_key(|p| Reverse(of(p).map(|p| (p.featured, p.created_at, Reverse(&p.name)))));
        }
        Sort::PriceUp => positions.sort_by_cached_key(|p| of(p).map(|p| (p.shown_price().price, &p.name))),
        Sort::PriceDown => positions.sort_by_cached_key(|p| of(p).map(|p| (Reverse(p.shown_price().price), &p.name))),
        Sort::Newest => positions.sort_by_cached_key(|p| of(p).map(|p| (Reverse(p.created_at), &p.name))),
        Sort::Name => positions.sort_by_cached_key(|p| of(p).map(|p| p.name.as_str().to_lowercase())),
    }
}
