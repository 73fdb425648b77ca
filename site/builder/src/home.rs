use crate::{
    Object, Site,
    paths::{category_path, nav_link},
};
use domain::catalogue::{Category, Sort};
use render::{
    Chrome, RenderError, json_ld,
    views::catalogue::{Categories, Home, NotFound, Tile},
};
use serde_json::json;

/// Cards of a row of the home page.
pub(crate) const SHOWN: usize = 8;

impl Site<'_> {
    pub(crate) fn home(&self) -> Result<Object, RenderError> {
        let view = Home {
            categories: self.snapshot.tree.children(None).map(|c| self.tile(c)).collect(),
            featured: self.row(Sort::Default, true)?,
            newest: self.row(Sort::Newest, false)?,
            name: self.info.name.clone(),
            tagline: self.info.tagline.clone(),
            promises: self.info.promises.clone(),
            hero: self.info.hero.clone(),
        };
        let shop = json!({
            "@context": "https://schema.org",
            "@type": "OnlineStore",
            "name": self.info.name,
            "url": self.absolute("/"),
            "description": self.info.tagline,
            "email": self.info.email,
        });
        let chrome = Chrome {
            canonical: Some("/".to_owned()),
            description: self.info.tagline.clone(),
            image: self.info.hero.clone(),
            structured: vec![json_ld(&shop)],
            ..Chrome::default()
        };
        self.page("/".to_owned(), &view, chrome)
    }

    /// The first featured products in an order, or the first others.
    fn row(&self, sort: Sort, featured: bool) -> Result<String, RenderError> {
        let positions = self.sorted(None, sort);
        let of_row = |position: &usize| self.products.get(*position).is_some_and(|p| p.featured == featured);
        self.cards(positions.iter().copied().filter(of_row).take(SHOWN))
    }

    pub(crate) fn category_overview(&self) -> Result<Object, RenderError> {
        let view = Categories { categories: self.snapshot.tree.children(None).map(|c| self.tile(c)).collect() };
        let chrome = Chrome {
            canonical: Some("/categories/".to_owned()),
            description: format!("All categories of {}.", self.info.name),
            ..Chrome::default()
        };
        self.page("/categories/".to_owned(), &view, chrome)
    }

    pub(crate) fn not_found(&self) -> Result<Object, RenderError> {
        let view = NotFound { categories: self.navigation().to_vec() };
        self.page("/404.html".to_owned(), &view, Chrome::default())
    }

    pub(crate) fn tile(&self, category: &Category) -> Tile {
        Tile {
            path: category_path(&category.slug),
            name: category.name.to_string(),
            image: category.image.clone(),
            count: self.members(Some(&category.id)).len(),
            children: self.snapshot.tree.children(Some(&category.id)).map(nav_link).collect(),
        }
    }
}
