use crate::{
    Object, Site,
    listing::Sort,
    site::{card, category_path, nav_link},
};
use domain::catalogue::Category;
use render::{
    Chrome, RenderError, json_ld,
    views::catalogue::{Card, Categories, Home, NotFound, Tile},
};
use serde_json::json;

/// Cards of a row of the home page.
pub(crate) const SHOWN: usize = 8;

impl Site<'_> {
    pub(crate) fn home(&self) -> Result<Object, RenderError> {
        let view = Home {
            categories: self.snapshot.tree.children(None).map(|c| self.tile(c)).collect(),
            featured: self.cards(Sort::Default).filter(|(featured, _)| *featured).map(|(_, card)| card).take(SHOWN).collect(),
            newest: self.cards(Sort::Newest).filter(|(featured, _)| !featured).map(|(_, card)| card).take(SHOWN).collect(),
            name: self.info.name.clone(),
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

    fn cards(&self, sort: Sort) -> impl Iterator<Item = (bool, Card)> + '_ {
        let positions = self.sorted(None, sort);
        (0..positions.len()).filter_map(move |i| {
            let product = self.products.get(*positions.get(i)?)?;
            Some((product.featured, card(product)))
        })
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
