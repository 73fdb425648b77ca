//! Every role at every route of the back office, in both formats.

use axum::{Router, routing::get};
use domain::customer::{Area, Role};
use http::{Method, StatusCode};
use std::collections::BTreeSet;
use suite::{Answer, Client, Shop};
use utoipa::OpenApi;
use web::Visit;

const ROLES: [Role; 6] = [Role::Customer, Role::Support, Role::Orders, Role::Catalogue, Role::Manager, Role::Owner];
const BUYER: &str = "ada@example.com";
const NAME: &str = "Ada Example";

/// Every route with the part of the back office that it belongs to; none for all of its staff. What takes something away is last.
const ROUTES: [(&str, &str, Option<Area>); 20] = [
    ("GET", "/admin", None),
    ("GET", "/admin/products", Some(Area::Catalogue)),
    ("GET", "/admin/products/new", Some(Area::Catalogue)),
    ("GET", "/admin/products/{id}", Some(Area::Catalogue)),
    ("GET", "/admin/products/{id}/delete", Some(Area::Catalogue)),
    ("GET", "/admin/categories", Some(Area::Catalogue)),
    ("GET", "/admin/categories/new", Some(Area::Catalogue)),
    ("GET", "/admin/categories/{id}", Some(Area::Catalogue)),
    ("GET", "/admin/categories/{id}/delete", Some(Area::Catalogue)),
    ("GET", "/admin/orders", Some(Area::Orders)),
    ("GET", "/admin/orders/{number}", Some(Area::Orders)),
    ("GET", "/admin/orders/{number}/cancel", Some(Area::Orders)),
    ("POST", "/admin/products", Some(Area::Catalogue)),
    ("POST", "/admin/products/{id}", Some(Area::Catalogue)),
    ("POST", "/admin/categories", Some(Area::Catalogue)),
    ("POST", "/admin/categories/{id}", Some(Area::Catalogue)),
    ("POST", "/admin/categories/{id}/delete", Some(Area::Catalogue)),
    ("POST", "/admin/orders/{number}/status", Some(Area::Orders)),
    ("POST", "/admin/orders/{number}/cancel", Some(Area::Orders)),
    ("POST", "/admin/products/{id}/delete", Some(Area::Catalogue)),
];

/// What anybody may do at a route.
fn may(role: Role, area: Option<Area>) -> bool {
    area.map_or(role.is_staff(), |area| role.may(area))
}

async fn ask(client: &mut Client, method: &str, pattern: &str, number: &str) -> Answer {
    let id = if pattern.contains("categories") { "clothes" } else { "mug" };
    let path = pattern.replace("{id}", id).replace("{number}", number);
    let form = Some("application/x-www-form-urlencoded");
    match method {
        "GET" => client.get(&path).await,
        _ => client.send(Method::POST, &path, form, b"status=processing&version=1".to_vec()).await,
    }
}

#[tokio::test]
async fn a_role_without_pages_of_its_own_is_told_so() {
    let shop = Shop::open().await;
    for role in ROLES.into_iter().filter(|role| role.is_staff()) {
        let page = shop.staff(role).await.get("/admin").await.text;
        assert_eq!(page.contains("There is nothing here for your role yet."), role == Role::Support, "{role:?}: {page}");
    }
}

#[test]
fn the_matrix_has_every_route_of_the_back_office() {
    let document = serde_json::to_value(admin::Api::openapi()).unwrap();
    let mut described = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        described.extend(methods.as_object().unwrap().keys().map(|method| (method.to_uppercase(), path.clone())));
    }
    assert_eq!(
        ROUTES.iter().map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned())).collect::<BTreeSet<_>>(),
        described
    );
}

#[tokio::test]
async fn each_role_gets_its_routes_alone_and_sees_no_name_or_address_that_is_not_for_it() {
    for role in ROLES {
        for as_json in [false, true] {
            let shop = Shop::open().await;
            let number = shop.visitor().buys("MUG", "1", BUYER).await;
            let mut client = shop.staff(role).await;
            if as_json {
                client = client.wanting_json();
            }
            for (method, pattern, area) in ROUTES {
                let here = format!("{role:?} {method} {pattern}, as JSON: {as_json}");
                let answer = ask(&mut client, method, pattern, &number).await;
                let (status, text) = (answer.status, &answer.text);
                if may(role, area) {
                    assert!(status != StatusCode::NOT_FOUND && !status.is_server_error(), "{here}: {status} {text}");
                    assert_ne!(status, StatusCode::UNAUTHORIZED, "{here}");
                } else {
                    assert_eq!(status, StatusCode::NOT_FOUND, "{here}: {text}");
                }
                if !role.may(Area::Orders) {
                    assert!(![BUYER, NAME, &number].iter().any(|told| text.contains(*told)), "{here}: {text}");
                }
                if (pattern, role.may(Area::Orders)) == ("/admin", true) {
                    assert!(text.contains(NAME) && text.contains(&number), "{here}: {text}");
                }
            }
            let order = shop.table.item(&format!("ORDER#{number}"), "ORDER").await;
            assert_eq!(order["status"] == "pending", !role.may(Area::Orders), "{role:?}");
            assert_eq!(shop.table.items("PRODUCT#mug").await.is_empty(), role.may(Area::Catalogue), "{role:?}");
        }
    }
}

#[tokio::test]
async fn a_route_for_staff_that_names_no_area_is_closed_to_everybody_until_it_is_put_into_a_group() {
    const PATH: &str = "/admin/reports";
    let report = || Router::new().route(PATH, get(|mut visit: Visit| async move { visit.staff().await.map(|_| "The report") }));
    let forgotten = Shop::open().await;
    let app = forgotten.app.clone();
    let forgotten = forgotten.with_routes(PATH, web::serve(report(), app));
    let mut owner = forgotten.staff(Role::Owner).await;
    assert_eq!(owner.get(PATH).await.status, StatusCode::NOT_FOUND);

    let named = Shop::open().await;
    let app = named.app.clone();
    let named = named.with_routes(PATH, web::serve_staff([(Some(Area::Orders), report())], app));
    let answer = named.staff(Role::Owner).await.get(PATH).await;
    assert_eq!((answer.status, answer.text.as_str()), (StatusCode::OK, "The report"));
    assert_eq!(named.staff(Role::Catalogue).await.get(PATH).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn who_has_no_business_in_the_back_office_costs_one_read_of_the_session_and_guests_nothing() {
    let shop = Shop::open().await;
    shop.visitor().get("/cart").await;
    let mut ada = shop.customer(BUYER).await;
    let mut queries: Vec<(&str, &str)> = ROUTES.iter().map(|(method, path, _)| (*method, *path)).collect();
    queries.extend([("GET", "/admin/products?q=zz"), ("GET", "/admin/orders?status=pending"), ("GET", "/admin/nothing")]);
    for (method, path) in queries {
        for (client, reads) in [(&mut ada, 1), (&mut shop.visitor(), 0)] {
            let answer = ask(client, method, path, "ABCDE-ABCDE").await;
            let actions: Vec<&str> = answer.usage.operations.iter().map(|o| o.action).collect();
            assert_eq!((answer.status, answer.usage.round_trips), (StatusCode::NOT_FOUND, reads), "{method} {path}");
            assert!(actions.iter().all(|action| *action == "GetItem"), "{method} {path}: {actions:?}");
        }
    }
}

#[tokio::test]
async fn staff_of_another_part_have_nothing_read_that_grows_with_the_shop() {
    let shop = Shop::open().await;
    shop.visitor().get("/cart").await;
    let mut staff = shop.staff(Role::Orders).await;
    let catalogue = ROUTES.iter().filter(|(_, _, area)| *area == Some(Area::Catalogue)).map(|(method, path, _)| (*method, *path));
    for (method, path) in catalogue.chain([("GET", "/admin/products?q=zz")]) {
        let answer = ask(&mut staff, method, path, "").await;
        assert_eq!((answer.status, answer.usage.round_trips), (StatusCode::NOT_FOUND, 1), "{method} {path}");
    }
}

#[tokio::test]
async fn whatever_a_stranger_sends_nothing_is_there() {
    let shop = Shop::open().await;
    let mut shopper = shop.customer(BUYER).await;
    let mut staff = shop.staff(Role::Manager).await;
    let form = Some("application/x-www-form-urlencoded");
    for (method, path, kind, body, of_staff) in [
        (Method::GET, "/admin/products/%2e%2e", None, "", StatusCode::BAD_REQUEST),
        (Method::GET, "/admin/products/%ff", None, "", StatusCode::BAD_REQUEST),
        (Method::GET, "/admin/orders?status=nothing", None, "", StatusCode::BAD_REQUEST),
        (Method::GET, "/admin/nothing", None, "", StatusCode::NOT_FOUND),
        (Method::GET, "/admin/", None, "", StatusCode::PERMANENT_REDIRECT),
        (Method::GET, "/admin/products//", None, "", StatusCode::PERMANENT_REDIRECT),
        (Method::GET, &format!("/admin?q={}", "a".repeat(60_000)), None, "", StatusCode::BAD_REQUEST),
        (Method::DELETE, "/admin/products/mug", None, "", StatusCode::METHOD_NOT_ALLOWED),
        (Method::POST, "/admin/products", Some("application/json"), "{", StatusCode::BAD_REQUEST),
        (Method::POST, "/admin/products", Some("text/csv"), "a", StatusCode::UNSUPPORTED_MEDIA_TYPE),
        (Method::POST, "/admin/products", form, &"a=b&".repeat(300_000), StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let body = || body.as_bytes().to_vec();
        let page = shop.visitor().send(method.clone(), path, kind, body()).await;
        assert_eq!(
            (page.status, page.text.contains("There is no such page")),
            (StatusCode::NOT_FOUND, true),
            "a guest: {method} {path}"
        );
        assert_eq!(shopper.send(method.clone(), path, kind, body()).await.status, StatusCode::NOT_FOUND, "{method} {path}");
        let json = shopper.clone().wanting_json().send(method.clone(), path, kind, body()).await;
        assert_eq!(
            (json.status, &json.json()["title"]),
            (StatusCode::NOT_FOUND, &"There is no such page".into()),
            "{method} {path}"
        );
        assert_eq!(staff.send(method.clone(), path, kind, body()).await.status, of_staff, "staff: {method} {path}");
    }
}

#[tokio::test]
async fn a_stranger_hears_of_no_back_office_whatever_the_headers_are() {
    let shop = Shop::open().await;
    for (name, value, of_staff) in [
        ("accept", "image/png", StatusCode::NOT_ACCEPTABLE),
        ("origin", "", StatusCode::FORBIDDEN),
        ("origin", "https://evil.example", StatusCode::FORBIDDEN),
        ("sec-fetch-site", "cross-site", StatusCode::FORBIDDEN),
    ] {
        for (mut client, status) in [
            (shop.visitor(), StatusCode::NOT_FOUND),
            (shop.customer(&format!("{}@example.com", ids::new_id())).await, StatusCode::NOT_FOUND),
            (shop.staff(Role::Manager).await, of_staff),
        ] {
            client = client.with(name, value);
            assert_eq!(client.post("/admin/products", &[]).await.status, status, "{name}: {value}");
        }
    }
}
