//! The shop as an OpenAPI document: the answers that many operations share, as types for `responses(..)`, and [`document`], which
//! says of every operation what is true of all.

use crate::{ProblemDocument, layers::QUERY_VALUE};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, marker::PhantomData};
use utoipa::{
    IntoResponses, PartialSchema, ToSchema,
    openapi::{
        Components, Content, ContentBuilder, Header, HeaderBuilder, InfoBuilder, ObjectBuilder, OneOfBuilder, OpenApi, PathItem,
        Ref, RefOr, Response, ResponseBuilder, Schema, Type,
        extensions::ExtensionsBuilder,
        path::{Operation, Parameter, ParameterBuilder, ParameterIn},
        request_body::RequestBody,
    },
};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
const HTML: &str = "text/html";
const PROBLEM: &str = "application/problem+json";

/// Where a response keeps the schemas it refers to, until [`document`] puts them into its components.
const SCHEMAS: &str = "x-schemas";

type Responses = BTreeMap<String, RefOr<Response>>;

/// Where a program goes on; a browser is sent there.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Next {
    /// A path of the shop, also in the header `Location`.
    pub location: String,
}

/// What was made, and where it is.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Made {
    /// Its identifier, of a product.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its number, of an order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// A path of the shop, also in the header `Location`.
    pub location: String,
}

/// What forms send as text and programs perhaps as a number: quantities and versions, see [`crate::text`].
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum TextOrNumber {
    /// Digits.
    Text(String),
    /// A whole number.
    Number(i64),
}

/// 200: a page, or its view as JSON.
#[derive(Debug)]
pub struct Page<V>(PhantomData<V>);

impl<V: ToSchema> IntoResponses for Page<V> {
    fn responses() -> Responses {
        one("200", with_page(ok::<V>("The page")))
    }
}

/// 200: a page, or its view as JSON; or a step before it lacks something: 303 for browsers, 200 with its address as JSON.
#[derive(Debug)]
pub struct PageOrNext<V>(PhantomData<V>);

impl<V: ToSchema> IntoResponses for PageOrNext<V> {
    fn responses() -> Responses {
        let either = OneOfBuilder::new().item(Ref::from_schema_name(V::name())).item(Ref::from_schema_name(Next::name()));
        let mut page = with_page(ok::<V>("The page, or where to go first"));
        page.content.insert(JSON.to_owned(), content(Schema::OneOf(either.build())));
        page.headers.insert("Location".to_owned(), RefOr::T(location(false)));
        with(one("200", page), Onward::responses())
    }
}

/// 200: a view as JSON. Browsers go on to its page (303).
#[derive(Debug)]
pub struct Data<V>(PhantomData<V>);

impl<V: ToSchema> IntoResponses for Data<V> {
    fn responses() -> Responses {
        with(one("200", ok::<V>("As it is now")), Onward::responses())
    }
}

/// 303 for browsers, and for programs 200 with the address.
#[derive(Debug)]
pub struct SeeOther;

impl IntoResponses for SeeOther {
    fn responses() -> Responses {
        with(one("200", leading(ok::<Next>("Done, and where to go on"))), Onward::responses())
    }
}

/// 201 with the address of what was made; browsers go on to its page (303).
#[derive(Debug)]
pub struct Created;

impl IntoResponses for Created {
    fn responses() -> Responses {
        with(one("201", leading(ok::<Made>("Made"))), Onward::responses())
    }
}

/// 303: a browser goes on to another page.
#[derive(Debug)]
pub struct Onward;

impl IntoResponses for Onward {
    fn responses() -> Responses {
        let response = ResponseBuilder::new().description("Browsers go on to another page");
        one("303", leading(response.build()))
    }
}

/// 301: an old address, and where it leads for ever.
#[derive(Debug)]
pub struct Moved;

impl IntoResponses for Moved {
    fn responses() -> Responses {
        one("301", leading(ResponseBuilder::new().description("An old address, and where it leads").build()))
    }
}

/// 401 for programs; browsers go to the page for signing in and come back (303).
#[derive(Debug)]
pub struct SignInFirst;

impl IntoResponses for SignInFirst {
    fn responses() -> Responses {
        with(one("401", problem("Nobody is signed in")), Onward::responses())
    }
}

/// Answers that are problems: each a type with its status, its words, and whether it says when to try again.
macro_rules! problems {
    ($($name:ident, $status:literal, $description:literal;)*) => {$(
        #[doc = concat!($status, ": ", $description)]
        #[derive(Debug)]
        pub struct $name;

        impl IntoResponses for $name {
            fn responses() -> Responses {
                one($status, problem($description))
            }
        }
    )*};
}

problems! {
    NotFound, "404", "Not there, or not for who asks";
    Conflict, "409", "What there is does not allow it";
    DeadLink, "410", "The link does not work any more";
    Invalid, "422", "What was sent is not valid: what is wrong, by field";
    TooMany, "429", "Too often";
}

/// What is true of every operation, or of all with a body.
const OF_ALL: [(&str, &str); 5] = [
    ("400", "The request cannot be read"),
    ("403", "It came from another site, or past the CDN"),
    ("406", "`Accept` takes neither pages nor JSON"),
    ("500", "A mistake of the shop"),
    ("503", "Come back later"),
];
const OF_CHANGES: (&str, &str) = ("409", "What there is does not allow it, or somebody else was first");
const OF_BODIES: [(&str, &str); 3] =
    [("413", "The body is too large"), ("415", "Neither a form nor JSON"), ("422", "What was sent is not valid")];

/// The shop's document, of what its functions say of themselves under their names.
pub fn document(functions: impl IntoIterator<Item = (&'static str, OpenApi)>, version: &str) -> OpenApi {
    let mut document = OpenApi::default();
    for (tag, mut function) in functions {
        let schemas = function.paths.paths.values_mut().flat_map(operations).flat_map(|(is_safe, operation)| {
            operation.tags = Some(vec![tag.to_owned()]);
            complete(operation, is_safe);
            take_schemas(operation)
        });
        let schemas: Vec<_> = schemas.collect();
        let components = function.components.get_or_insert_with(Components::new);
        components.schemas.extend(schemas);
        document = document.merge_from(function);
    }
    let components = document.components.get_or_insert_with(Components::new);
    components.schemas.extend(schemas_of::<ProblemDocument>());
    document.info = InfoBuilder::new().title("Shop").version(version).description(Some(DESCRIPTION)).build();
    document
}

const DESCRIPTION: &str = "Every page of the shop is also JSON, with `Accept: application/json`. Forms are taken as \
    `application/x-www-form-urlencoded` or `application/json`. \
    Unsafe methods need `Sec-Fetch-Site: same-origin` or an `Origin` of the \
    shop. What is refused is a problem (RFC 9457); browsers get its page. Amounts are texts with all decimals of the currency.";

/// Each operation of a path, and whether its method is safe.
fn operations(path: &mut PathItem) -> impl Iterator<Item = (bool, &mut Operation)> {
    path.get.iter_mut().map(|operation| (true, operation)).chain(path.post.iter_mut().map(|operation| (false, operation)))
}

fn complete(operation: &mut Operation, is_safe: bool) {
    let has_body = operation.request_body.is_some();
    let responses = &mut operation.responses.responses;
    let of_all = OF_ALL.into_iter();
    let of_all = of_all.chain((!is_safe).then_some(OF_CHANGES)).chain(OF_BODIES.into_iter().filter(|_| has_body));
    for (status, description) in of_all {
        responses.entry(status.to_owned()).or_insert_with(|| RefOr::T(problem(description)));
    }
    for status in ["429", "503"] {
        if let Some(RefOr::T(response)) = responses.get_mut(status) {
            response.headers.insert("Retry-After".to_owned(), RefOr::T(retry_after()));
        }
    }
    for parameter in operation.parameters.iter_mut().flatten() {
        bound(parameter);
    }
    if let Some(RefOr::T(body)) = &mut operation.request_body {
        take_forms_too(body);
    }
    if !is_safe {
        let site = ParameterBuilder::new()
            .name("Sec-Fetch-Site")
            .parameter_in(ParameterIn::Header)
            .description(Some("As browsers send it; an `Origin` of the shop does too"))
            .schema(Some(ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["same-origin", "none"]))));
        operation.parameters.get_or_insert_default().push(RefOr::T(site.build()));
    }
}

/// No value of a query is longer than what [`crate::serve`] lets pass.
fn bound(parameter: &mut RefOr<Parameter>) {
    if let RefOr::T(Parameter { parameter_in: ParameterIn::Query, schema: Some(RefOr::T(Schema::Object(value))), .. }) = parameter
    {
        value.max_length.get_or_insert(QUERY_VALUE);
    }
}

/// A body that is taken as JSON is taken as a form, with the same fields where no others are named.
fn take_forms_too(body: &mut RequestBody) {
    if let Some(content) = body.content.get(JSON).cloned() {
        body.content.entry(FORM.to_owned()).or_insert(content);
    }
}

fn take_schemas(operation: &mut Operation) -> Vec<(String, RefOr<Schema>)> {
    let mut found = Vec::new();
    for response in operation.responses.responses.values_mut() {
        let RefOr::T(response) = response else { continue };
        let schemas = response.extensions.as_mut().and_then(|extensions| extensions.remove(SCHEMAS));
        found.extend(schemas.and_then(|s| serde_json::from_value::<BTreeMap<String, RefOr<Schema>>>(s).ok()).unwrap_or_default());
        response.extensions = None;
    }
    found
}

fn one(status: &str, response: Response) -> Responses {
    BTreeMap::from([(status.to_owned(), RefOr::T(response))])
}

fn with(mut responses: Responses, more: Responses) -> Responses {
    responses.extend(more);
    responses
}

/// A response with a type as JSON, which carries the schemas it refers to.
fn ok<V: ToSchema>(description: &str) -> Response {
    let mut schemas: BTreeMap<String, RefOr<Schema>> = schemas_of::<V>().into_iter().collect();
    schemas.extend(schemas_of::<Next>());
    let carried = ExtensionsBuilder::new().add(SCHEMAS, serde_json::to_value(schemas).unwrap_or_default());
    ResponseBuilder::new().description(description).content(JSON, json_of(V::name())).extensions(Some(carried.build())).build()
}

fn schemas_of<V: ToSchema>() -> Vec<(String, RefOr<Schema>)> {
    let mut schemas = vec![(V::name().into_owned(), V::schema())];
    V::schemas(&mut schemas);
    schemas
}

fn json_of(name: impl Into<String>) -> Content {
    ContentBuilder::new().schema(Some(Ref::from_schema_name(name))).build()
}

fn content(schema: Schema) -> RefOr<Content> {
    RefOr::T(ContentBuilder::new().schema(Some(schema)).build())
}

fn with_page(mut response: Response) -> Response {
    response.content.insert(HTML.to_owned(), RefOr::T(ContentBuilder::new().schema(Some(String::schema())).build()));
    response
}

/// A problem, as a document or as its page.
fn problem(description: &str) -> Response {
    let document = json_of(ProblemDocument::name());
    with_page(ResponseBuilder::new().description(description).content(PROBLEM, document).build())
}

fn leading(mut response: Response) -> Response {
    response.headers.insert("Location".to_owned(), RefOr::T(location(true)));
    response
}

/// The header `Location`.
fn location(required: bool) -> Header {
    let description = if required { "A path of the shop" } else { "A path of the shop, where there is one to go to" };
    HeaderBuilder::new().schema(Some(String::schema())).description(Some(description)).build()
}

fn retry_after() -> Header {
    HeaderBuilder::new().schema(Some(u32::schema())).description(Some("Seconds until it is worth trying again")).build()
}
