//! The back office: who gets in, and what staff can do.

use domain::customer::Role;
use http::StatusCode;
use suite::{Answer, Client, Shop, SiteBucket, goods};

const PAGES: [&str; 8] = [
    "/admin",
    "/admin/products",
    "/admin/products/new",
    "/admin/products/mug",
    "/admin/categories",
    "/admin/categories/new",
    "/admin/orders",
    "/admin/products/mug/delete",
];

fn product_form<'a>(name: &'a str, sku: &'a str, version: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("name", name),
        ("category", "clothes"),
        ("description", "<p>Fine</p><script>alert(1)</script>"),
        ("options", "Size: S, M"),
        ("images", "/media/x.svg | A cap | 800x600"),
        ("tags", "cap, head"),
        ("visible", "true"),
        ("version", version),
        ("sku.0", sku),
        ("values.0", "S"),
        ("price.0", "12.50"),
        ("compare_at.0", "15"),
        ("stock.0", "4"),
        ("seen_stock.0", "4"),
        ("available.0", "true"),
        ("tax_class.0", "reduced"),
        ("sku.1", ""),
    ]
}

async fn create(staff: &mut Client, name: &str, sku: &str) -> Answer {
    staff.post("/admin/products", &product_form(name, sku, "")).await
}

#[tokio::test]
async fn to_anybody_else_nothing_is_there() {
    let shop = Shop::open().await;
    for mut client in [shop.visitor(), shop.customer("ada@example.com").await] {
        for path in PAGES {
            assert_eq!(client.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        for path in ["/admin/products", "/admin/products/mug/delete", "/admin/categories", "/admin/orders/AAAAA-AAAAA/status"] {
            let answer = client.post(path, &[("status", "shipped"), ("version", "1")]).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        }
    }
    assert_eq!(shop.table.items("PRODUCT#").await.len(), 2, "nothing was deleted");
}

#[tokio::test]
async fn a_role_sees_and_does_only_its_part() {
    let shop = Shop::open().await;
    let mut catalogue = shop.staff(Role::Catalogue).await;
    let mut orders = shop.staff(Role::Orders).await;
    assert_eq!(catalogue.get("/admin/orders").await.status, StatusCode::NOT_FOUND);
    assert_eq!(catalogue.get("/admin/products").await.status, StatusCode::OK);
    assert_eq!(orders.get("/admin/products").await.status, StatusCode::NOT_FOUND);
    assert_eq!(orders.post("/admin/products/mug/delete", &[]).await.status, StatusCode::NOT_FOUND);
    let home = orders.get("/admin").await;
    assert!(home.text.contains("/admin/orders") && !home.text.contains("/admin/products"));
}

#[tokio::test]
async fn a_role_that_is_taken_away_is_gone_with_the_next_request() {
    let shop = Shop::open().await;
    let mut staff = shop.staff(Role::Manager).await;
    assert_eq!(staff.get("/admin").await.status, StatusCode::OK);
    let id = staff.cookies["__Host-refresh"].split('.').next().unwrap().to_owned();
    shop.table.store.set_session_roles(&goods::parse(&id), Role::Customer).await.unwrap();
    assert_eq!(staff.get("/admin").await.status, StatusCode::NOT_FOUND);
    for session in shop.table.store.sessions(&goods::parse(&id)).await.unwrap() {
        shop.table.store.close_session(&session.customer, &session.sid).await.unwrap();
    }
    assert_eq!(staff.get("/admin").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_session_check_is_one_request_beside_the_pages_own() {
    let shop = Shop::open().await;
    let mut staff = shop.staff(Role::Owner).await;
    staff.get("/admin/categories").await;
    let before = shop.table.store.requests();
    staff.get("/admin/categories").await;
    assert_eq!(shop.table.store.requests() - before, 2);
}

#[tokio::test]
async fn a_product_is_made_changed_hidden_and_deleted() {
    let shop = Shop::open().await;
    let mut staff = shop.staff(Role::Catalogue).await;
    let made = create(&mut staff, "A Cap", "cap-s").await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text);
    let path = made.location().to_owned();
    let id = path.rsplit('/').next().unwrap();
    let product = shop.table.store.product(&goods::parse(id)).await.unwrap().unwrap();
    assert_eq!((product.slug.as_str(), product.description.as_str()), ("a-cap", "<p>Fine</p>"), "no script");
    assert_eq!(product.variants[0].compare_at, Some(goods::money("15")));
    let form = staff.get(&path).await;
    assert!(form.text.contains("value=\"12.50\"") && form.text.contains("value=\"CAP-S\""), "{}", form.text);
    let mut fields = product_form("A Cap", "CAP-S", "1");
    fields.retain(|(name, _)| *name != "visible");
    assert_eq!(staff.post(&path, &fields).await.status, StatusCode::SEE_OTHER);
    assert!(!shop.table.store.product(&goods::parse(id)).await.unwrap().unwrap().visible);
    let again = staff.post(&path, &fields).await;
    assert_eq!((again.status, again.location()), (StatusCode::SEE_OTHER, path.as_str()), "the same form again is saved already");
    assert_eq!(shop.table.store.product(&goods::parse(id)).await.unwrap().unwrap().version, 2);
    fields.push(("featured", "true"));
    assert_eq!(staff.post(&path, &fields).await.status, StatusCode::CONFLICT, "another form was made of an older version");
    let confirm = staff.get(&format!("{path}/delete")).await;
    assert!(confirm.text.contains("Delete A Cap?"));
    assert_eq!(staff.post(&format!("{path}/delete"), &[]).await.location(), "/admin/products");
    assert_eq!(staff.get(&path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_form_that_is_sent_twice_makes_one_product_and_saves_it_once() {
    let shop = Shop::open().await;
    let mut staff = shop.staff(Role::Catalogue).await;
    let made = create(&mut staff, "A Cap", "cap-s").await;
    let again = create(&mut staff, "A Cap", "cap-s").await;
    assert_eq!((again.status, again.location()), (StatusCode::SEE_OTHER, made.location()), "{}", again.text);
    let other = create(&mut staff, "A Cap", "cap-m").await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY, "another product of this name is refused");
    let mut fields = product_form("A Cap", "CAP-S", "1");
    fields.push(("featured", "true"));
    let path = made.location().to_owned();
    let mut twin = staff.clone();
    let (first, second) = tokio::join!(staff.post(&path, &fields), twin.post(&path, &fields));
    for saved in [first, second] {
        assert_eq!((saved.status, saved.location()), (StatusCode::SEE_OTHER, path.as_str()), "{}", saved.text);
    }
    let caps = shop.table.items("PRODUCT#").await.into_iter().filter(|item| item["slug"] == "a-cap");
    assert_eq!(caps.map(|cap| cap["version"].clone()).collect::<Vec<_>>(), [2], "one product, saved once");
    let (first, second) = tokio::join!(create(&mut staff, "A Hat", "hat"), create(&mut twin, "A Hat", "hat"));
    assert_eq!((first.status, first.location()), (StatusCode::SEE_OTHER, second.location()), "{}", second.text);
}

#[tokio::test]
async fn a_product_with_a_name_in_any_script_has_an_address_of_that_name_and_keeps_it() {
    let (shop, site) = (Shop::open().await, SiteBucket::new().await);
    let mut staff = shop.staff(Role::Catalogue).await;
    let mut made = Vec::new();
    for (name, sku) in [("Świeca", "candle"), ("Μέλι", "honey"), ("Чай", "tea")] {
        let answer = create(&mut staff, name, sku).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        made.push(answer.location().to_owned());
    }
    // The address that a former version gave to the candle is saved with the form, and stays.
    let mut fields = product_form("Świeca", "candle", "1");
    fields.push(("slug", "wieca"));
    assert_eq!(staff.post(&made[0], &fields).await.status, StatusCode::SEE_OTHER);
    let renderer = render::Renderer::new().unwrap();
    let store = shop.table.store.clone();
    publish::Publisher::new(store, site.bucket.clone(), renderer, "https://shop.example").publish_all().await.unwrap();
    for (slug, name) in [("wieca", "Świeca"), ("meli", "Μέλι"), ("chai", "Чай")] {
        let page = site.bucket.get(&format!("products/{slug}/index.html")).await.unwrap().expect(slug);
        assert!(String::from_utf8(page.body).unwrap().contains(&format!("<h1>{name}</h1>")), "{slug}");
    }
    let old = site.bucket.get("products/swieca/index.html").await.unwrap().expect("the address that it was made with");
    assert_eq!(old.location.as_deref(), Some("/products/wieca/"));
}

#[tokio::test]
async fn what_is_wrong_with_a_product_is_said_beside_the_field_and_nothing_typed_is_lost() {
    let shop = Shop::open().await;
    let mut staff = shop.staff(Role::Catalogue).await;
    let with = |changes: &[(&'static str, &'static str)]| {
        let mut fields = product_form("A Cap", "CAP", "");
        for (name, value) in changes {
            fields.retain(|(n, _)| n != name);
            fields.push((name, value));
        }
        fields
    };
    for (changes, words) in [
        (&[("name", "")][..], "must not be empty"),
        (&[("name", "Mug")], "belongs to another product"),
        (&[("slug", "mug")], "belongs to another product"),
        (&[("slug", "No Slug!")], "single hyphens"),
        (&[("category", "nowhere")], "does not exist"),
        (&[("price.0", "-1")], "must not be negative"),
        (&[("price.0", "1.234")], "more decimals"),
        (&[("price.0", "12345678901")], "too large"),
        (&[("price.0", "abc")], "is not an amount"),
        (&[("compare_at.0", "1")], "compare-at price must be above"),
        (&[("stock.0", "-3")], "must be a whole number"),
        (&[("values.0", "XXL")], "one value for each option"),
        (&[("sku.0", "MUG")], "belongs to another product"),
        (&[("sku.0", "")], "at least one variant"),
        (&[("options", "Size")], "no colon"),
        (&[("images", "https://evil.example/x.png | X")], "not an address below /media/"),
        (&[("images", "/media/x.svg")], "words for who cannot see it"),
    ] {
        let refused = staff.post("/admin/products", &with(changes)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{changes:?}");
        assert!(refused.text.contains(words), "{words} is not in {}", refused.text);
        assert!(refused.text.contains("cap, head"), "the rest stays typed");
    }
    let more = staff.post("/admin/products", &with(&[("more", "true")])).await;
    assert!(more.text.contains("name=\"sku.6\"") && more.text.contains("value=\"CAP\""), "{}", more.text);
    assert_eq!(shop.table.items("PRODUCT#").await.len(), 2);
}

#[tokio::test]
async fn a_sale_between_form_and_save_is_noticed() {
    let shop = Shop::open().await;
    let mut staff = shop.staff(Role::Catalogue).await;
    let form = staff.get("/admin/products/mug").await;
    shop.visitor().buys("MUG", "3", "ada@example.com").await;
    let fields = |stock: &'static str| {
        vec![
            ("name", "Mug"),
            ("category", "clothes"),
            ("visible", "true"),
            ("version", "1"),
            ("sku.0", "MUG"),
            ("price.0", "7.50"),
            ("stock.0", stock),
            ("seen_stock.0", "100"),
            ("available.0", "true"),
        ]
    };
    assert_eq!(form.field("seen_stock.0"), "100");
    let refused = staff.post("/admin/products/mug", &fields("120")).await;
    assert!(refused.text.contains("The stock of MUG changed meanwhile."), "{}", refused.text);
    assert_eq!(staff.post("/admin/products/mug", &fields("100")).await.status, StatusCode::SEE_OTHER);
    assert_eq!(shop.table.stock("MUG").await, 97, "stock that was not touched stays what it is");
}

#[tokio::test]
async fn products_are_found_by_words_of_their_names() {
    let shop = Shop::open().await;
    let mut staff = shop.staff(Role::Catalogue).await;
    let found = staff.get("/admin/products?q=sHi").await;
    assert!(found.text.contains(">Shirt<") && !found.text.contains(">Mug<"));
    assert!(staff.get("/admin/products?q=%3Cscript%3E").await.text.contains("No product has “&lt;script&gt;”"));
}

#[tokio::test]
async fn categories_are_made_moved_and_deleted_when_empty() {
    let shop = Shop::open().await;
    let mut staff = shop.staff(Role::Catalogue).await;
    let made = staff.post("/admin/categories", &[("name", "Hats & Caps"), ("parent", "clothes"), ("position", "2")]).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text);
    let tree = shop.table.store.categories().await.unwrap();
    let hats = tree.iter().find(|c| c.name.as_str() == "Hats & Caps").unwrap().clone();
    assert_eq!((hats.slug.as_str(), hats.parent), ("hats-caps", Some(goods::parse("clothes"))));
    let taken = staff.post("/admin/categories", &[("name", "Clothes")]).await;
    assert!(taken.text.contains("belongs to another category"));
    let cycle = [("name", "Clothes"), ("parent", hats.id.as_str()), ("version", "1")];
    assert!(staff.post("/admin/categories/clothes", &cycle).await.text.contains("cannot be inside itself"));
    let full = staff.post("/admin/categories/clothes/delete", &[]).await;
    assert_eq!(full.status, StatusCode::CONFLICT);
    let path = format!("/admin/categories/{}", hats.id);
    let fields = [("name", "Hats"), ("slug", "hats"), ("parent", ""), ("version", "1")];
    assert_eq!(staff.post(&path, &fields).await.status, StatusCode::SEE_OTHER);
    assert_eq!(staff.post(&path, &fields).await.status, StatusCode::CONFLICT, "an older version");
    assert_eq!(staff.post(&format!("{path}/delete"), &[]).await.location(), "/admin/categories");
    assert_eq!(staff.get(&path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn orders_are_listed_by_status_and_moved_by_the_rules_alone() {
    let shop = Shop::open().await;
    let mut staff = shop.staff(Role::Orders).await;
    let number = shop.visitor().buys("MUG", "2", "ada@example.com").await;
    assert!(staff.get("/admin").await.text.contains(&number));
    assert!(staff.get("/admin/orders?status=pending").await.text.contains(&number));
    assert!(!staff.get("/admin/orders?status=shipped").await.text.contains(&number));
    let path = format!("/admin/orders/{number}");
    for status in ["shipped", "delivered", "pending"] {
        let moved = staff.post(&format!("{path}/status"), &[("status", status), ("version", "1")]).await;
        assert_eq!(moved.status, StatusCode::CONFLICT, "{status}");
    }
    assert_eq!(
        staff.post(&format!("{path}/status"), &[("status", "lost"), ("version", "1")]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let moved = staff.post(&format!("{path}/status"), &[("status", "processing"), ("version", "1")]).await;
    assert_eq!(moved.status, StatusCode::SEE_OTHER);
    let again = staff.post(&format!("{path}/status"), &[("status", "shipped"), ("version", "1")]).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "what was seen is out of date");
    assert!(staff.get(&format!("{path}/cancel")).await.text.contains("Cancel order"));
    staff.post(&format!("{path}/cancel"), &[]).await;
    assert_eq!(shop.table.stock("MUG").await, 100);
    let page = staff.get(&path).await;
    assert!(page.text.contains("by staff") && page.text.contains("by shopper"), "{}", page.text);
}

#[tokio::test]
async fn two_who_move_a_category_at_once_never_read_that_its_address_is_taken() {
    let shop = Shop::open().await;
    let mut staff = shop.staff(Role::Catalogue).await;
    staff.post("/admin/categories", &[("name", "All")]).await;
    staff.post("/admin/categories", &[("name", "Hats")]).await;
    let tree = shop.table.store.categories().await.unwrap();
    let id = |name: &str| tree.iter().find(|c| c.name.as_str() == name).unwrap().id.to_string();
    let (path, parent) = (format!("/admin/categories/{}", id("Hats")), id("All"));
    let fields = [("name", "Hats"), ("slug", "hats"), ("parent", &*parent), ("version", "1")];
    let mut colleague = shop.staff(Role::Catalogue).await;
    let (one, two) = tokio::join!(staff.post(&path, &fields), colleague.post(&path, &fields));
    let (saved, second) = if one.status == StatusCode::SEE_OTHER { (one, two) } else { (two, one) };
    assert_eq!((saved.status, second.status), (StatusCode::SEE_OTHER, StatusCode::CONFLICT), "{}", second.text);
    assert!(second.text.contains("Somebody else changed this"), "{}", second.text);
}
