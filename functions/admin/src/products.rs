mod fields;
mod form;
mod quoted;

use crate::categories::{in_order, read_tree};
use axum::extract::{Path, Query};
use domain::{
    catalogue::{CategoryTree, Image, Product, StockPolicy},
    text::{Id, capital, one_line},
};
use fields::{Fields, FormFields};
use form::{check, to_input};
use http::StatusCode;
use render::views::{
    Choice, Form,
    admin::{AdminProduct, AdminProducts, ProductInput, ProductRow, VariantInput},
    general::Confirm,
};
use serde::Deserialize;
use store::{
    StoreError,
    catalogue::{ProductSummary, ProductWriteError},
};
use web::{Answer, Input, Problem, Visit, api};

const LIST: &str = "/admin/products";
const PAGE: usize = 50;
/// Empty rows that a form offers for more variants.
const MORE_ROWS: usize = 5;

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Search {
    /// Words of the name.
    q: String,
    /// Position of the page, from the page before.
    start: String,
}

#[utoipa::path(
    get,
    path = "/admin/products",
    operation_id = "admin_products_list",
    params(Search),
    responses(api::Page<AdminProducts>, api::NotFound)
)]
pub(crate) async fn list(mut visit: Visit, Query(search): Query<Search>) -> Answer {
    visit.staff().await?;
    let store = visit.app.store.clone();
    let words: String = one_line(&search.q).chars().take(100).collect();
    let start = visit.position(LIST, &search.start)?;
    let (page, tree) = tokio::try_join!(store.products_page(&words, start.as_deref(), PAGE), store.categories())?;
    let query: String = form_urlencoded::byte_serialize(words.as_bytes()).collect();
    let view = AdminProducts {
        products: page.items.iter().map(|p| row(p, &tree)).collect(),
        next: page.next.map(|next| format!("{LIST}?q={query}&start={}", visit.seal_position(LIST, &next))),
        search: words,
    };
    visit.page(&view).await
}

fn row(product: &ProductSummary, tree: &CategoryTree) -> ProductRow {
    ProductRow {
        id: product.id.to_string(),
        name: product.name.to_string(),
        slug: product.slug.to_string(),
        category: tree.get(&product.category).map(|c| c.name.to_string()).unwrap_or_default(),
        price: product.variants.iter().map(|v| v.price).min().unwrap_or_default(),
        variants: product.variants.len(),
        stock: product.variants.iter().map(|v| u64::from(v.stock)).sum(),
        sold_beyond: product.variants.iter().map(|v| u64::from(v.sold_beyond)).sum(),
        untracked: product.variants.iter().all(|v| v.stock_policy == StockPolicy::Untracked),
        visible: product.visible,
    }
}

#[utoipa::path(
    get,
    path = "/admin/products/new",
    operation_id = "admin_products_new_form",
    responses(api::Page<AdminProduct>, api::NotFound, api::Conflict)
)]
pub(crate) async fn new_form(mut visit: Visit) -> Answer {
    let tree = read_tree(&mut visit).await?;
    if in_order(&tree).is_empty() {
        return Err(
            Problem::conflict("A product needs a category. Please create one first.").at("/admin/categories/new", "New category")
        );
    }
    let input = ProductInput { visible: true, variants: vec![VariantInput::empty()], ..ProductInput::default() };
    visit.page(&form_page(None, &tree, Form::new(input))).await
}

#[utoipa::path(
    get,
    path = "/admin/products/{id}",
    operation_id = "admin_products_form",
    params(("id" = String, Path)),
    responses(api::Page<AdminProduct>, api::NotFound)
)]
pub(crate) async fn form(mut visit: Visit, Path(id): Path<Id>) -> Answer {
    let (product, tree) = find_product(&mut visit, &id).await?;
    let currency = visit.app.settings.get().await?.currency;
    let page = form_page(Some(&product), &tree, Form::new(to_input(&product, currency)));
    visit.page(&page).await
}

#[utoipa::path(
    post,
    path = "/admin/products",
    operation_id = "admin_products_create",
    request_body(content((ProductInput = "application/json"), (FormFields = "application/x-www-form-urlencoded"))),
    responses(api::Page<AdminProduct>, api::Created, api::NotFound, api::Invalid)
)]
pub(crate) async fn create(mut visit: Visit, fields: Result<Input<Fields>, Problem>) -> Answer {
    let tree = read_tree(&mut visit).await?;
    let (mut form, more) = fields?.0.into_form();
    if more {
        return more_rows(visit, None, &tree, form).await;
    }
    let currency = visit.app.settings.get().await?.currency;
    if let Some((product, _)) = check(&mut form, None, currency) {
        match visit.app.store.create_product(&product).await {
            Ok(()) => return created(visit, &product.id),
            Err(error) => match made_before(&visit, &product, &error).await? {
                Some(id) => return created(visit, &id),
                None => refuse(&mut form, error)?,
            },
        }
    }
    visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &form_page(None, &tree, form)).await
}

#[utoipa::path(
    post,
    path = "/admin/products/{id}",
    operation_id = "admin_products_update",
    params(("id" = String, Path)),
    request_body(content((ProductInput = "application/json"), (FormFields = "application/x-www-form-urlencoded"))),
    responses(api::PageOrNext<AdminProduct>, api::NotFound, api::Conflict, api::Invalid)
)]
pub(crate) async fn update(mut visit: Visit, Path(id): Path<Id>, fields: Result<Input<Fields>, Problem>) -> Answer {
    let (current, tree) = find_product(&mut visit, &id).await?;
    let (mut form, more) = fields?.0.into_form();
    if more {
        return more_rows(visit, Some(&current), &tree, form).await;
    }
    let currency = visit.app.settings.get().await?.currency;
    let checked = check(&mut form, Some(&current), currency);
    if form.input.version != current.version.to_string() {
        let is_saved = checked.is_some_and(|(sent, _)| says_the_same(&current, &sent));
        return if is_saved { saved(visit, &id) } else { Err(changed_meanwhile()) };
    }
    if let Some((product, seen)) = checked {
        match visit.app.store.update_product(&seen, &product).await {
            Ok(_) => return saved(visit, &id),
            Err(ProductWriteError::Store(StoreError::Conflict)) => return saved_before(visit, &product).await,
            Err(error) => refuse(&mut form, error)?,
        }
    }
    visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &form_page(Some(&current), &tree, form)).await
}

#[utoipa::path(
    get,
    path = "/admin/products/{id}/delete",
    operation_id = "admin_products_confirm_delete",
    params(("id" = String, Path)),
    responses(api::Page<Confirm>, api::NotFound)
)]
pub(crate) async fn confirm_delete(mut visit: Visit, Path(id): Path<Id>) -> Answer {
    let (product, _) = find_product(&mut visit, &id).await?;
    let confirm = Confirm {
        heading: format!("Delete {}?", product.name),
        text: "It leaves the shop. Carts show it as not available any more, and orders keep it. \
               To take it off the site for a while, hide it instead."
            .to_owned(),
        action: format!("/admin/products/{id}/delete"),
        button: "Delete it".to_owned(),
        back: format!("/admin/products/{id}"),
        fields: Vec::new(),
    };
    visit.page(&confirm).await
}

#[utoipa::path(
    post,
    path = "/admin/products/{id}/delete",
    operation_id = "admin_products_delete",
    params(("id" = String, Path)),
    responses(api::SeeOther, api::NotFound, api::Conflict)
)]
pub(crate) async fn delete(mut visit: Visit, Path(id): Path<Id>) -> Answer {
    let (product, _) = find_product(&mut visit, &id).await?;
    match visit.app.store.delete_product(&product).await {
        Ok(()) => {
            visit.notice("The product is deleted.");
            visit.see_other("/admin/products")
        }
        Err(ProductWriteError::Store(error)) => Err(error.into()),
        Err(error) => Err(Problem::conflict(error)),
    }
}

fn created(mut visit: Visit, id: &Id) -> Answer {
    visit.notice("The product is saved. Its page appears in a moment.");
    visit.created(&format!("/admin/products/{id}"), "id", id.as_str())
}

fn saved(mut visit: Visit, id: &Id) -> Answer {
    visit.notice("Saved. The shop shows it in a moment.");
    visit.see_other(&format!("/admin/products/{id}"))
}

fn changed_meanwhile() -> Problem {
    Problem::conflict("Somebody else changed this product. Please open it again.")
}

/// The product that the same form has made already, where it was sent twice.
async fn made_before(visit: &Visit, product: &Product, refused: &ProductWriteError) -> Result<Option<Id>, StoreError> {
    if !matches!(refused, ProductWriteError::SlugTaken | ProductWriteError::NameTaken) {
        return Ok(None);
    }
    let Some(id) = visit.app.store.product_named(&product.name).await? else { return Ok(None) };
    let found = visit.app.store.product(&id).await?;
    Ok(found.filter(|found| says_the_same(found, product)).map(|found| found.id))
}

/// Whether the same form has been saved already, at the same moment.
async fn saved_before(visit: Visit, product: &Product) -> Answer {
    let now = visit.app.store.product(&product.id).await?;
    if now.is_some_and(|now| says_the_same(&now, product)) { saved(visit, &product.id) } else { Err(changed_meanwhile()) }
}

/// Whether a product is all that a form says.
fn says_the_same(stored: &Product, sent: &Product) -> bool {
    let Product { id, created_at, updated_at, version, .. } = stored;
    let sent = sent.clone();
    *stored == Product { id: id.clone(), created_at: *created_at, updated_at: *updated_at, version: *version, ..sent }
}

async fn find_product(visit: &mut Visit, id: &Id) -> Result<(Product, CategoryTree), Problem> {
    visit.staff().await?;
    let store = &visit.app.store;
    let (product, tree) = tokio::try_join!(store.product(id), store.categories())?;
    product.map(|p| (p, tree)).ok_or_else(Problem::not_found)
}

async fn more_rows(visit: Visit, product: Option<&Product>, tree: &CategoryTree, mut form: Form<ProductInput>) -> Answer {
    form.input.variants.extend(std::iter::repeat_n(VariantInput::empty(), MORE_ROWS));
    visit.page(&form_page(product, tree, form)).await
}

fn refuse(form: &mut Form<ProductInput>, error: ProductWriteError) -> Result<(), Problem> {
    match error {
        ProductWriteError::SlugTaken => form.refuse("slug", "belongs to another product"),
        ProductWriteError::NameTaken => form.refuse("name", "belongs to another product"),
        ProductWriteError::NoCategory => form.refuse("category", "does not exist any more"),
        // Handles come from imports alone.
        ProductWriteError::HandleTaken => return Err(Problem::conflict(error)),
        ProductWriteError::TooLarge(_) => form.refuse("description", format!("{}.", capital(&error.to_string()))),
        ProductWriteError::SkuTaken(_) | ProductWriteError::StockChanged(_) => {
            form.refuse("variants", format!("{}.", capital(&error.to_string())));
        }
        ProductWriteError::Store(error) => return Err(error.into()),
    }
    Ok(())
}

fn form_page(product: Option<&Product>, tree: &CategoryTree, form: Form<ProductInput>) -> AdminProduct {
    let categories = in_order(tree).into_iter().map(|(depth, c)| Choice {
        value: c.id.to_string(),
        label: format!("{}{}", "– ".repeat(depth), c.name),
        selected: c.id.as_str() == form.input.category,
    });
    AdminProduct {
        id: product.map(|p| p.id.to_string()),
        page: product.filter(|p| p.visible).map(|p| format!("/products/{}/", p.slug)),
        heading: product.map_or_else(|| "New product".to_owned(), |p| p.name.to_string()),
        categories: categories.collect(),
        pictures: product.map_or_else(Vec::new, picture_choices),
        form,
    }
}

fn picture_choices(product: &Product) -> Vec<Choice> {
    let choice = |(place, image): (usize, &Image)| Choice {
        value: image.src.clone(),
        label: format!("{} – {}", place + 1, image.alt.chars().take(40).collect::<String>()),
        selected: false,
    };
    product.images.iter().enumerate().map(choice).collect()
}
