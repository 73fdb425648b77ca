use builder::{Caching, Object};
use utoipa::{
    OpenApi,
    openapi::{InfoBuilder, OpenApi as Document},
};

/// What the functions offer to programs, as they describe it themselves: `/api/openapi.json`.
pub(crate) fn document() -> Document {
    let parts =
        [account::Api::openapi(), ::admin::Api::openapi(), auth::Api::openapi(), cart::Api::openapi(), checkout::Api::openapi()];
    let mut document = parts.into_iter().fold(Document::default(), Document::merge_from);
    document.info = InfoBuilder::new()
        .title("Shop")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Every page of the shop is also JSON, with `Accept: application/json`. Forms are taken as \
             `application/x-www-form-urlencoded` or `application/json`. Unsafe methods need `Sec-Fetch-Site: same-origin` or an \
             `Origin` of the shop.",
        ))
        .build();
    document
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
