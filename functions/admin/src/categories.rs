use axum::extract::Path;
use domain::{
    catalogue::{Category, CategoryTree, LONGEST_CATEGORY_DESCRIPTION},
    text::{Id, Name, Slug, capital, free_text, one_line, strict},
};
use http::StatusCode;
use render::views::{
    Choice, Form,
    admin::{AdminCategories, AdminCategory, CategoryInput, CategoryRow},
    general::Confirm,
};
use store::catalogue::CategoryWriteError;
use web::{Answer, Input, Problem, Visit, api};

#[utoipa::path(
    get,
    path = "/admin/categories",
    operation_id = "admin_categories_list",
    responses(api::Page<AdminCategories>, api::NotFound)
)]
pub(crate) async fn list(mut visit: Visit) -> Answer {
    let tree = read_tree(&mut visit).await?;
    let row = |(depth, c): (usize, &Category)| CategoryRow {
        id: c.id.to_string(),
        name: c.name.to_string(),
        slug: c.slug.to_string(),
        indent: "– ".repeat(depth),
    };
    visit.page(&AdminCategories { categories: in_order(&tree).into_iter().map(row).collect() }).await
}

#[utoipa::path(
    get,
    path = "/admin/categories/new",
    operation_id = "admin_categories_new_form",
    responses(api::Page<AdminCategory>, api::NotFound)
)]
pub(crate) async fn new_form(mut visit: Visit) -> Answer {
    let tree = read_tree(&mut visit).await?;
    visit.page(&form_page(None, &tree, Form::default())).await
}

#[utoipa::path(
    get,
    path = "/admin/categories/{id}",
    operation_id = "admin_categories_form",
    params(("id" = String, Path)),
    responses(api::Page<AdminCategory>, api::NotFound)
)]
pub(crate) async fn form(mut visit: Visit, Path(id): Path<Id>) -> Answer {
    let tree = read_tree(&mut visit).await?;
    let category = tree.get(&id).ok_or_else(Problem::not_found)?;
    let input = CategoryInput {
        name: category.name.to_string(),
        slug: category.slug.to_string(),
        parent: category.parent.as_ref().map(ToString::to_string).unwrap_or_default(),
        description: category.description.clone(),
        position: category.position.to_string(),
        version: category.version.to_string(),
    };
    visit.page(&form_page(Some(category), &tree, Form::new(input))).await
}

#[utoipa::path(
    post,
    path = "/admin/categories",
    operation_id = "admin_categories_create",
    request_body = CategoryInput,
    responses(api::SeeOther, api::NotFound, api::Invalid)
)]
pub(crate) async fn create(mut visit: Visit, input: Result<Input<CategoryInput>, Problem>) -> Answer {
    let tree = read_tree(&mut visit).await?;
    let mut form = Form::new(input?.0);
    if let Some(category) = check(&mut form, ids::new_id(), None) {
        match visit.app.store.create_category(&category).await {
            Ok(()) => {
                visit.notice("The category is saved.");
                return visit.see_other("/admin/categories");
            }
            Err(error) => refuse(&mut form, error)?,
        }
    }
    visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &form_page(None, &tree, form)).await
}

#[utoipa::path(
    post,
    path = "/admin/categories/{id}",
    operation_id = "admin_categories_update",
    params(("id" = String, Path)),
    request_body = CategoryInput,
    responses(api::SeeOther, api::NotFound, api::Conflict, api::Invalid)
)]
pub(crate) async fn update(mut visit: Visit, Path(id): Path<Id>, input: Result<Input<CategoryInput>, Problem>) -> Answer {
    let tree = read_tree(&mut visit).await?;
    let seen = tree.get(&id).ok_or_else(Problem::not_found)?;
    let Input(input) = input?;
    if input.version != seen.version.to_string() {
        return Err(Problem::conflict("Somebody else changed this category. Please open it again."));
    }
    let mut form = Form::new(input);
    if let Some(category) = check(&mut form, id, Some(seen)) {
        match visit.app.store.update_category(seen, &category).await {
            Ok(_) => {
                visit.notice("Saved.");
                return visit.see_other("/admin/categories");
            }
            Err(error) => refuse(&mut form, error)?,
        }
    }
    visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &form_page(Some(seen), &tree, form)).await
}

#[utoipa::path(
    get,
    path = "/admin/categories/{id}/delete",
    operation_id = "admin_categories_confirm_delete",
    params(("id" = String, Path)),
    responses(api::Page<Confirm>, api::NotFound)
)]
pub(crate) async fn confirm_delete(mut visit: Visit, Path(id): Path<Id>) -> Answer {
    let tree = read_tree(&mut visit).await?;
    let category = tree.get(&id).ok_or_else(Problem::not_found)?;
    let confirm = Confirm {
        heading: format!("Delete the category {}?", category.name),
        text: "Its page is removed. A category that has products or sub-categories cannot be deleted.".to_owned(),
        action: format!("/admin/categories/{id}/delete"),
        button: "Delete it".to_owned(),
        back: format!("/admin/categories/{id}"),
        fields: Vec::new(),
    };
    visit.page(&confirm).await
}

#[utoipa::path(
    post,
    path = "/admin/categories/{id}/delete",
    operation_id = "admin_categories_delete",
    params(("id" = String, Path)),
    responses(api::SeeOther, api::NotFound, api::Conflict)
)]
pub(crate) async fn delete(mut visit: Visit, Path(id): Path<Id>) -> Answer {
    let tree = read_tree(&mut visit).await?;
    let category = tree.get(&id).ok_or_else(Problem::not_found)?;
    match visit.app.store.delete_category(category).await {
        Ok(()) => {
            visit.notice("The category is deleted.");
            visit.see_other("/admin/categories")
        }
        Err(CategoryWriteError::Store(error)) => Err(error.into()),
        Err(error) => Err(Problem::conflict(format!("{}.", capital(&error.to_string())))),
    }
}

/// All categories, once the role is known: the tree has any size.
pub(crate) async fn read_tree(visit: &mut Visit) -> Result<CategoryTree, Problem> {
    visit.staff().await?;
    Ok(visit.app.store.categories().await?)
}

/// All categories from the top down, each with how far below the top it is.
pub(crate) fn in_order(tree: &CategoryTree) -> Vec<(usize, &Category)> {
    fn below<'a>(tree: &'a CategoryTree, of: Option<&Id>, depth: usize, found: &mut Vec<(usize, &'a Category)>) {
        for category in tree.children(of) {
            found.push((depth, category));
            below(tree, Some(&category.id), depth + 1, found);
        }
    }
    let mut found = Vec::new();
    below(tree, None, 0, &mut found);
    found
}

fn check(form: &mut Form<CategoryInput>, id: Id, seen: Option<&Category>) -> Option<Category> {
    let input = form.input.clone();
    let name = form.keep("name", input.name.parse::<Name>());
    let slug = form.keep("slug", slug_of(&input.slug, &input.name));
    let position: Option<u32> = match strict(&input.position).as_str() {
        "" => Some(0),
        typed => form.keep("position", typed.parse().map_err(|_| "must be a whole number")),
    };
    let parent = match input.parent.as_str() {
        "" => Some(None),
        typed => form.keep("parent", typed.parse::<Id>().map(Some)),
    };
    let description = free_text(&input.description);
    if description.chars().count() > LONGEST_CATEGORY_DESCRIPTION {
        form.refuse("description", format!("must be at most {LONGEST_CATEGORY_DESCRIPTION} characters"));
    }
    if !form.errors.is_empty() {
        return None;
    }
    Some(Category {
        id,
        slug: slug?,
        name: name?,
        parent: parent?,
        description,
        image: seen.and_then(|c| c.image.clone()),
        position: position?,
        version: seen.map_or(1, |c| c.version),
    })
}

/// The typed slug, or one made of the name.
pub(crate) fn slug_of(typed: &str, name: &str) -> Result<Slug, String> {
    match one_line(typed).as_str() {
        "" => Slug::from_name(name).ok_or_else(|| "cannot be made of this name; please type one".to_owned()),
        typed => typed.parse().map_err(|e: domain::text::TextError| e.to_string()),
    }
}

fn refuse(form: &mut Form<CategoryInput>, error: CategoryWriteError) -> Result<(), Problem> {
    match error {
        CategoryWriteError::SlugTaken => form.refuse("slug", "belongs to another category"),
        CategoryWriteError::Tree(error) => form.refuse("parent", capital(&error.to_string())),
        CategoryWriteError::Store(error) => return Err(error.into()),
    }
    Ok(())
}

fn form_page(category: Option<&Category>, tree: &CategoryTree, form: Form<CategoryInput>) -> AdminCategory {
    let own = category.map(|c| tree.with_descendants(&c.id)).unwrap_or_default();
    let mut parents = vec![Choice { value: String::new(), label: "(top)".to_owned(), selected: form.input.parent.is_empty() }];
    parents.extend(in_order(tree).into_iter().filter(|(_, c)| !own.contains(&c.id)).map(|(depth, c)| Choice {
        value: c.id.to_string(),
        label: format!("{}{}", "– ".repeat(depth), c.name),
        selected: c.id.as_str() == form.input.parent,
    }));
    AdminCategory {
        id: category.map(|c| c.id.to_string()),
        heading: category.map_or_else(|| "New category".to_owned(), |c| c.name.to_string()),
        form,
        parents,
    }
}
