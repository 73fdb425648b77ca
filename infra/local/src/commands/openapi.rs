use builder::{Caching, Object};
use utoipa::{OpenApi, openapi::OpenApi as Document};

/// What the functions offer to programs, as they describe it themselves: `/api/openapi.json`.
pub(crate) fn document() -> Document {
    let functions = [
        ("account", account::Api::openapi()),
        ("admin", ::admin::Api::openapi()),
        ("auth", auth::Api::openapi()),
        ("cart", cart::Api::openapi()),
        ("checkout", checkout::Api::openapi()),
    ];
    web::api::document(functions, env!("CARGO_PKG_VERSION"))
}

/// The document as a file of the site.
pub(crate) fn object() -> Option<Object> {
    Some(Object {
        path: "/api/openapi.json".to_owned(),
        content_type: "application/json",
        caching: Caching::Page,
        location: None,
        body: document().to_pretty_json().ok()?.into_bytes(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_its_own_name_and_every_reference_leads_somewhere() {
        let text = serde_json::to_value(document()).unwrap();
        let mut names = std::collections::BTreeSet::new();
        let mut operations = 0;
        for (_, methods) in text["paths"].as_object().unwrap() {
            for (_, operation) in methods.as_object().unwrap() {
                operations += 1;
                names.insert(operation["operationId"].as_str().unwrap().to_owned());
            }
        }
        assert!(operations > 60, "{operations}");
        assert_eq!(names.len(), operations);
        let plain = text.to_string();
        for reference in plain.split("#/components/schemas/").skip(1) {
            let name = reference.split('"').next().unwrap();
            assert!(text["components"]["schemas"].get(name).is_some(), "{name}");
        }
    }
}
