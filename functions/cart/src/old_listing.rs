//! Listings of categories that were renamed. The bucket has an object for the first page of an old address; all other pages and
//! orders come here, because they are not in the bucket: one rule for all of them, and nothing to write when a category is
//! renamed or its listing grows. CDN and front door ask this function for the file that the bucket does not have.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use domain::{catalogue::ListingPage, text::Slug};
use http::{StatusCode, Uri, header};
use std::sync::Arc;
use web::{App, Problem, api, with_query};

/// Leads from a page of a category's old address to the same page of its address now, which says whether the listing still has
/// as many.
#[utoipa::path(
    get,
    path = "/categories/{listing}",
    operation_id = "cart_old_listing",
    params(("listing" = String, Path, description = "File of a listing at an old address: `hats/name/2/index.html`")),
    responses(api::Moved, api::NotFound)
)]
pub(crate) async fn show(State(app): State<Arc<App>>, Path(listing): Path<String>, uri: Uri) -> Result<Response, Problem> {
    let (slug, page) = read(&listing).ok_or_else(Problem::not_found)?;
    let now = app.store.category_moved_to(&slug).await?.ok_or_else(Problem::not_found)?;
    let to = with_query(&format!("/categories/{now}/{}", page.path()), uri.query());
    Ok((StatusCode::MOVED_PERMANENTLY, [(header::LOCATION, to)]).into_response())
}

/// A category's address and the page of its listing, of the file that the bucket would have.
fn read(listing: &str) -> Option<(Slug, ListingPage)> {
    let (slug, page) = listing.strip_suffix("index.html")?.split_once('/')?;
    Some((slug.parse().ok()?, ListingPage::from_path(page)?))
}
